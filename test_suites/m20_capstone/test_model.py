"""SimpleMLP: how it starts, what it computes, what it offers to learn.

Always true: weights are set by the judge where values are compared; the first weights' dtype is not looked at.
"""

import numpy as np
import pytest
import tinytorch.capstone as module
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.capstone import SimpleMLP
from tinytorch.core.tensor import Tensor

FORWARD_HINT = "fc2(relu(fc1(x))): the ReLU stands between the two layers, and only there."
START_HINT = "0.01 * np.random.randn(...) for both weights, zeros for both biases."


def with_weights(W1, b1, W2, b2):
    """Return a SimpleMLP with these weights."""
    model = SimpleMLP(*W1.shape, W2.shape[1])
    model.fc1.weight.data, model.fc1.bias.data = W1, b1
    model.fc2.weight.data, model.fc2.bias.data = W2, b2
    return model


def draw_weights(rng, inputs=4, hidden=6, outputs=3):
    return (
        ordinary(rng, inputs, hidden),
        ordinary(rng, hidden),
        ordinary(rng, hidden, outputs),
        ordinary(rng, outputs),
    )


def assert_forward(model, x, want, call="model.forward(x), weights set by the test"):
    __tracebackhide__ = True
    out = model.forward(Tensor(x))
    # Two sums of a few float32 products: rounding grows to 1e-5 of the largest term.
    assert_close(out.data, want, rtol=1e-4, atol=1e-4, call=call, given={"x": x}, hint=FORWARD_HINT)


@number("1")
@weight(2)
def test_the_four_names(rng):
    """SimpleMLP, BenchmarkReport, generate_submission and save_submission are there, and a model counts its parameters."""
    inputs, hidden, outputs = (int(size) for size in rng.integers(3, 30, 3))
    count = SimpleMLP(inputs, hidden, outputs).count_parameters()
    want = inputs * hidden + hidden + hidden * outputs + outputs
    assert_equal(count, want, call=f"SimpleMLP({inputs}, {hidden}, {outputs}).count_parameters()")
    names = ["SimpleMLP", "BenchmarkReport", "generate_submission", "save_submission"]
    missing = [name for name in names if not hasattr(module, name)]
    assert_equal(missing, [], call="the names that tinytorch.capstone lacks")


@number("2.1")
@weight(2)
@pytest.mark.parametrize("sizes", [(), (7, 5, 4), (64, 32, 10)], ids=["default", "7, 5, 4", "64, 32, 10"])
def test_shapes_of_the_layers(sizes, rng):
    """The weights are (input, hidden) and (hidden, output), by default (10, 20) and (20, 3), and rows go through."""
    model = SimpleMLP(*sizes)
    inputs, hidden, outputs = sizes or (10, 20, 3)
    call = f"SimpleMLP({', '.join(map(str, sizes))})"
    shapes = [tuple(model.fc1.weight.shape), tuple(model.fc2.weight.shape)]
    assert_equal(shapes, [(inputs, hidden), (hidden, outputs)], call=f"shapes of fc1.weight and fc2.weight of {call}")
    model.fc2.weight.data, model.fc2.bias.data = np.zeros((hidden, outputs), np.float32), ordinary(rng, outputs)
    out = model.forward(Tensor(ordinary(rng, 6, inputs))).data
    assert_shape(out, (6, outputs), call=f"{call}.forward(x), x of shape (6, {inputs})")
    assert_close(out, np.tile(model.fc2.bias.data, (6, 1)), call=f"{call}.forward(x), fc2.weight zero")


@number("2.2")
@weight(2)
@visibility("hidden")
def test_first_weights_are_small(rng):
    """The weights of both layers start as 0.01 times standard normals."""
    model = SimpleMLP(int(rng.integers(40, 60)), 80, 40)
    for name in ("fc1", "fc2"):
        values = np.asarray(getattr(model, name).weight.data, dtype=np.float64)
        call = f"whether the deviation of {name}.weight, {values.std():.4f}, lies between 0.005 and 0.02"
        assert_equal(bool(0.005 <= values.std() <= 0.02), True, call=call, hint=START_HINT)
        assert_close(values.mean(), 0, rtol=0, atol=0.002, call=f"mean of {name}.weight", hint=START_HINT)


def assert_small(layer):
    """Require weights of the size that a SimpleMLP gives them, not Linear."""
    __tracebackhide__ = True
    deviation = float(np.std(np.asarray(layer.weight.data, dtype=np.float64)))
    call = "whether the weights' deviation lies between 0.004 and 0.025"
    assert_equal(0.004 <= deviation <= 0.025, True, call=call, given={"deviation": deviation}, hint=START_HINT)


@number("2.3")
@weight(1)
@visibility("hidden")
def test_two_models_start_differently(rng):
    """The weights are drawn: two models, and two rows of one, differ."""
    size = int(rng.integers(20, 40))
    models = [SimpleMLP(size, 30, 5) for _ in range(2)]
    assert_small(models[0].fc1)
    first, second = (np.array(model.fc1.weight.data, dtype=np.float64) for model in models)
    facts = [bool((first != second).mean() > 0.9), bool((first[0] != first[1]).mean() > 0.9)]
    assert_equal(facts, [True, True], call="whether two models, and two rows, differ", hint=START_HINT)


@number("2.4")
@weight(1)
def test_biases_start_at_zero(rng):
    """Both biases start as zeros, while the weights do not."""
    model = SimpleMLP(int(rng.integers(5, 9)), 12, 4)
    assert_small(model.fc1)
    assert_small(model.fc2)
    assert_close(model.fc1.bias.data, np.zeros(12), rtol=0, atol=0, call="fc1.bias.data", hint=START_HINT)
    assert_close(model.fc2.bias.data, np.zeros(4), rtol=0, atol=0, call="fc2.bias.data", hint=START_HINT)


@number("3.1")
@weight(2)
@pytest.mark.parametrize("rows", [1, 7])
def test_forward_without_negative_hidden_values(rows, rng):
    """With hidden values above zero forward is two products and two sums: (x @ W1 + b1) @ W2 + b2."""
    W1, b1, W2, b2 = draw_weights(rng)
    x, W1, b1 = abs(ordinary(rng, rows, 4)), abs(W1), abs(b1)
    assert_forward(with_weights(W1, b1, W2, b2), x, (x @ W1 + b1) @ W2 + b2)


@number("3.2")
@weight(3)
@pytest.mark.parametrize("rows", [1, 9])
def test_negative_hidden_values_are_cut(rows, rng):
    """Hidden values below zero become 0, the others pass."""
    W1, b1, W2, b2 = draw_weights(rng, 5, 16, 4)
    x = ordinary(rng, rows, 5)
    assert_forward(with_weights(W1, b1, W2, b2), x, np.maximum(x @ W1 + b1, 0) @ W2 + b2)


@number("3.3")
@weight(2)
@visibility("hidden")
def test_outputs_may_be_negative(rng):
    """No ReLU follows the second layer: negative scores stay."""
    W1, b1, W2, b2 = (abs(array) for array in draw_weights(rng))
    x = abs(ordinary(rng, 5, 4))
    assert_forward(with_weights(W1, b1, -W2, -b2), x, -((x @ W1 + b1) @ W2 + b2))


@number("3.4")
@weight(1)
@visibility("hidden")
def test_forward_keeps_its_input(rng):
    """forward leaves x as it is and gives the same for the same x."""
    W1, b1, W2, b2 = (abs(array) for array in draw_weights(rng))
    model, x = with_weights(W1, b1, W2, b2), abs(ordinary(rng, 3, 4))
    tensor = Tensor(x)
    outs = [model.forward(tensor).data for _ in range(2)]
    for out in outs:
        assert_close(out, (x @ W1 + b1) @ W2 + b2, rtol=1e-4, atol=1e-4, call="model.forward(x), twice")
    assert_equal(tensor.data, x, call="x.data after forward")


@number("4.1")
@weight(3)
def test_parameters_are_the_layers_own(rng):
    """parameters() is [fc1.weight, fc1.bias, fc2.weight, fc2.bias], the very Tensors: writing there changes forward."""
    arrays = [abs(array) for array in draw_weights(rng)]
    model = SimpleMLP(4, 6, 3)
    params = model.parameters()
    shapes = [tuple(param.shape) for param in params]
    hint = "Return the Tensors themselves, in this order."
    assert_equal(shapes, [(4, 6), (6,), (6, 3), (3,)], call="shapes of model.parameters()", hint=hint)
    for param, array in zip(params, arrays, strict=True):
        param.data = array
    x = abs(ordinary(rng, 3, 4))
    W1, b1, W2, b2 = arrays
    want = (x @ W1 + b1) @ W2 + b2
    assert_forward(model, x, want, "model.forward(x) after parameters() were written to")


@number("4.2")
@weight(2)
@pytest.mark.parametrize("sizes", [(), (4, 5, 2)], ids=["default", "4, 5, 2"])
def test_number_of_parameters(sizes, rng):
    """count_parameters() is 283 for the default sizes and 37 for 4-5-2; a drawn size counts alike."""
    call = f"SimpleMLP({', '.join(map(str, sizes))}).count_parameters()"
    hint = "Weights and biases of both layers."
    assert_equal(SimpleMLP(*sizes).count_parameters(), 37 if sizes else 283, call=call, hint=hint)
    n, h, v = (int(size) for size in rng.integers(3, 30, 3))
    got = SimpleMLP(n, h, v).count_parameters()
    assert_equal(got, n * h + h + h * v + v, call=f"SimpleMLP({n}, {h}, {v}).count_parameters()", hint=hint)
