def make_adder(n):
    pass


def pairs(items, strict=False):
    pass


class Countdown:
    def __init__(self, start):
        pass
