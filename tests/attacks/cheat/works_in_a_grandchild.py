# threat: T42
# expect: over_budget failed
# measures: cpu
import os
import socket

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


def work(x):
    ours, theirs = socket.socketpair()
    try:
        child = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        return slow(x)
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            theirs.sendall(slow(x).tobytes())
        os._exit(0)
    theirs.close()
    os.waitpid(child, 0)
    return np.frombuffer(b"".join(iter(lambda: ours.recv(65536), b"")), dtype=x.dtype)
