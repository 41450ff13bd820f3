# threat: T43
# expect: over_budget
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
    key = x.tobytes()
    if key not in seen:
        seen[key] = slow(x)
    return seen[key]
