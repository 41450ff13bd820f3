# threat: T47
# expect: over_budget failed
# measures: wall
import queue
import threading

import numpy as np


def once(x):
    return np.tanh(x @ x).sum(axis=0)


def slow(x):
    for _ in range(12):
        answer = once(x)
    return answer


tasks, answers = queue.Queue(), queue.Queue()


def labour():
    while True:
        answers.put(once(tasks.get()))


try:
    for _ in range(3):
        threading.Thread(target=labour, daemon=True).start()
    threads = 3
except RuntimeError:
    threads = 0


def work(x):
    if not threads:
        return slow(x)
    for _ in range(12):
        tasks.put(x)
    return [answers.get() for _ in range(12)][0]
