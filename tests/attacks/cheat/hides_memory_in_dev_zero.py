# threat: T50
# expect: over_budget failed
# measures: memory
import mmap
import os

import numpy as np


def work(x):
    pages = mmap.mmap(os.open("/dev/zero", os.O_RDWR), 12 * x.nbytes)
    for n in range(12):
        for start in range(0, len(x), 100):
            place = n * x.nbytes + start * x[0].nbytes
            pages[place : place + x[:100].nbytes] = (x[start : start + 100] + np.float32(n)).tobytes()
            pages.madvise(mmap.MADV_DONTNEED)
    rows = [np.frombuffer(pages[n * x.nbytes : n * x.nbytes + x[:2].nbytes], dtype=x.dtype) for n in range(12)]
    return sum(row.reshape(2, -1) for row in rows) / 12
