# threat: T53
# expect: over_budget
# measures: cpu wall
import os
import resource

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


for change in (
    lambda: os.nice(-20),
    lambda: os.nice(19),
    lambda: os.sched_setaffinity(0, {0}),
    lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
    lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)),
    lambda: resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1)),
    lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
):
    try:
        change()
    except (OSError, ValueError):
        pass

work = slow
