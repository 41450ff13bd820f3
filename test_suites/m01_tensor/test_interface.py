"""How a tensor shows itself, what it keeps for module 05, and a first network made of nothing but tensors."""

import numpy as np
import tinytorch.core.tensor as module
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor


@weight(1)
@number("17.1")
@visibility("hidden")
def test_shape_operations_carry_requires_grad(rng):
    """What is reshaped, transposed or picked from a tensor that wants a gradient wants one too."""
    x = ordinary(rng, 2, 3)
    hint = "Pass requires_grad=self.requires_grad on to the new Tensor."
    for flag in (True, False):
        t = Tensor(x, requires_grad=flag)
        results = {"t.reshape(3, 2)": t.reshape(3, 2), "t.transpose()": t.transpose(), "t[0]": t[0]}
        wants = {"t.reshape(3, 2)": x.reshape(3, 2), "t.transpose()": x.T, "t[0]": x[0]}
        for call, result in results.items():
            assert_close(result.data, wants[call], rtol=0, atol=0, call=call, given={"t.data": x})
            assert_equal(result.requires_grad, flag, call=f"{call}.requires_grad", hint=hint)


@weight(1)
@number("17.2")
def test_gradients_wait_for_module_05(rng):
    """backward() does nothing yet, and arithmetic leaves the flag and the gradient of its operands as they were."""
    x = ordinary(rng, 2, 3)
    t = Tensor(x, requires_grad=True)
    product = t * 2.0
    assert_close(product.data, x * 2, call="(t * 2.0).data", given={"t.data": x})
    assert_equal(product.backward(), None, call="(t * 2.0).backward()", hint="Leave it to module 05.")
    assert_equal(t.backward(), None, call="t.backward()", hint="Leave it to module 05.")
    assert_equal(t.grad, None, call="t.grad after t.backward()", hint="Gradients come in module 05.")
    assert_equal(t.requires_grad, True, call="t.requires_grad after t * 2.0")


@weight(0.5)
@number("18.1")
def test_shows_data_and_shape(rng):
    """repr, str and numpy() show the numbers; requires_grad is mentioned only when it is set."""
    x = ordinary(rng, 2, 3)
    assert_close(Tensor(x).numpy(), x, rtol=0, atol=0, call="Tensor(x).numpy()", given={"x": x})
    plain, wanting, written = repr(Tensor(x)), repr(Tensor(x, requires_grad=True)), str(Tensor(x))
    assert plain.startswith("Tensor(data="), f"repr(t) starts with 'Tensor(data=', yours is {plain!r}"
    assert "shape=(2, 3)" in plain, f"repr(t) tells shape=(2, 3), yours is {plain!r}"
    assert "requires_grad" not in plain, f"repr(t) leaves requires_grad out while it is False, yours is {plain!r}"
    assert "requires_grad=True" in wanting, f"repr(t) tells requires_grad=True when set, yours is {wanting!r}"
    assert written.startswith("Tensor("), f"str(t) starts with 'Tensor(', yours is {written!r}"


@weight(0.5)
@number("18.2")
@visibility("hidden")
def test_sizes_in_bytes_follow_from_the_constants(rng):
    """A tensor's array takes BYTES_PER_FLOAT32 bytes for each number; a KB is 1024 bytes, a MB 1024 KB."""
    x = ordinary(rng, 32, 8).astype(np.float32)
    assert_close(Tensor(x).data, x, rtol=0, atol=0, call="Tensor(x).data")
    want = Tensor(x).size * module.BYTES_PER_FLOAT32
    assert_equal(Tensor(x).data.nbytes, want, call="Tensor(x).data.nbytes", hint="float32 takes 4 bytes.")
    assert_equal(module.BYTES_PER_FLOAT32, 4, call="BYTES_PER_FLOAT32")
    assert_equal(module.KB_TO_BYTES, 1024, call="KB_TO_BYTES")
    assert_equal(module.MB_TO_BYTES, 1024 * 1024, call="MB_TO_BYTES")


@weight(1)
@number("19")
def test_computes_a_two_layer_network(rng):
    """((x @ W1) + b1) @ W2 + b2 gives what NumPy gives."""
    x, W1, b1, W2, b2 = (ordinary(rng, *shape) for shape in ((5, 4), (4, 3), (3,), (3, 2), (2,)))
    got = ((Tensor(x) @ Tensor(W1)) + Tensor(b1)) @ Tensor(W2) + Tensor(b2)
    want = (x @ W1 + b1) @ W2 + b2
    # Two products in a row: sums of at most four numbers of size 1 to 10, a few dozen roundings.
    assert_close(got.data, want, rtol=1e-5, atol=1e-5, call="((x @ W1) + b1) @ W2 + b2", given={"x": x, "W1": W1})
