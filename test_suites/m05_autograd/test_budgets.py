"""What a backward pass may cost, as a multiple of the reference's cost on the same machine.

Loops over elements cost 20 to 1000 times the reference and a careful vectorised version 1 to 1.7 times. Building tensors
is never measured. A measured process imports only what its workload names: hence the calls of enable_autograd.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.tensor import Tensor

# Sums of thousands of float32 products: a relative error of 1e-4, and an absolute one where they cancel.
LONG_SUMS = {"rtol": 1e-3, "atol": 1e-3}

# The parameters of three layers: 128 -> 128 -> 128 -> 10, weight and bias in turn.
SHAPES = ((128, 128), (128,), (128, 128), (128,), (128, 10), (10,))


def draw(*shapes):
    """Return a function that draws fresh inputs of these shapes, as `measure` wants them."""
    return lambda rng: tuple(rng.standard_normal(shape, dtype=np.float32) for shape in shapes)


def draw_network(batch):
    """Return a function that draws inputs, targets, and the weights and biases of three layers."""

    def inputs(rng):
        parameters = [rng.standard_normal(shape, dtype=np.float32) * np.float32(0.1) for shape in SHAPES]
        x = rng.standard_normal((batch, 128), dtype=np.float32)
        return x, rng.integers(0, 10, batch).astype(np.float32), parameters

    return inputs


def expected_network(x, targets, parameters):
    """Return the gradient of the first layer's weight, in float64."""
    W1, b1, W2, b2, W3, b3 = (array.astype(np.float64) for array in parameters)
    z1 = x @ W1 + b1
    z2 = np.maximum(z1, 0) @ W2 + b2
    g = expected_cross_entropy(np.maximum(z2, 0) @ W3 + b3, targets)
    return x.T @ ((z1 > 0) * (((z2 > 0) * (g @ W3.T)) @ W2.T))


def expected_cross_entropy(logits, targets):
    """Return the gradient of the mean cross-entropy with respect to the logits."""
    g = np.exp(logits - logits.max(axis=1, keepdims=True))
    g /= g.sum(axis=1, keepdims=True)
    g[np.arange(len(g)), targets.astype(int)] -= 1
    return g / len(g)


@in_candidate
def build_network(x, targets, parameters):
    enable_autograd(quiet=True)
    layers = [Linear(n, m) for n, m in [(128, 128), (128, 128), (128, 10)]]
    for layer, weights, bias in zip(layers, parameters[::2], parameters[1::2], strict=True):
        layer.weight.data, layer.bias.data = weights, bias
    return layers, Tensor(x), Tensor(targets)


@in_candidate
def train_step(state):
    layers, x, targets = state
    hidden = ReLU()(layers[1](ReLU()(layers[0](x))))
    CrossEntropyLoss()(layers[2](hidden), targets).backward()
    return layers[0].weight.grad


@in_candidate
def train_twenty_steps(state):
    for _ in range(20):
        for layer in state[0]:
            layer.weight.grad, layer.bias.grad = None, None
        gradient = train_step(state)
    return gradient


@in_candidate
def make_tensors(*arrays):
    enable_autograd(quiet=True)
    return [Tensor(array, requires_grad=True) for array in arrays]


@in_candidate
def run_elementwise(tensors):
    (t,) = tensors
    (t * t + t).sum().backward()
    return t.grad


@in_candidate
def make_bias_problem(x, bias, g):
    enable_autograd(quiet=True)
    return Tensor(x), Tensor(bias, requires_grad=True), g


@in_candidate
def run_bias(state):
    x, bias, g = state
    (x + bias).backward(g)
    return bias.grad


@in_candidate
def make_batch_problem(a, b, g):
    enable_autograd(quiet=True)
    return Tensor(a, requires_grad=True), Tensor(b, requires_grad=True), g


@in_candidate
def run_batched_matmul(state):
    a, b, g = state
    a.matmul(b).backward(g)
    return b.grad


@in_candidate
def run_chain(tensors):
    x, y = tensors
    u = x
    for _ in range(100):
        u = (u + y) * 0.5
    u.sum().backward()
    return y.grad


@in_candidate
def run_doubling(tensors):
    (x,) = tensors
    u = x
    for _ in range(12):
        u = u + u
    u.sum().backward()
    return x.grad


@in_candidate
def make_scores(logits, targets):
    enable_autograd(quiet=True)
    return Tensor(logits, requires_grad=True), Tensor(targets)


@in_candidate
def run_cross_entropy(state):
    logits, targets = state
    CrossEntropyLoss()(logits, targets).backward()
    return logits.grad


@number("5.16")
@weight(4)
@budget(cpu=4.0)
def test_a_training_step(measure):
    """A step of a 128-128-128-10 network, batch 64, takes at most 4 times the reference's CPU time."""
    measure(train_step, setup=build_network, inputs=draw_network(64), answer=expected_network, **LONG_SUMS)


@number("5.16")
@weight(2)
@budget(cpu=3.0)
def test_element_wise_operations(measure):
    """(t * t + t).sum().backward() of a million numbers takes at most 3 times the reference's CPU time."""
    measure(run_elementwise, setup=make_tensors, inputs=draw((1000, 1000)), answer=lambda t: 2 * t + 1)


@number("5.16")
@weight(1)
@budget(cpu=6.0)
@visibility("hidden")
def test_the_gradient_of_a_bias(measure):
    """The gradient of a bias of 256, added to 4,096 rows, takes at most 6 times the reference's CPU time."""
    inputs = draw((4096, 256), (256,), (4096, 256))
    # A plain running sum of 4,096 float32 numbers may be off by 1e-3 beside a total near 64.
    measure(
        run_bias, setup=make_bias_problem, inputs=inputs, answer=lambda x, b, g: g.sum(axis=0), rtol=1e-3, atol=1e-2
    )


@number("5.16")
@weight(1)
@budget(cpu=3.0)
@visibility("hidden")
def test_a_batch_of_matrices(measure):
    """matmul of 16 pairs of 64x64 matrices with backward takes at most 3 times the reference's CPU time."""
    shape = (16, 64, 64)
    inputs = draw(shape, shape, shape)
    answer = lambda a, b, g: a.swapaxes(-1, -2) @ g  # noqa: E731  one line beside its workload
    measure(run_batched_matmul, setup=make_batch_problem, inputs=inputs, answer=answer, **LONG_SUMS)


@number("5.16")
@weight(2)
@budget(cpu=5.0)
def test_cross_entropy(measure):
    """Cross-entropy of 20,000 samples and 10 classes with backward takes at most 5 times the reference's CPU time."""

    def inputs(rng):
        return rng.standard_normal((20_000, 10), dtype=np.float32), rng.integers(0, 10, 20_000).astype(np.float32)

    # Each gradient is a probability divided by 20,000.
    measure(run_cross_entropy, setup=make_scores, inputs=inputs, answer=expected_cross_entropy, rtol=1e-3, atol=1e-9)


@number("5.16")
@weight(0)
@budget(cpu=4.0)
@visibility("hidden")
def test_a_chain_of_small_operations(measure):
    """A chain of 200 operations on 10 numbers takes at most 4 times the reference's CPU time (without points)."""
    # u -> (u + y) / 2, a hundred times: y gets 1/2 + 1/4 + ... = 1, to the last bit that float32 holds.
    measure(run_chain, setup=make_tensors, inputs=draw((10,), (10,)), answer=lambda x, y: np.ones(10))


@number("5.17")
@weight(0)
@budget(cpu=8.0)
def test_a_reused_subgraph(measure):
    """(S) Twelve levels of u = u + u cost as much as twelve additions, not as much as four thousand."""
    # A backward that walks every path costs 80 times the reference here, and twice as much for each further level.
    measure(run_doubling, setup=make_tensors, inputs=draw((10,)), answer=lambda x: np.full(10, 2.0**12))


@number("5.16")
@weight(0.75)
@budget(memory=2.0)
def test_the_memory_of_element_wise_operations(measure):
    """(t * t + t).sum().backward() of a million numbers needs at most twice the reference's memory."""
    measure(run_elementwise, setup=make_tensors, inputs=draw((1000, 1000)), answer=lambda t: 2 * t + 1)


@number("5.16")
@weight(0.5)
@budget(memory=2.5)
@visibility("hidden")
def test_the_memory_of_a_training_step(measure):
    """One step of the network, batch 2,048, needs at most 2.5 times the reference's memory."""
    # A batch large enough for the activations to outweigh what any Python process needs.
    measure(train_step, setup=build_network, inputs=draw_network(2048), answer=expected_network, **LONG_SUMS)


@number("5.16")
@weight(0.75)
@budget(memory=2.5)
@visibility("hidden")
def test_memory_does_not_grow_from_step_to_step(measure):
    """Twenty steps need at most 2.5 times the reference's memory: once the loss is gone, so is its graph."""
    measure(train_twenty_steps, setup=build_network, inputs=draw_network(1024), answer=expected_network, **LONG_SUMS)
