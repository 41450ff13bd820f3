def make_adder(n):
    return lambda x: x + n


def pairs(items, strict=False):
    return [(left, right) for left, right in zip(items, items[1:])]


class Countdown:
    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return iter(range(self.start, 0, -1))
