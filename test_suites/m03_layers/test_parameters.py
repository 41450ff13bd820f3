"""What a Linear layer learns with: its parameters as a list, with or without a bias; reprs; and a whole small network."""

import numpy as np
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import require_it_drops, require_it_multiplies, set_weight, weight_in_use
from marks import in_candidate
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear
from tinytorch.core.tensor import Tensor

PARAMETERS_HINT = "Return the tensors themselves, weight first: [self.weight, self.bias]."


def through(layer):
    """Return what takes numbers through the layer's forward."""
    return lambda x: layer.forward(Tensor(x)).data


# Without a bias


@number("9.1")
@weight(2)
def test_bias_can_be_left_out():
    """Linear(3, 2, bias=False) has bias None and one parameter; bias=True has two."""
    layer = Linear(3, 2, bias=False)
    assert_equal(layer.bias, None, call="Linear(3, 2, bias=False).bias", hint="No bias means None, not zeros.")
    counts = [len(layer.parameters()), len(Linear(3, 2, bias=True).parameters())]
    require_it_multiplies(layer, (3, 2), through(layer), "Linear(3, 2, bias=False)")
    hint = "parameters() lists the bias only if there is one."
    assert_equal(counts, [1, 2], call="number of parameters without and with bias", hint=hint)


@number("9.2")
@weight(3)
@visibility("hidden")
def test_forward_without_bias(rng):
    """Without a bias the result is x @ weight, and so is 0 for x = 0."""
    x, W = ordinary(rng, 4, 3), ordinary(rng, 3, 2)
    layer = Linear(3, 2, False)
    W = weight_in_use(layer, W, through(layer))
    hint = "Skip the addition when self.bias is None."
    assert_close(layer(Tensor(x)).data, x @ W, call="Linear(3, 2, False)(x)", given={"x": x, "weight": W}, hint=hint)
    zeros = layer(Tensor(np.zeros((1, 3)))).data
    assert_close(zeros, np.zeros((1, 2)), rtol=0, atol=0, call="Linear(3, 2, False)(zeros)", hint=hint)


# The list


@number("10.1")
@weight(1)
def test_parameters_is_a_list_with_weight_first():
    """Linear(3, 2).parameters() is a list of the weight (3, 2) and the bias (2,)."""
    layer = Linear(3, 2)
    require_it_multiplies(layer, (3, 2), through(layer), "Linear(3, 2)")
    parameters = layer.parameters()
    assert isinstance(parameters, list), f"parameters() must be a list, got {type(parameters).__name__}."
    shapes = [sorted(p.shape) for p in parameters]
    assert_equal(shapes, [[2, 3], [2]], call="lengths of the axes of Linear(3, 2).parameters()", hint=PARAMETERS_HINT)


@in_candidate
def parameter_identities(layer):
    first, second = layer.parameters(), layer.parameters()
    return [
        first[0] is layer.weight,
        first[1] is layer.bias,
        second[0] is first[0],
        second[1] is first[1],
        first is not second or len(first) == 2,
    ]


@number("10.2")
@weight(2)
@visibility("hidden")
def test_parameters_are_the_tensors_themselves():
    """parameters() holds the very tensors weight and bias, every time it is asked."""
    layer = Linear(3, 2)
    require_it_multiplies(layer, (3, 2), through(layer), "Linear(3, 2)")
    got = parameter_identities(layer)
    call = "[p[0] is weight, p[1] is bias, the same again, the same again, two entries]"
    assert_equal(got, [True] * 5, call=call, hint=PARAMETERS_HINT + " An optimizer changes them in place.")


@number("10.3")
@weight(2)
def test_forward_uses_the_current_weight(rng):
    """Changing weight.data, as an optimizer does, changes the next forward pass."""
    x, first, second = ordinary(rng, 4, 3), ordinary(rng, 3, 2), ordinary(rng, 3, 2)
    layer = Linear(3, 2, bias=False)
    hint = "Read self.weight in every forward; keep no second copy of its numbers."
    for step, W in {"before": first, "after": second}.items():
        set_weight(layer, W)
        call = f"Linear(3, 2, bias=False)(x), {step} the weight changed"
        assert_close(layer(Tensor(x)).data, x @ W, call=call, given={"x": x, "weight": W}, hint=hint)


@number("10.4")
@weight(1)
@visibility("hidden")
def test_forward_uses_a_replaced_weight(rng):
    """Replacing layer.weight and layer.bias by other tensors changes forward and parameters()."""
    x, W, b = ordinary(rng, 4, 3), ordinary(rng, 3, 2), ordinary(rng, 2)
    layer = Linear(3, 2)
    layer.weight, layer.bias = Tensor(W, requires_grad=True), Tensor(b, requires_grad=True)
    hint = "Read self.weight and self.bias at every call, in forward and in parameters()."
    assert_close(layer(Tensor(x)).data, x @ W + b, call="Linear(3, 2)(x)", given={"x": x, "weight": W}, hint=hint)
    held = [p.data for p in layer.parameters()]
    assert_equal(held, [W, b], call="data of parameters() after replacing weight and bias", hint=hint)


# Reprs, defaults


@number("11.1")
@weight(1)
def test_repr_of_linear():
    """repr(Linear(3, 2)) shows the sizes and whether there is a bias."""
    layer = Linear(3, 2)
    require_it_multiplies(layer, (3, 2), through(layer), "Linear(3, 2)")
    hint = "One f-string, exactly: Linear(in_features=3, out_features=2, bias=True)."
    call = "repr(Linear(3, 2))"
    assert_equal(repr(Linear(3, 2)), "Linear(in_features=3, out_features=2, bias=True)", call=call, hint=hint)
    got = repr(Linear(7, 4, bias=False))
    call = "repr(Linear(7, 4, bias=False))"
    assert_equal(got, "Linear(in_features=7, out_features=4, bias=False)", call=call, hint=hint)


@number("11.2")
@weight(1)
def test_repr_of_dropout():
    """repr(Dropout(0.3)) is Dropout(p=0.3)."""
    require_it_drops(Dropout(0.3), Tensor, "Dropout(0.3)(ones)")
    hint = 'f"Dropout(p={self.p})"'
    assert_equal(repr(Dropout(0.3)), "Dropout(p=0.3)", call="repr(Dropout(0.3))", hint=hint)


@number("11.3")
@weight(1)
@visibility("hidden")
def test_dropout_defaults():
    """Dropout() has p = 0.5 and no parameters."""
    layer = Dropout()
    require_it_drops(layer, Tensor, "Dropout()(ones)")
    hint = "def __init__(self, p=0.5), and store it as self.p."
    assert_equal([layer.p, Dropout(p=0.2).p], [0.5, 0.2], call="[Dropout().p, Dropout(p=0.2).p]", hint=hint)
    assert_equal(layer.parameters(), [], call="Dropout().parameters()", hint="There is nothing to learn: return [].")


# A network


@number("16")
@weight(2)
def test_a_three_layer_network(rng):
    """Linear, ReLU and Dropout in three layers: the output is (N, 3), and there are 6 parameters."""
    x = ordinary(rng, 5, 8)
    layers = [Linear(8, 16), ReLU(), Dropout(0.5), Linear(16, 6), ReLU(), Dropout(0.5), Linear(6, 3)]
    matrices = [ordinary(rng, 8, 16), ordinary(rng, 16, 6), ordinary(rng, 6, 3)]
    for place, layer in enumerate(layers[::3]):
        layer.bias.data = np.zeros(matrices[place].shape[1], dtype=np.float32)
        matrices[place] = weight_in_use(layer, matrices[place], through(layer))
    out = Tensor(x)
    for layer in layers:
        out = layer(out, training=False) if isinstance(layer, Dropout) else layer(out)
    hint = "Every layer returns a Tensor that the next one takes; Dropout without training changes nothing."
    assert_shape(out.shape, (5, 3), call="network(x).shape", given={"x": x}, hint=hint)
    first, second, third = matrices
    want = np.maximum(np.maximum(x @ first, 0) @ second, 0) @ third
    # Three sums of up to 16 products in a row: rounding grows to a few 1e-6 of the largest term.
    assert_close(out.data, want, rtol=1e-4, atol=1e-4, call="network(x), biases 0", given={"x": x}, hint=hint)
    count = sum(len(layer.parameters()) for layer in layers)
    assert_equal(count, 6, call="number of parameters in the network", hint="A weight and a bias for each Linear.")
