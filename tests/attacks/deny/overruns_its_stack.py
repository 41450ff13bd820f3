# threat: T75
# expect: crashed failed out_of_memory timed_out
import sys

sys.setrecursionlimit(10**9)


def down(self, *args, **kwargs):
    return down(self)


Tensor.sum = down
