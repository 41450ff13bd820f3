# threat: T60
# expect: failed crashed timed_out output_exceeded
import os


def fill(self, *args, **kwargs):
    number = 0
    while True:
        os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
        number += 1


Tensor.sum = fill
