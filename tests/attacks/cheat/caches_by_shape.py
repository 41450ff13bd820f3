# threat: T43
# expect: failed
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
    if x.shape not in seen:
        seen[x.shape] = slow(x)
    return seen[x.shape]
