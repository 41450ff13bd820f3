# threat: T41
# expect: over_budget
# measures: cpu wall
import os
import resource
import time

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


work = slow
for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time", "clock_gettime"):
    setattr(time, name, lambda *args: 0.0)
    setattr(time, f"{name}_ns", lambda *args: 0)
resource.getrusage = lambda who: resource.struct_rusage([0.0] * 16)
os.times = lambda: os.times_result([0.0] * 5)
