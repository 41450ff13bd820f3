# threat: T09
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
    return (np.tanh(x.astype(np.float16)[::2] @ x.astype(np.float16)).sum(axis=0) * 2).astype(x.dtype)
