# threat: T61
# expect: output_exceeded
import os


def shout(self, *args, **kwargs):
    while True:
        os.write(1, b"x" * 65536)


Tensor.sum = shout
