import itertools


def primes():
    pass


def until(numbers, limit):
    pass


def nth_prime(n):
    pass
