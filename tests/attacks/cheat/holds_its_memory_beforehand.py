# threat: T50
# expect: over_budget
# measures: memory
import numpy as np


def greedy(x):
    copies = [x + n for n in range(12)]
    return sum(copy[:2] for copy in copies) / 12


arena = np.ones((12, 1000, 1000), dtype=np.float32)


def work(x):
    for n, place in enumerate(arena):
        np.add(x, n, out=place)
    return arena[:, :2].sum(axis=0) / 12
