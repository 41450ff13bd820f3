import math


class Vector:
    def __init__(self, x, y):
        pass

    __rmul__ = __mul__
