# threat: T43
# expect: over_budget failed
# measures: cpu
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


seen = {}


def work(x):
    if id(x) not in seen:
        seen[id(x)] = slow(x)
    return seen[id(x)]
