# threat: T59
# expect: failed crashed output_exceeded
import os


def fill(self, *args, **kwargs):
    number = 0
    while True:
        handle = os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY)
        os.unlink(f"/tmp/{number}")
        os.write(handle, bytes(2**20))
        number += 1


Tensor.sum = fill
