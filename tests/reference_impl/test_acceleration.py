"""The reference's acceleration: products against NumPy, GELU by hand-worked numbers and by its limits."""

import math

import numpy as np
import pytest
from tinytorch.core.tensor import Tensor
from tinytorch.perf import acceleration
from tinytorch.perf.acceleration import fused_gelu, tiled_matmul, vectorized_matmul

products = pytest.mark.parametrize("product", [vectorized_matmul, tiled_matmul])


@pytest.fixture
def rng():
    return np.random.default_rng(18)


def draw(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def test_constants():
    assert (acceleration.DEFAULT_WARMUP_ITERATIONS, acceleration.DEFAULT_TIMING_ITERATIONS) == (2, 5)
    assert acceleration.BYTES_PER_FLOAT32 == 4
    assert not hasattr(acceleration, "Accelerator")


@products
def test_product_by_hand(product):
    assert product(Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]])).data.tolist() == [[19, 22], [43, 50]]


@products
@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4), (4, 5)), ((70, 130), (130, 65)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((0, 3), (3, 2))],
)
def test_products_are_numpys(product, left, right, rng):
    a, b = draw(rng, *left), draw(rng, *right)
    out = product(Tensor(a), Tensor(b))
    assert out.data.dtype == np.float32
    np.testing.assert_allclose(out.data, a @ b, atol=1e-4)


@pytest.mark.parametrize("tile_size", [1, 16, 33, 500])
def test_the_tile_does_not_matter(tile_size, rng):
    a, b = draw(rng, 2, 45, 33), draw(rng, 33, 20)
    np.testing.assert_allclose(tiled_matmul(Tensor(a), Tensor(b), tile_size).data, a @ b, atol=1e-4)


@products
@pytest.mark.parametrize(
    ("left", "right", "text"),
    [((3,), (3, 4), "2D+"), ((2, 3), (), "2D+"), ((3,), (4, 5), "2D+"), ((2, 3), (2, 3), "shape mismatch")],
)
def test_products_refuse_what_is_no_pair_of_matrices(product, left, right, text):
    with pytest.raises(ValueError, match=r".") as caught:
        product(Tensor(np.ones(left)), Tensor(np.ones(right)))
    assert text.lower() in str(caught.value).lower()


@pytest.mark.parametrize("tile_size", [0, -1])
def test_tiles_have_a_size(tile_size):
    with pytest.raises(ValueError, match="tile_size"):
        tiled_matmul(Tensor(np.ones((2, 2))), Tensor(np.ones((2, 2))), tile_size)


def test_gelu_by_hand():
    got = fused_gelu(Tensor([-3.0, -1.0, 0.0, 1.0, 3.0])).data
    assert got == pytest.approx([-0.003637, -0.158808, 0, 0.841192, 2.996363], abs=1e-6)


def test_gelu_is_close_to_the_normal_distributions(rng):
    values = draw(rng, 200) * 2
    exact = [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in values.tolist()]
    assert fused_gelu(Tensor(values)).data == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3, 4, 5)])
def test_gelu_keeps_the_shape(shape, rng):
    out = fused_gelu(Tensor(draw(rng, *shape)))
    assert out.shape == shape
    assert out.data.dtype == np.float32


def test_gelu_at_its_ends():
    got = fused_gelu(Tensor([-1e4, 0.0, 1e4, np.inf, np.nan])).data
    np.testing.assert_array_equal(got, [0, 0, 1e4, np.inf, np.nan])


@pytest.mark.parametrize("function", [fused_gelu, lambda x: vectorized_matmul(x, x), lambda x: tiled_matmul(x, x)])
def test_inputs_stay_and_no_gradient_is_wanted(function, rng):
    x = Tensor(draw(rng, 5, 5), requires_grad=True)
    before = x.data.copy()
    out = function(x)
    assert out.requires_grad is False
    assert not np.shares_memory(out.data, x.data)
    assert np.array_equal(x.data, before)
