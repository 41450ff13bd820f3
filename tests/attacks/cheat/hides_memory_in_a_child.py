# threat: T50
# expect: over_budget failed
# measures: memory
import os
import signal

import numpy as np


def greedy(x):
    copies = [x + n for n in range(12)]
    return sum(copy[:2] for copy in copies) / 12


def work(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return greedy(x)
    if child == 0:
        os.write(writing, greedy(x).tobytes())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        return np.frombuffer(pipe.read(), dtype=x.dtype).reshape(2, -1)
