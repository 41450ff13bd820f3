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


ours, theirs = socket.socketpair()


def serve():
    while True:
        size = int.from_bytes(theirs.recv(8), "big")
        x = np.frombuffer(theirs.recv(size * size * 8, socket.MSG_WAITALL)).reshape(size, size)
        theirs.sendall(slow(x).tobytes())


try:
    if os.fork() == 0:
        serve()
    work_elsewhere = True
except OSError:
    work_elsewhere = False


def work(x):
    if not work_elsewhere:
        return slow(x)
    ours.sendall(len(x).to_bytes(8, "big") + x.tobytes())
    return np.frombuffer(ours.recv(len(x) * 8, socket.MSG_WAITALL))
