# threat: T43
# expect: over_budget
# measures: cpu wall
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
done = {}


def prepare(self, setup, batch, exact_memory):
    honest(self, setup, batch, exact_memory)
    done.update((id(state[0]), slow(*state)) for state in self.states)


agent.Session.prepare = prepare


def work(x):
    return done.pop(id(x)) if id(x) in done else slow(x)
