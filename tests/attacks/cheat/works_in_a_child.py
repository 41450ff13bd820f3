# threat: T42
# expect: over_budget failed
# measures: cpu wall
import os
import signal

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


def work(x):
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return slow(x)
    if child == 0:
        os.write(writing, slow(x).tobytes())
        os._exit(0)
    os.close(writing)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with os.fdopen(reading, "rb") as pipe:
        return np.frombuffer(pipe.read(), dtype=x.dtype)
