"""Gradients of attention and of its heads, with autograd switched on.

Always true: a gradient is compared with central differences of the student's own forward pass, so that a wrong scale or
mask costs its own tests and not these as well; that forward pass must depend on what the gradient is of. The gradient that
arrives is random. T positions, D features, C embedding.
"""

import importlib

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import output_first
from marks import in_candidate
from tinytorch.core.attention import MultiHeadAttention, scaled_dot_product_attention
from tinytorch.core.tensor import Tensor

T, D = 4, 3
C, HEADS = 4, 2
CAUSAL = np.tril(np.ones((T, T), dtype=np.float32))
NO_GRADIENT = "Work with Tensor operations all the way: an array taken out of .data has forgotten where it came from."
# Central differences of a float32 forward pass: rounding leaves 2e-5 at the step of 2**-7, the step itself 1e-4.
DIFFERENCES = {"rtol": 5e-3, "atol": 1e-3}


@in_candidate
def import_autograd():
    importlib.import_module("tinytorch.core.autograd")


@pytest.fixture(autouse=True)
def autograd():
    """Switch autograd on, which importing it does."""
    import_autograd()


def gradient_of(tensor, call):
    """Return the gradient's numbers, also of an implementation that keeps Tensors there."""
    __tracebackhide__ = True
    gradient = tensor.grad
    assert gradient is not None, f"{call} is None after backward(). {NO_GRADIENT}"
    return gradient.data if isinstance(gradient, Tensor) else gradient


def output_of(result, features=D):
    return output_first(result, features)[0]


def require_gradient(tensor, forward, x, arriving, at_least, call):
    """Require the gradient of sum(arriving * forward(x)), and that it is of a size that attention gives it."""
    __tracebackhide__ = True
    gradient = gradient_of(tensor, call)
    hint = "Every step must hand its gradient on: transpose, matmul, the scale, Softmax and matmul again."
    assert_gradient(gradient, forward, x, weights=arriving, **DIFFERENCES, call=call, hint=hint)
    size = float(np.linalg.norm(gradient))
    assert size > at_least, f"{call} is nearly 0 ({size:.2g}): the output hardly depends on it, and attention does."


# The function


def require_gradient_of_input(rng, which, mask):
    """Require the gradient of one of Q, K, V; the other two ask for none."""
    __tracebackhide__ = True
    arrays = {name: ordinary(rng, 1, T, D) for name in "QKV"}
    # Queries of one size, so that no gradient can vanish by chance.
    arrays["Q"] = (arrays["Q"] / np.linalg.norm(arrays["Q"], axis=-1, keepdims=True) * 1.5).astype(np.float32)
    arriving = ordinary(rng, 1, T, D)

    def forward(x):
        tensors = [Tensor(x if name == which else a) for name, a in arrays.items()]
        return output_of(scaled_dot_product_attention(*tensors, mask=mask)).data

    tensors = {name: Tensor(a, requires_grad=name == which) for name, a in arrays.items()}
    output_of(scaled_dot_product_attention(*tensors.values(), mask=mask)).backward(arriving)
    call = f"{which}.grad of attention {'without a mask' if mask is None else 'under a causal mask'}"
    require_gradient(tensors[which], forward, arrays[which], arriving, 0.05, call)


@number("10.1")
@weight(3)
def test_gradients_of_attention(rng):
    """Q, K and V get the gradients of the chain rule, through the weights."""
    for which in "QKV":
        require_gradient_of_input(rng, which, None)


@number("10.2")
@weight(3)
@visibility("hidden")
def test_gradients_under_a_mask(rng):
    """Q, K and V get their gradients under a causal mask, too; the mask takes no part in the graph."""
    for which in "QKV":
        mask = Tensor(CAUSAL)
        require_gradient_of_input(rng, which, mask)
        assert_equal(mask.grad, None, call="mask.grad", hint="The mask is a constant.")


@number("10.3")
@weight(1)
@visibility("hidden")
def test_who_requires_a_gradient(rng):
    """The result requires a gradient if any input does, and not otherwise; what asks for none gets none."""
    K = np.linalg.qr(rng.standard_normal((D, D)))[0].astype(np.float32)
    found, V, arriving = rng.permutation(D), ordinary(rng, D, 2), ordinary(rng, D, 2)
    Q = np.float32(40 * np.sqrt(D)) * K[found]  # each query finds one key
    tensors = Tensor(Q), Tensor(K), Tensor(V, requires_grad=True)
    output = output_of(scaled_dot_product_attention(*tensors), features=2)
    assert_equal(output.requires_grad, True, call="output.requires_grad when V requires a gradient", hint=NO_GRADIENT)
    output.backward(arriving)
    want = np.zeros((D, 2))
    want[found] = arriving
    hint = "The gradient of V is weights^T times what arrives."
    assert_close(gradient_of(tensors[2], "V.grad"), want, rtol=1e-4, atol=1e-5, call="V.grad", hint=hint)
    assert_equal([tensors[0].grad, tensors[1].grad], [None, None], call="[Q.grad, K.grad], which asked for none")
    constant = output_of(scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V)), features=2)
    hint = "Nobody asked for a gradient, so the result needs none: do not set requires_grad yourself."
    assert_equal(constant.requires_grad, False, call="output.requires_grad when no input requires one", hint=hint)


# The heads


def draw_layer(rng):
    """Draw a layer with random weights and biases, an input, and the gradient that arrives."""
    layer = MultiHeadAttention(C, HEADS)
    for projection in (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj):
        # Scaled, so that queries and keys differ enough for their gradients to be seen.
        projection.weight.data = (np.linalg.qr(rng.standard_normal((C, C)))[0] * 1.5).astype(np.float32)
        if projection.bias is not None:  # that there is one is a matter of its own test
            projection.bias.data = ordinary(rng, C) * np.float32(0.5)
    return layer, ordinary(rng, 2, T, C), ordinary(rng, 2, T, C)


def require_parameter_gradient(rng, projection, name, at_least=0.05):
    """Require the gradient of a projection's weight or bias."""
    __tracebackhide__ = True
    layer, x, arriving = draw_layer(rng)
    layer(Tensor(x)).backward(arriving)
    param = getattr(getattr(layer, projection), name)
    start = param.data

    def forward(values):
        param.data = values
        return layer(Tensor(x)).data

    call = f"{projection}.{name}.grad of MultiHeadAttention({C}, {HEADS})"
    require_gradient(param, forward, start, arriving, at_least, call)


@number("17.1")
@weight(1.5)
def test_gradient_of_the_input(rng):
    """The input of MultiHeadAttention gets its gradient: what arrives at one position reaches those that it attends to."""
    layer, x, arriving = draw_layer(rng)
    arriving[:, :-1] = 0
    tensor = Tensor(x, requires_grad=True)
    layer(tensor).backward(arriving)
    call = "x.grad of MultiHeadAttention, with a gradient arriving at the last position alone"
    require_gradient(tensor, lambda a: layer(Tensor(a)).data, x, arriving, 0.05, call)
    others = float(np.linalg.norm(gradient_of(tensor, call)[:, :-1]))
    assert others > 0.02, f"{call}: the other positions get nearly none ({others:.2g}), and it attends to them."


@number("17.2")
@weight(2)
@pytest.mark.parametrize("projection", ["q_proj", "k_proj", "v_proj"])
def test_gradients_of_the_weights_before_attention(rng, projection):
    """The weights of q_proj, k_proj and v_proj get their gradients through the attention of every head."""
    require_parameter_gradient(rng, projection, "weight")


@number("17.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("projection", ["q_proj", "v_proj"])
def test_gradients_of_the_biases_before_attention(rng, projection):
    """The biases of q_proj and v_proj get their gradients."""
    require_parameter_gradient(rng, projection, "bias")


@number("17.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_gradients_of_the_projection_after_attention(rng, name):
    """The weight and the bias of out_proj get their gradients."""
    require_parameter_gradient(rng, "out_proj", name)


@number("17.5")
@weight(0.5)
@visibility("hidden")
def test_gradient_of_the_bias_of_the_keys_is_zero(rng):
    """The bias of k_proj gets a gradient of about 0: a shift of all keys alike changes no weight."""
    layer, x, arriving = draw_layer(rng)
    layer(Tensor(x)).backward(arriving)
    gradient = gradient_of(layer.k_proj.bias, "k_proj.bias.grad")
    hint = "A vector added to all keys shifts each row of scores evenly, and Softmax takes that away again."
    assert_close(gradient, np.zeros(C), rtol=0, atol=1e-4, call="k_proj.bias.grad", hint=hint)
    size = float(np.linalg.norm(gradient_of(layer.k_proj.weight, "k_proj.weight.grad")))
    assert size > 0.05, f"k_proj.weight.grad is nearly 0 ({size:.2g}), and attention depends on it."
