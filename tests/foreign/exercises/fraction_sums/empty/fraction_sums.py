from fractions import Fraction
from math import ceil


def harmonic(n):
    pass


def parse(text):
    pass


def egyptian(fraction):
    pass
