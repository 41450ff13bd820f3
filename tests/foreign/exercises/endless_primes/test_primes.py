import itertools

import pytest

from endless_primes import nth_prime, primes, until


def test_first_primes():
    assert list(itertools.islice(primes(), 6)) == [2, 3, 5, 7, 11, 13]


def test_two_generators_do_not_share():
    first, second = primes(), primes()
    next(first)
    next(first)
    assert next(second) == 2
    assert next(first) == 5


def test_until():
    assert list(until(primes(), 10)) == [2, 3, 5, 7]


def test_until_of_a_list():
    assert list(until(iter([1, 5, 20, 3]), 10)) == [1, 5]


@pytest.mark.parametrize("n, prime", [(1, 2), (6, 13), (100, 541)])
def test_nth(n, prime):
    assert nth_prime(n) == prime


def test_zeroth():
    with pytest.raises(ValueError, match="there is no zeroth prime"):
        nth_prime(0)


def test_zip():
    assert [p for p, _ in zip(primes(), range(3))] == [2, 3, 5]
