"""What the activations may cost, as a multiple of the reference's cost on the same machine.

A loop over elements or rows costs 20 to 300 times the reference and a careful vectorised version 1 to 5 times, so the
budgets leave room on both sides. Building the input tensor is never part of what is measured. Every element of a result
counts: each row is summed up with random weights, new ones in each repetition, and all of these sums are compared.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor

# Sums of a thousand float32 numbers of size 3: rounding leaves 3e-5, a single missing element changes them by 1.
LONG_SUMS = {"atol": 1e-3}


def draw(*shape, row=1000):
    """Return a function that draws fresh inputs of this shape, and weights for rows of so many results."""

    def inputs(rng):
        return 3 * rng.standard_normal(shape, dtype=np.float32), rng.standard_normal(row, dtype=np.float32)

    return inputs


def draw_in_runs(count, run=50):
    """Return a function like `draw`'s, of numbers that have one sign for so many in a row.

    Where signs change at random, a right answer by a mask costs up to twenty times np.maximum: not for what it computes, but
    for the branches that the processor guesses wrong.
    So drawn, the slowest right ways of whole arrays (masks by indices, in float64) cost up to half of what is allowed here, and
    loops over numbers three times that and more.
    """

    def inputs(rng):
        x, weights = draw(count)(rng)
        return np.abs(x) * np.repeat(rng.choice((-1, 1), count // run), run).astype(np.float32), weights

    return inputs


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x.astype(np.float64)))


def gelu(x):
    return x * sigmoid(1.702 * x.astype(np.float64))


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    exponentials = np.exp(x.astype(np.float64))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def weighed(definition):
    """Return the definition, with the rows of its result summed up as the workloads do it."""
    return lambda x, weights: definition(x).reshape(-1, len(weights)) @ weights.astype(np.float64)


@in_candidate
def make_tensor(x, weights):
    return Tensor(x), weights


@in_candidate
def weigh(result, weights):
    """Sum up every row of the result by weights: a product of a matrix and a vector, quick beside the work."""
    return result.data.reshape(-1, len(weights)) @ weights


@in_candidate
def run_sigmoid(state):
    x, weights = state
    return weigh(Sigmoid()(x), weights)


@in_candidate
def run_gelu(state):
    x, weights = state
    return weigh(GELU()(x), weights)


@in_candidate
def run_relu(state):
    x, weights = state
    return weigh(ReLU()(x), weights)


@in_candidate
def run_tanh(state):
    x, weights = state
    return weigh(Tanh()(x), weights)


@in_candidate
def tanh_by_exponentials(state):
    """Work out tanh from one exponential a number, as may be done in place of np.tanh, which costs a fifth of that."""
    x, weights = state
    decay = np.exp(-2 * np.abs(x.data))
    return weigh(Tensor(np.sign(x.data) * (1 - decay) / (1 + decay)), weights)


@in_candidate
def run_softmax(state):
    """Take each row's weighed sum as a share of its plain one: what the shares were divided by is charged elsewhere."""
    x, weights = state
    out = Softmax()(x)
    return weigh(out, weights) / weigh(out, np.ones(len(weights), dtype=np.float32))


@number("15.1")
@weight(4)
@budget(cpu=20.0)
def test_sigmoid_is_vectorised(measure):
    """Sigmoid of 200,000 numbers takes at most 20 times the reference's CPU time."""
    measure(run_sigmoid, setup=make_tensor, inputs=draw_in_runs(200_000), answer=weighed(sigmoid), **LONG_SUMS)


@number("15.2")
@weight(2)
@budget(cpu=18.0)
@visibility("hidden")
def test_gelu_is_vectorised(measure):
    """GELU of 200,000 numbers takes at most 18 times the reference's CPU time."""
    measure(run_gelu, setup=make_tensor, inputs=draw_in_runs(200_000), answer=weighed(gelu), **LONG_SUMS)


@number("15.3")
@weight(1)
@budget(cpu=6.0)
def test_relu_is_vectorised(measure):
    """ReLU of 500,000 numbers takes at most 6 times the reference's CPU time."""
    measure(run_relu, setup=make_tensor, inputs=draw_in_runs(500_000), answer=weighed(relu), **LONG_SUMS)


@number("15.4")
@weight(1)
@budget(cpu=20.0)
@visibility("hidden")
def test_tanh_is_vectorised(measure):
    """Tanh of 500,000 numbers takes at most 20 times the CPU time of a formula in one exponential a number."""
    inputs, formula = draw_in_runs(500_000), tanh_by_exponentials
    measure(run_tanh, setup=make_tensor, inputs=inputs, answer=weighed(np.tanh), yardstick=formula, **LONG_SUMS)


@number("15.5")
@weight(5)
@budget(cpu=6.0)
def test_softmax_is_vectorised(measure):
    """Softmax of 20,000 rows of 10 takes at most 6 times the reference's CPU time."""
    # Many short rows: with long ones a loop over rows is only 3 times slower, and would not be told apart.
    measure(run_softmax, setup=make_tensor, inputs=draw(20_000, 10, row=10), answer=weighed(softmax), **LONG_SUMS)


# Memory at a million elements, one result being 4 MB. The reference holds 3 such arrays at its peak for Sigmoid and
# Softmax, 4 for GELU, 2 for ReLU and Tanh; the course allows 8, 8, 6 and 4. The factor is the quotient.


@number("15.6")
@weight(0.5)
@budget(memory=8 / 3)
def test_sigmoid_memory(measure):
    """Sigmoid of a million numbers needs at most 8 times the memory of its result."""
    measure(run_sigmoid, setup=make_tensor, inputs=draw(1000, 1000), answer=weighed(sigmoid), **LONG_SUMS)


@number("15.7")
@weight(0.5)
@budget(memory=6 / 4)
@visibility("hidden")
def test_gelu_memory(measure):
    """GELU of a million numbers needs at most 6 times the memory of its result."""
    measure(run_gelu, setup=make_tensor, inputs=draw(1000, 1000), answer=weighed(gelu), **LONG_SUMS)


@number("15.8")
@weight(0.25)
@budget(memory=4 / 2)
def test_relu_memory(measure):
    """ReLU of a million numbers needs at most 4 times the memory of its result."""
    measure(run_relu, setup=make_tensor, inputs=draw(1000, 1000), answer=weighed(relu), **LONG_SUMS)


@number("15.9")
@weight(0.25)
@budget(memory=4 / 2)
@visibility("hidden")
def test_tanh_memory(measure):
    """Tanh of a million numbers needs at most 4 times the memory of its result."""
    measure(run_tanh, setup=make_tensor, inputs=draw(1000, 1000), answer=weighed(np.tanh), **LONG_SUMS)


@number("15.10")
@weight(0.5)
@budget(memory=8 / 3)
@visibility("hidden")
def test_softmax_memory(measure):
    """Softmax of a million numbers needs at most 8 times the memory of its result."""
    measure(run_softmax, setup=make_tensor, inputs=draw(1000, 1000), answer=weighed(softmax), **LONG_SUMS)
