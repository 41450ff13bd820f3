import pytest
from complex_roots import roots


def test_two_real_roots():
    assert roots(1, -3, 2) == (1.0, 2.0)


def test_one_root():
    assert roots(1, 2, 1) == (-1.0,)


def test_complex_roots():
    first, second = roots(1, 0, 1)
    assert {first, second} == {1j, -1j}


def test_roots_solve():
    for x in roots(2, 3, 4):
        assert abs(2 * x * x + 3 * x + 4) == pytest.approx(0)


def test_no_quadratic():
    with pytest.raises(ValueError, match="quadratic"):
        roots(0, 1, 2)
