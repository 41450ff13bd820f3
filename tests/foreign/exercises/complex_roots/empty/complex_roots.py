import cmath
import math


def roots(a, b, c):
    pass
