"""What a backward pass may cost, as a multiple of the reference's cost on the same machine.

Loops over elements cost 20 to 1000 times the reference and a careful vectorised version 1 to 1.7 times. Building tensors
is never measured. A measured process imports only what its workload names: hence the calls of enable_autograd.
Every gradient that a backward pass fills counts, and so does what it went back from; of large arrays each row is summed up
with random weights, new ones in each repetition.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from right_arithmetic import put_in, right_ones_for_wrong
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
        while (near := is_near_a_kink(x, parameters)).any():
            x[near] = rng.standard_normal((near.sum(), 128), dtype=np.float32)
        return x, rng.integers(0, 10, batch).astype(np.float32), parameters

    return inputs


def is_near_a_kink(x, parameters):
    """Return for each row whether a hidden unit is so near to ReLU's kink that rounding to float32 decides its side."""
    W1, b1, W2, b2, _W3, _b3 = (array.astype(np.float64) for array in parameters)
    z1 = x @ W1 + b1
    z2 = np.maximum(z1, 0) @ W2 + b2
    return np.minimum(abs(z1).min(axis=1), abs(z2).min(axis=1)) < 2e-5


def expected_network(x, targets, parameters):
    """Return the gradients of all parameters in a row, in float64."""
    W1, b1, W2, b2, W3, b3 = (array.astype(np.float64) for array in parameters)
    z1 = x @ W1 + b1
    z2 = np.maximum(z1, 0) @ W2 + b2
    h1, h2 = np.maximum(z1, 0), np.maximum(z2, 0)
    g3 = expected_cross_entropy(h2 @ W3 + b3, targets)
    g2 = (z2 > 0) * (g3 @ W3.T)
    g1 = (z1 > 0) * (g2 @ W2.T)
    gradients = [x.T @ g1, g1.sum(axis=0), h1.T @ g2, g2.sum(axis=0), h2.T @ g3, g3.sum(axis=0)]
    return np.concatenate([gradient.ravel() for gradient in gradients])


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
    return layers, Tensor(x), Tensor(targets), right_ones_for_wrong()


@in_candidate
def train_step(state):
    """Return the gradients of all parameters; a wrong derivative of arithmetic is charged elsewhere."""
    *network, right_ones = state
    originals = put_in(right_ones)
    try:
        return take_a_step(*network)
    finally:
        put_in(originals)


@in_candidate
def take_a_step(layers, x, targets):
    hidden = ReLU()(layers[1](ReLU()(layers[0](x))))
    CrossEntropyLoss()(layers[2](hidden), targets).backward()
    return np.concatenate([param.grad.reshape(-1) for layer in layers for param in (layer.weight, layer.bias)])


@in_candidate
def train_twenty_steps(state):
    for _ in range(20):
        for layer in state[0]:
            layer.weight.grad, layer.bias.grad = None, None
        gradient = train_step(state)
    return gradient


@in_candidate
def make_tensor(x, weights):
    enable_autograd(quiet=True)
    return Tensor(x, requires_grad=True), weights


@in_candidate
def run_elementwise(state):
    """Return the weighted sum of every row of the gradient, and the mean of what was summed up."""
    t, weights = state
    total = (t * t + t).sum()
    total.backward()
    return np.append(t.grad @ weights, total.data / 1_000_000)


def expected_elementwise(t, weights):
    t = t.astype(np.float64)
    return np.append((2 * t + 1) @ weights, (t * t + t).mean())


@in_candidate
def make_bias_problem(x, bias, g, weights):
    enable_autograd(quiet=True)
    return Tensor(x), Tensor(bias, requires_grad=True), g, weights


@in_candidate
def run_bias(state):
    """Return the gradient of the bias, and the weighted sum of every row of x + bias."""
    x, bias, g, weights = state
    total = x + bias
    total.backward(g)
    return np.concatenate([bias.grad, total.data @ weights])


def expected_bias(x, bias, g, weights):
    return np.concatenate([g.sum(axis=0), (x.astype(np.float64) + bias) @ weights])


@in_candidate
def make_batch_problem(a, b, g, weights):
    enable_autograd(quiet=True)
    return Tensor(a, requires_grad=True), Tensor(b, requires_grad=True), g, weights


@in_candidate
def run_batched_matmul(state):
    """Sum up the sizes in every row of the product and of both gradients: no way there is shorter than the products."""
    a, b, g, weights = state
    product = a.matmul(b)
    product.backward(g)
    return np.stack([abs(product.data) @ weights, abs(a.grad) @ weights, abs(b.grad) @ weights])


def expected_batched_matmul(a, b, g, weights):
    a, b, g = (array.astype(np.float64) for array in (a, b, g))
    return abs(np.stack([a @ b, g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g])) @ weights


@in_candidate
def make_tensors_and_gradient(*arrays):
    """Make tensors of all arrays but the last, which is the gradient that arrives from above."""
    enable_autograd(quiet=True)
    return [Tensor(array, requires_grad=True) for array in arrays[:-1]], arrays[-1]


@in_candidate
def run_chain(state):
    (x, y), g = state
    u = x
    for _ in range(100):
        u = (u + y) * 0.5
    u.backward(g)
    return np.stack([u.data, x.grad, y.grad])


@in_candidate
def run_doubling(state):
    (x,), g = state
    u = x
    for _ in range(12):
        u = u + u
    u.backward(g)
    return np.stack([u.data, x.grad])


@in_candidate
def make_scores(logits, targets, weights):
    enable_autograd(quiet=True)
    return Tensor(logits, requires_grad=True), Tensor(targets), weights


@in_candidate
def run_cross_entropy(state):
    logits, targets, weights = state
    loss = CrossEntropyLoss()(logits, targets)
    loss.backward()
    return np.append(logits.grad @ weights, loss.data)


def expected_scores(logits, targets, weights):
    """Return the weighted sum of the gradient of every sample, and the loss."""
    logits = logits.astype(np.float64)
    right = logits[np.arange(len(logits)), targets.astype(int)]
    loss = (np.log(np.exp(logits).sum(axis=1)) - right).mean()
    return np.append(expected_cross_entropy(logits, targets) @ weights, loss)


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
    inputs = draw((1000, 1000), (1000,))
    measure(run_elementwise, setup=make_tensor, inputs=inputs, answer=expected_elementwise, **LONG_SUMS)


@number("5.16")
@weight(1)
@budget(cpu=6.0)
@visibility("hidden")
def test_the_gradient_of_a_bias(measure):
    """The gradient of a bias of 256, added to 4,096 rows, takes at most 6 times the reference's CPU time."""
    inputs = draw((4096, 256), (256,), (4096, 256), (256,))
    # A plain running sum of 4,096 float32 numbers may be off by 1e-3 beside a total near 64.
    measure(run_bias, setup=make_bias_problem, inputs=inputs, answer=expected_bias, rtol=1e-3, atol=1e-2)


@number("5.16")
@weight(1)
@budget(cpu=3.0)
@visibility("hidden")
def test_a_batch_of_matrices(measure):
    """matmul of 16 pairs of 64x64 matrices with backward takes at most 3 times the reference's CPU time."""
    shape = (16, 64, 64)
    inputs = draw(shape, shape, shape, (64,))
    # Sums of 64 numbers of size 8: rounding leaves 1e-4.
    measure(
        run_batched_matmul,
        setup=make_batch_problem,
        inputs=inputs,
        answer=expected_batched_matmul,
        rtol=1e-3,
        atol=1e-2,
    )


@number("5.16")
@weight(2)
@budget(cpu=5.0)
def test_cross_entropy(measure):
    """Cross-entropy of 20,000 samples and 10 classes with backward takes at most 5 times the reference's CPU time."""

    def inputs(rng):
        logits, weights = rng.standard_normal((20_000, 10), dtype=np.float32), rng.standard_normal(10, dtype=np.float32)
        return logits, rng.integers(0, 10, 20_000).astype(np.float32), weights

    # Each gradient is a probability divided by 20,000, which float32 holds to twelve places.
    measure(run_cross_entropy, setup=make_scores, inputs=inputs, answer=expected_scores, rtol=1e-3, atol=1e-9)


@number("5.16")
@weight(0)
@budget(cpu=4.0)
@visibility("hidden")
def test_a_chain_of_small_operations(measure):
    """A chain of 200 operations on 10 numbers takes at most 4 times the reference's CPU time (without points)."""
    # u -> (u + y) / 2, a hundred times: y gets 1/2 + 1/4 + ... = 1, to the last bit that float32 holds, and x nothing.
    measure(
        run_chain,
        setup=make_tensors_and_gradient,
        inputs=draw((10,), (10,), (10,)),
        answer=lambda x, y, g: np.stack([y, 0 * g, g]),
    )


@number("5.17")
@weight(0)
@budget(cpu=8.0)
def test_a_reused_subgraph(measure):
    """(S) Twelve levels of u = u + u cost as much as twelve additions, not as much as four thousand."""
    # A backward that walks every path costs 80 times the reference here, and twice as much for each further level.
    measure(
        run_doubling,
        setup=make_tensors_and_gradient,
        inputs=draw((10,), (10,)),
        answer=lambda x, g: 2.0**12 * np.stack([x, g]),
    )


@number("5.16")
@weight(0.75)
@budget(memory=2.0)
def test_the_memory_of_element_wise_operations(measure):
    """(t * t + t).sum().backward() of a million numbers needs at most twice the reference's memory."""
    inputs = draw((1000, 1000), (1000,))
    measure(run_elementwise, setup=make_tensor, inputs=inputs, answer=expected_elementwise, **LONG_SUMS)


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
