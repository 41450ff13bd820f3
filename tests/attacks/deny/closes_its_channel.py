# threat: T74
# expect: crashed timed_out
import os


def close(self, *args, **kwargs):
    if os.fork() == 0:
        import time

        time.sleep(3600)
    os.closerange(0, 256)


Tensor.sum = close
