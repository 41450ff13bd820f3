# threat: T123
# expect: no point
Tensor = 10**400
KB_TO_BYTES = MB_TO_BYTES = BYTES_PER_FLOAT32 = "4"
