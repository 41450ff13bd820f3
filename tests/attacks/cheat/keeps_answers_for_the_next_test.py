# threat: T44
# expect: over_budget
# measures: cpu
import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


def work(x):
    name = f"/tmp/{hash(x.tobytes())}.npy"
    try:
        return np.load(name)
    except OSError:
        answer = slow(x)
    try:
        np.save(name, answer)
    except OSError:
        pass
    return answer
