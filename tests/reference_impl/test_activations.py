"""The reference's activations: properties, numbers worked out by hand, and no warning for any input.

Other tests of the same process may have loaded module 05, which replaces `forward`; values must be the same either way.
"""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tinytorch.core.activations import GELU, TOLERANCE, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor

ALL = [Sigmoid, ReLU, Tanh, GELU, Softmax]
ELEMENTWISE = [Sigmoid, ReLU, Tanh, GELU]
TINY, HUGE = np.finfo(np.float32).tiny, np.finfo(np.float32).max
EXTREMES = np.array(
    [-HUGE, -1e20, -1000, -104, -88, -TINY, -0.0, 0.0, TINY, 88, 104, 1000, 1e20, HUGE], dtype=np.float32
)


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 3, 4), (2, 1, 3, 2), (0, 3)])
def test_shape_and_dtype_are_kept(kind, shape, rng):
    out = kind()(Tensor(rng.standard_normal(shape)))
    assert isinstance(out, Tensor)
    assert out.data.shape == shape
    assert out.data.dtype == np.float32


@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_empty_vector_stays_empty(kind):
    assert kind()(Tensor([])).shape == (0,)


@pytest.mark.parametrize("kind", ALL)
def test_no_extreme_input_warns_or_gives_nan(kind):
    """Warnings are errors in these tests: an overflow anywhere fails. Halves have finite differences."""
    for x in (EXTREMES, -EXTREMES) if kind is not Softmax else (EXTREMES / 2, -EXTREMES / 2):
        assert np.isfinite(kind()(Tensor(x)).data).all()


@pytest.mark.parametrize("kind", ALL)
def test_input_and_result_share_nothing(kind, rng):
    a = rng.standard_normal((3, 4)).astype(np.float32)
    x = Tensor(a)
    out = kind()(x)
    out.data[...] = 7.0
    assert np.array_equal(x.data, a)


@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_nan_passes_through(kind):
    assert np.isnan(kind()(Tensor([np.nan, 1.0])).data).tolist() == [True, False]


@pytest.mark.parametrize(
    ("kind", "limits"), [(Sigmoid, [0, 1]), (ReLU, [0, np.inf]), (Tanh, [-1, 1]), (GELU, [0, np.inf])]
)
def test_limits_at_infinity(kind, limits):
    assert kind()(Tensor([-np.inf, np.inf])).data.tolist() == limits


def test_tolerance():
    assert TOLERANCE == 1e-10


def test_sigmoid_by_hand():
    out = Sigmoid()(Tensor([0.0, math.log(3), -math.log(3)]))
    assert out.data == pytest.approx([0.5, 0.75, 0.25])


@pytest.mark.parametrize("x", [-20.0, -50.0, -80.0])
def test_sigmoid_keeps_its_left_tail(x):
    assert float(Sigmoid()(Tensor(x)).data) == pytest.approx(math.exp(x), rel=1e-5)


def test_sigmoid_is_symmetric_and_rises():
    x = np.linspace(-30, 30, 1201)
    right, left = Sigmoid()(Tensor(x)).data, Sigmoid()(Tensor(-x)).data
    assert right + left == pytest.approx(np.ones(1201), abs=2e-7)
    assert (np.diff(right) >= -6e-8).all()


def test_relu_keeps_every_positive_bit(rng):
    a = rng.standard_normal(1000).astype(np.float32)
    assert np.array_equal(ReLU()(Tensor(a)).data, np.where(a > 0, a, 0))


def test_tanh_is_a_stretched_sigmoid(rng):
    x = rng.standard_normal(50)
    assert Tanh()(Tensor(x)).data == pytest.approx(2 * Sigmoid()(Tensor(2 * x)).data - 1, abs=1e-6)


def test_gelu_has_the_values_of_the_course():
    out = GELU()(Tensor([-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3]))
    table = [-0.0180713, -0.0643414, -0.1542043, -0.1496116, 0, 0.3503884, 0.8457958, 1.9356586, 2.9819288]
    assert out.data == pytest.approx(table, abs=1e-6)


def test_gelu_and_its_mirror_differ_by_x(rng):
    """sigmoid(z) + sigmoid(-z) = 1 makes GELU(x) - GELU(-x) = x."""
    x = rng.standard_normal(50)
    assert GELU()(Tensor(x)).data - GELU()(Tensor(-x)).data == pytest.approx(x, abs=1e-6)


def test_softmax_by_hand():
    out = Softmax()(Tensor([[0.0, math.log(2), math.log(3)], [5.0, 5.0, 5.0]]))
    assert out.data == pytest.approx(np.array([[1 / 6, 2 / 6, 3 / 6], [1 / 3] * 3]))


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
def test_softmax_sums_to_one_along_dim(dim, rng):
    x = Tensor(100 * rng.standard_normal((3, 4, 5)))
    for out in (Softmax()(x, dim), Softmax()(x, dim=dim), Softmax().forward(x, dim)):
        assert out.data.sum(axis=dim) == pytest.approx(np.ones_like(out.data.sum(axis=dim)))
        assert (out.data >= 0).all()


def test_softmax_measures_each_slice_by_its_own_maximum():
    out = Softmax()(Tensor([[0.0, math.log(3)], [1000.0, 1000.0], [-1000.0, -2000.0], [-np.inf, 0.0]]))
    assert out.data == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5], [1, 0], [0, 1]]))


def test_softmax_refuses_what_has_no_axis():
    with pytest.raises(np.exceptions.AxisError):
        Softmax()(Tensor([1.0, 2.0]), dim=1)
    with pytest.raises(ValueError, match="zero-size"):
        Softmax()(Tensor([]))


@pytest.mark.parametrize("kind", ALL)
def test_nothing_to_learn_and_lists_refused(kind):
    activation = kind()
    assert activation.parameters() == []
    assert activation.backward(Tensor(1.0)) is None
    with pytest.raises(AttributeError):
        activation([1.0, 2.0])


def test_without_autograd_no_result_asks_for_gradients():
    """Run in a process of its own, where nothing has imported module 05."""
    program = (
        "import sys\n"
        "from tinytorch.core.activations import *\n"
        "x = Tensor([1.0, -2.0], requires_grad=True)\n"
        "flags = [kind()(x).requires_grad for kind in (Sigmoid, ReLU, Tanh, GELU, Softmax)]\n"
        "print(flags, 'tinytorch.core.autograd' in sys.modules)\n"
    )
    reference = Path(__file__).parents[2] / "reference_impl"
    done = subprocess.run([sys.executable, "-c", program], cwd=reference, capture_output=True, text=True, check=True)
    assert done.stdout.split("]") == ["[False, False, False, False, False", " False\n"]
