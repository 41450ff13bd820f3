# threat: T50
# expect: over_budget failed
# measures: memory
import os

import numpy as np


def greedy(x):
    copies = [x + n for n in range(12)]
    return sum(copy[:2] for copy in copies) / 12


def work(x):
    handles = []
    try:
        for n in range(12):
            handles.append(os.memfd_create("copy") if n % 2 else os.open(f"/tmp/{n}", os.O_CREAT | os.O_RDWR))
            for row in x:
                os.write(handles[-1], (row + np.float32(n)).tobytes())
    except OSError:
        return greedy(x)
    rows = [np.frombuffer(os.pread(handle, x[:2].nbytes, 0), dtype=x.dtype).reshape(2, -1) for handle in handles]
    for n, handle in enumerate(handles):
        os.close(handle)
        if n % 2 == 0:
            os.unlink(f"/tmp/{n}")
    return sum(rows) / 12
