# threat: T46
# expect: failed
# measures: cpu
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


class Promise:
    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return slow(self.x)


work = Promise
