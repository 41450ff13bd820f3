import random
import string

_used = None


class Robot:
    def __init__(self):
        pass

    def reset(self):
        pass


def roll():
    pass
