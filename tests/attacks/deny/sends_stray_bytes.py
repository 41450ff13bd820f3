# threat: T87
# expect: failed
import os


def stray(self, *args, **kwargs):
    for fd in range(3, 16):
        try:
            os.write(fd, b"\x00\x00\x00\x01\xc0" * 2)
        except OSError:
            pass


Tensor.sum = stray
