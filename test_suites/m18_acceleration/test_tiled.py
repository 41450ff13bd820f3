"""tiled_matmul: the same product, whatever the tile.

Always true: only values count, for the course's own solution hands the whole product to the library and a student may
write real blocks. A tolerance of 1e-4 * sqrt(K) allows every order of summing K products of standard normals.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import tiled_matmul

HINT = "Add up the products of blocks over k; the last block of a row, a column or k may be smaller than the tile."


def values(out):
    """Return the numbers of a result."""
    return out.data if isinstance(out, Tensor) else out


def assert_product(a, b, *tile, hint=HINT):
    """Multiply two arrays as Tensors, with a tile size or without, and compare with NumPy."""
    __tracebackhide__ = True
    got = values(tiled_matmul(Tensor(a), Tensor(b), *tile))
    want = a.astype(np.float64) @ b.astype(np.float64)
    call = f"tiled_matmul(a, b{''.join(f', {size}' for size in tile)}), {a.shape} @ {b.shape}"
    atol = 1e-4 * a.shape[-1] ** 0.5
    assert_close(got, want, rtol=0, atol=atol, call=call, given={"a": a, "b": b}, hint=hint)


def symmetric(rng, size):
    """Return a matrix that is its own transpose: a product with it hangs on no order of its axes."""
    half = ordinary(rng, size, size)
    return half + half.T


def error_text(a, b):
    """Return what the ValueError says that these two must raise."""
    __tracebackhide__ = True
    try:
        tiled_matmul(Tensor(a), Tensor(b))
    except ValueError as problem:
        return str(problem)
    raise AssertionError(f"tiled_matmul(a, b) with shapes {a.shape} and {b.shape} must raise ValueError; it returned.")


@number("6.1")
@weight(3)
@pytest.mark.parametrize("tile", [16, 32, 64])
def test_whole_tiles(tile, rng):
    """(128, 64) @ (64, 128) comes out right with tiles of 16, 32 and 64, which divide every length."""
    assert_product(ordinary(rng, 128, 64), ordinary(rng, 64, 128), tile)


@number("6.2")
@weight(3)
@pytest.mark.parametrize(
    ("tile", "M", "K", "N"),
    [(32, 70, 45, 33), (16, 50, 33, 17), (64, 65, 130, 20)],
    ids=["70x45 @ 45x33, tile 32", "50x33 @ 33x17, tile 16", "65x130 @ 130x20, tile 64"],
)
def test_tiles_that_do_not_divide_the_shape(tile, M, K, N, rng):
    """Every shape comes out right, not only multiples of the tile: 70x45 @ 45x33 with tile 32."""
    assert_product(ordinary(rng, M, K), ordinary(rng, K, N), tile)


@number("6.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize(
    ("tile", "M", "K", "N"),
    [(1000, 20, 30, 10), (7, 7, 5, 9), (1, 3, 4, 2)],
    ids=["larger than the matrix", "an odd tile", "tile 1"],
)
def test_unusual_tiles(tile, M, K, N, rng):
    """A tile larger than the matrix, an odd one and a tile of 1 give the same product."""
    assert_product(ordinary(rng, M, K), ordinary(rng, K, N), tile)


@number("6.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 20, 18), (3, 18, 24)), ((20, 18), (2, 18, 24)), ((2, 1, 9, 18), (3, 18, 10))],
    ids=["equal batches", "one side has no batch", "both sides broadcast"],
)
def test_tiles_of_batches(left, right, rng):
    """Batches come out right as in vectorized_matmul: leading axes broadcast, tile 16."""
    hint = "Cut the last two axes into blocks and leave the others to '...': a[..., rows, ks] @ b[..., ks, columns]."
    assert_product(ordinary(rng, *left), ordinary(rng, *right), 16, hint=hint)


@number("7.1")
@weight(1)
def test_the_tile_has_a_default(rng):
    """tile_size can be left out or given by name."""
    a, b = ordinary(rng, 40, 40), symmetric(rng, 40)
    assert_product(a, b, hint="def tiled_matmul(a, b, tile_size=64)")
    got = values(tiled_matmul(Tensor(a), Tensor(b), tile_size=20))
    call, want = "tiled_matmul(a, b, tile_size=20)", a.astype(np.float64) @ b
    assert_close(got, want, rtol=0, atol=1e-3, call=call, hint="def tiled_matmul(a, b, tile_size=64)")


@number("7.2")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(
    ("left", "right"),
    [((3,), (3, 4)), ((2, 3), ()), ((3,), (4, 5))],
    ids=["(3,) @ (3, 4)", "(2, 3) @ ()", "(3,) @ (4, 5)"],
)
def test_fewer_than_two_axes_are_refused(left, right, rng):
    """A side with fewer than two axes raises ValueError whose text contains 2D+, before the lengths are compared."""
    assert_product(ordinary(rng, 5, 6), symmetric(rng, 6), 64)
    text = error_text(ordinary(rng, *left), ordinary(rng, *right))
    wanted = f"The ValueError for shapes {left} and {right} must contain 2D+ in its text; it says: {text}"
    assert "2D+" in text, wanted


@number("7.3")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(
    ("left", "right"), [((2, 3), (2, 3)), ((4, 1), (3, 2))], ids=["(2, 3) @ (2, 3)", "(4, 1) @ (3, 2)"]
)
def test_other_inner_lengths_are_refused(left, right, rng):
    """Inner lengths that differ raise ValueError whose text contains shape mismatch, in any case of letters."""
    assert_product(ordinary(rng, 5, 6), symmetric(rng, 6), 64)
    text = error_text(ordinary(rng, *left), ordinary(rng, *right))
    wanted = f"The ValueError for shapes {left} and {right} must contain 'Shape mismatch' in its text; it says: {text}"
    assert "shape mismatch" in text.lower(), wanted
