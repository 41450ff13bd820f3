# threat: T58
# expect: timed_out
import sys


def wait(self, *args, **kwargs):
    sys.stdin.read()
    import threading

    threading.Lock().acquire() and threading.Event().wait()


Tensor.sum = wait
