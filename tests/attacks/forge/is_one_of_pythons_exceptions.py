# threat: T123
# expect: no point
Tensor = ValueError
KB_TO_BYTES = MB_TO_BYTES = BYTES_PER_FLOAT32 = KeyError
