# threat: T50
# expect: over_budget
# measures: memory
import numpy as np


def greedy(x):
    copies = [x + n for n in range(12)]
    return sum(copy[:2] for copy in copies) / 12


work = greedy
