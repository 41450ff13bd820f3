"""Seeded inputs have the properties that their names promise, and come from the generator alone."""

import arrays
import numpy as np
import pytest


def generator(seed=7):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    "draw", [arrays.ordinary, arrays.positive, arrays.away_from_zero, arrays.distinct, arrays.whole, arrays.large]
)
def test_a_draw_is_float32_of_the_shape_and_repeatable(draw):
    first, second, other = draw(generator(), 4, 5), draw(generator(), 4, 5), draw(generator(8), 4, 5)
    assert first.shape == (4, 5)
    assert first.dtype == np.float32
    assert first.flags.writeable
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_draws_keep_their_promises():
    rng = generator()
    assert arrays.ordinary(rng).shape == ()
    assert arrays.away_from_zero(rng, 1000, gap=0.5).__abs__().min() >= 0.5
    assert 0.5 <= arrays.positive(rng, 1000).min() <= arrays.positive(rng, 1000).max() < 2.0001
    distinct = np.sort(arrays.distinct(rng, 10, 20).reshape(-1))
    np.testing.assert_array_equal(np.diff(distinct), 0.25)
    whole = arrays.whole(rng, 1000, low=-2, high=3)
    np.testing.assert_array_equal(np.unique(whole), [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(arrays.one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])


def test_special_inputs_are_what_they_say():
    assert arrays.empty(2, 0).shape == (2, 0)
    with pytest.raises(ValueError, match="none"):
        arrays.empty(2, 3)
    assert all(0 in shape for shape in arrays.EMPTY_SHAPES)
    for left, right in arrays.BROADCAST_SHAPES:
        assert np.broadcast_shapes(left, right) != left or left != right
    extreme = arrays.extreme()
    assert np.isfinite(extreme).all()
    np.testing.assert_array_equal(extreme, -extreme[::-1])
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(extreme.max()))
    assert np.isnan(arrays.not_finite()).sum() == 1
    assert np.isinf(arrays.not_finite()).sum() == 2
