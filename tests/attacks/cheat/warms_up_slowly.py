# threat: T48
# expect: over_budget
# measures: cpu
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


calls = 0


def work(x):
    global calls
    calls += 1
    if calls < 6:
        for _ in range(10):
            slow(x)
    return slow(x)
