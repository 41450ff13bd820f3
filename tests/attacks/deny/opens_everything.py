# threat: T63
# expect: failed crashed
import os


def grab(self, *args, **kwargs):
    while True:
        os.open("/dev/null", os.O_RDONLY)


Tensor.sum = grab
