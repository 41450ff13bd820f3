# threat: T17
# expect: failed
# measures: cpu memory
import os
import socket

import numpy as np


def work(x):
    for fd in range(3, 16):
        try:
            os.write(fd, b"\x00\x00\x00\x01\xc0")
        except OSError:
            pass
    return np.tanh(x @ x).sum(axis=0)
