import random
import string

_used = set()


class Robot:
    def __init__(self):
        self.reset()

    def reset(self):
        while True:
            name = "".join(random.choices(string.ascii_uppercase, k=2) + random.choices(string.digits, k=3))
            if name not in _used:
                break
        _used.add(name)
        self.name = name


def roll():
    return random.randint(1, 6)
