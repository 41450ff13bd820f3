# threat: T49
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
    answer = np.zeros(len(x))
    for column in (0, 1, len(x) // 2, len(x) - 1):
        answer[column] = np.tanh(x @ x[:, column]).sum()
    return answer
