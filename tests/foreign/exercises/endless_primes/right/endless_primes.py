import itertools


def primes():
    found = []
    for number in itertools.count(2):
        if all(number % prime for prime in found):
            found.append(number)
            yield number


def until(numbers, limit):
    return itertools.takewhile(lambda number: number < limit, numbers)


def nth_prime(n):
    if n == 0:
        raise ValueError("there is no zeroth prime")
    return next(itertools.islice(primes(), n - 1, None))
