# threat: T45
# expect: over_budget failed
# measures: cpu wall
import concurrent.futures
import sys

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


agent = sys.modules["grader.candidate.serve"]
honest = agent.Session.prepare
pool = concurrent.futures.ThreadPoolExecutor(4)
done = {}


def prepare(self, setup, batch, exact_memory):
    honest(self, setup, batch, exact_memory)
    try:
        done.update((id(state[0]), pool.submit(slow, *state)) for state in self.states)
    except RuntimeError:
        done.clear()


agent.Session.prepare = prepare


def work(x):
    return done.pop(id(x)).result() if id(x) in done else slow(x)
