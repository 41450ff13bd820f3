from collections import Counter


def mean(numbers):
    pass


def mode(items):
    pass


def spread(numbers):
    pass
