# threat: T48
# expect: failed
# measures: cpu
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


def work(x):
    return slow(x) if len(x) < 100 else np.zeros(len(x))
