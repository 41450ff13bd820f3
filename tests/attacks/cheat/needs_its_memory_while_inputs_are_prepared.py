# threat: T50
# expect: over_budget
# measures: memory
import sys

import numpy as np


def greedy(x):
    copies = [x + n for n in range(12)]
    return sum(copy[:2] for copy in copies) / 12


agent = sys.modules["grader.candidate.serve"]
honest = agent.Session.prepare
done = {}


def prepare(self, setup, batch, exact_memory):
    honest(self, setup, batch, exact_memory)
    done.update((id(state[0]), greedy(*state)) for state in self.states)


agent.Session.prepare = prepare


def work(x):
    return done.pop(id(x)) if id(x) in done else greedy(x)
