from fractions import Fraction
from math import ceil


def harmonic(n):
    return float(sum(1 / k for k in range(1, n + 1)))


def parse(text):
    return sum((Fraction(part) for part in text.split()), Fraction(0))


def egyptian(fraction):
    parts = []
    while fraction > 0:
        part = Fraction(1, ceil(1 / fraction))
        parts.append(part)
        fraction -= part
    return parts
