"""What the activations may cost, as a multiple of the reference's cost on the same machine.

A loop over elements or rows costs 20 to 300 times the reference and a careful vectorised version 1 to 5 times, so the
budgets leave room on both sides. Building the input tensor is never part of what is measured, and only every 20th row
of the result is sent back, which costs little beside the work.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor


def draw(*shape):
    """Return a function that draws fresh inputs of this shape, as `measure` wants them."""
    return lambda rng: (3 * rng.standard_normal(shape, dtype=np.float32),)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x.astype(np.float64)))


def gelu(x):
    return x * sigmoid(1.702 * x.astype(np.float64))


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    exponentials = np.exp(x.astype(np.float64))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def sample(definition):
    """Return the definition, sampled as the workloads sample their results."""
    return lambda x: definition(x)[::20]


@in_candidate
def make_tensor(x):
    return Tensor(x)


@in_candidate
def run_sigmoid(x):
    return Sigmoid()(x).data[::20]


@in_candidate
def run_gelu(x):
    return GELU()(x).data[::20]


@in_candidate
def run_relu(x):
    return ReLU()(x).data[::20]


@in_candidate
def run_tanh(x):
    return Tanh()(x).data[::20]


@in_candidate
def run_softmax(x):
    return Softmax()(x).data[::20]


@number("15.1")
@weight(4)
@budget(cpu=10.0)
def test_sigmoid_is_vectorised(measure):
    """Sigmoid of 200,000 numbers takes at most 10 times the reference's CPU time."""
    measure(run_sigmoid, setup=make_tensor, inputs=draw(200_000), answer=sample(sigmoid))


@number("15.2")
@weight(2)
@budget(cpu=8.0)
@visibility("hidden")
def test_gelu_is_vectorised(measure):
    """GELU of 200,000 numbers takes at most 8 times the reference's CPU time."""
    measure(run_gelu, setup=make_tensor, inputs=draw(200_000), answer=sample(gelu))


@number("15.3")
@weight(1)
@budget(cpu=6.0)
def test_relu_is_vectorised(measure):
    """ReLU of 500,000 numbers takes at most 6 times the reference's CPU time."""
    measure(run_relu, setup=make_tensor, inputs=draw(500_000), answer=sample(relu))


@number("15.4")
@weight(1)
@budget(cpu=6.0)
@visibility("hidden")
def test_tanh_is_vectorised(measure):
    """Tanh of 500,000 numbers takes at most 6 times the reference's CPU time."""
    measure(run_tanh, setup=make_tensor, inputs=draw(500_000), answer=sample(np.tanh))


@number("15.5")
@weight(5)
@budget(cpu=6.0)
def test_softmax_is_vectorised(measure):
    """Softmax of 20,000 rows of 10 takes at most 6 times the reference's CPU time."""
    # Many short rows: with long ones a loop over rows is only 3 times slower, and would not be told apart.
    measure(run_softmax, setup=make_tensor, inputs=draw(20_000, 10), answer=sample(softmax))


# Memory at a million elements, one result being 4 MB. The reference holds 3 such arrays at its peak for Sigmoid and
# Softmax, 4 for GELU, 2 for ReLU and Tanh; the course allows 8, 8, 6 and 4. The factor is the quotient.


@number("15.6")
@weight(0.5)
@budget(memory=8 / 3)
def test_sigmoid_memory(measure):
    """Sigmoid of a million numbers needs at most 8 times the memory of its result."""
    measure(run_sigmoid, setup=make_tensor, inputs=draw(1000, 1000), answer=sample(sigmoid))


@number("15.7")
@weight(0.5)
@budget(memory=6 / 4)
@visibility("hidden")
def test_gelu_memory(measure):
    """GELU of a million numbers needs at most 6 times the memory of its result."""
    measure(run_gelu, setup=make_tensor, inputs=draw(1000, 1000), answer=sample(gelu))


@number("15.8")
@weight(0.25)
@budget(memory=4 / 2)
def test_relu_memory(measure):
    """ReLU of a million numbers needs at most 4 times the memory of its result."""
    measure(run_relu, setup=make_tensor, inputs=draw(1000, 1000), answer=sample(relu))


@number("15.9")
@weight(0.25)
@budget(memory=4 / 2)
@visibility("hidden")
def test_tanh_memory(measure):
    """Tanh of a million numbers needs at most 4 times the memory of its result."""
    measure(run_tanh, setup=make_tensor, inputs=draw(1000, 1000), answer=sample(np.tanh))


@number("15.10")
@weight(0.5)
@budget(memory=8 / 3)
@visibility("hidden")
def test_softmax_memory(measure):
    """Softmax of a million numbers needs at most 8 times the memory of its result."""
    measure(run_softmax, setup=make_tensor, inputs=draw(1000, 1000), answer=sample(softmax))
