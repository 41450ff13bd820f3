import numpy as np
import pytest
from window_views import halves, normalised, windows


@pytest.fixture
def numbers():
    return np.arange(6.0)


def test_halves_are_views(numbers):
    first, second = halves(numbers)
    assert np.shares_memory(first, numbers)
    assert np.shares_memory(second, numbers)
    assert not np.shares_memory(first, second)
    assert first.tolist() == [0, 1, 2] and second.tolist() == [3, 4, 5]


def test_normalised_is_a_copy(numbers):
    result = normalised(numbers)
    assert not np.may_share_memory(result, numbers)
    assert numbers.tolist() == [0, 1, 2, 3, 4, 5]
    assert result.max() == 1 and result.min() == 0


@pytest.mark.parametrize("width, count", [(1, 6), (3, 4), (6, 1)])
def test_windows(numbers, width, count):
    result = windows(numbers, width)
    assert result.shape == (count, width)
    assert result[-1, -1] == 5


def test_too_wide(numbers):
    with pytest.raises(ValueError):
        windows(numbers, 7)
