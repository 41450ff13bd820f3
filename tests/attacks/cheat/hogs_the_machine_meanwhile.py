# threat: T51
# expect: over_budget failed
# measures: cpu
import threading

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


work = slow


def burn():
    while True:
        once(np.ones((100, 100)))


try:
    for _ in range(4):
        threading.Thread(target=burn, daemon=True).start()
except RuntimeError:
    pass
