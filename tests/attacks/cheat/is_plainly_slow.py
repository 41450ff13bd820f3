# threat: T51
# expect: over_budget
# measures: cpu wall
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


work = slow
