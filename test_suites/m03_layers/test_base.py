"""The base class: what a Layer does for every class that is derived from it.

The derived classes are the tests' own, so they are defined beside the student's code; only plain values come back.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import set_weight
from marks import in_candidate
from tinytorch.core.layers import Dropout, Layer, Linear
from tinytorch.core.tensor import Tensor


@in_candidate
def make_scaler():
    class Scaler(Layer):
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x, power=1, offset=0.0):
            return Tensor(x.data * self.factor**power + offset)

    return Scaler


@in_candidate
def scale(a, *args, **kwargs):
    return make_scaler()(3.0)(Tensor(a), *args, **kwargs).data


@in_candidate
def return_as_it_is(value):
    class Messenger(Layer):
        def forward(self, x):
            return x

    return Messenger()(value)


@in_candidate
def describe_without_super(a):
    layer = make_scaler()(3.0)
    return {"out": layer(Tensor(a)).data, "parameters": layer.parameters(), "factor": layer.factor}


@in_candidate
def repr_of_subclass():
    class Telescope(Layer):
        def forward(self, x):
            return x

    return repr(Telescope())


@number("1.1")
@weight(1.5)
def test_a_bare_layer_has_no_forward(rng):
    """Layer().forward(x) raises NotImplementedError, while a derived class that writes forward works."""
    a = rng.standard_normal((2, 3), dtype=np.float32)
    hint = "Layer.__call__ returns self.forward(x); the derived class brings the forward."
    assert_close(scale(a), 3 * a, call="a derived layer that triples", given={"x": a}, hint=hint)
    with pytest.raises(NotImplementedError):
        Layer().forward(Tensor(a))


@number("1.2")
@weight(1)
@visibility("hidden")
def test_calling_a_bare_layer(rng):
    """Layer()(x) raises NotImplementedError too, while a derived class can be called."""
    a = rng.standard_normal((4,), dtype=np.float32)
    assert_close(scale(a), 3 * a, call="a derived layer that triples", given={"x": a}, hint="Call self.forward(x).")
    with pytest.raises(NotImplementedError):
        Layer()(Tensor(a))


@number("1.3")
@weight(0.5)
def test_a_bare_layer_has_no_parameters():
    """Layer().parameters() is an empty list."""
    assert_equal(Layer().parameters(), [], call="Layer().parameters()", hint="Nothing to learn yet: return [].")


@number("1.4")
@weight(1)
def test_linear_and_dropout_are_layers(rng):
    """Linear and Dropout are derived from Layer, and work."""
    linear, dropout = Linear(2, 5, bias=False), Dropout(0.25)
    W, x = ordinary(rng, 2, 5), ordinary(rng, 3, 2)
    set_weight(linear, W)
    assert_close(linear.forward(Tensor(x)).data, x @ W, call="Linear(2, 5, bias=False).forward(x)", given={"x": x})
    assert isinstance(linear, Layer), "Linear(2, 5) must be a Layer: write class Linear(Layer)."
    assert isinstance(dropout, Layer), "Dropout(0.25) must be a Layer: write class Dropout(Layer)."


@number("2.1")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(
    ("call", "args", "kwargs", "want"),
    [
        ("layer(x, 2)", (2,), {}, 9.0),
        ("layer(x, 2, 0.5)", (2, 0.5), {}, 9.5),
        ("layer(x, offset=1.0)", (), {"offset": 1.0}, 4.0),
        ("layer(x, 2, offset=0.25)", (2,), {"offset": 0.25}, 9.25),
    ],
    ids=["one_more", "two_more", "a_keyword", "both"],
)
def test_further_arguments_reach_forward(call, args, kwargs, want):
    """layer(x, ...) hands every further argument, by position and by keyword, on to forward."""
    got = scale(np.ones(3, dtype=np.float32), *args, **kwargs)
    hint = "def __call__(self, x, *args, **kwargs): return self.forward(x, *args, **kwargs)"
    given = f"{call}, where forward(x, power=1, offset=0.0) returns x * 3**power + offset"
    assert_close(got, np.full(3, want), call=given, hint=hint)


@number("2.2")
@weight(1)
@visibility("hidden")
def test_a_derived_class_needs_no_super(rng):
    """A derived class may set its attributes without calling super().__init__()."""
    a = rng.standard_normal((3, 2), dtype=np.float32)
    hint = "Layer needs no constructor, and nothing in it may count on one having run."
    got = describe_without_super(a)
    want = {"out": 3 * a, "parameters": [], "factor": 3.0}
    assert_equal(got, want, call="a derived layer without super().__init__()", given={"x": a}, hint=hint)


@number("2.3")
@weight(1)
@visibility("hidden")
def test_call_returns_what_forward_returns():
    """layer(x) returns whatever forward returns, unchanged, be it a Tensor or not."""
    hint = "__call__ returns the result as it is: it neither wraps nor converts it."
    for value in ([1, "two"], {"a": 3.5}, 7):
        assert_equal(return_as_it_is(value), value, same_type=True, call=f"layer({value!r})", hint=hint)
    assert_close(scale(np.ones(2, dtype=np.float32)), np.full(2, 3.0), call="a derived layer that triples", hint=hint)


@number("2.4")
@weight(1.5)
def test_repr_names_the_derived_class():
    """The repr of a derived layer is its own class name followed by ()."""
    hint = 'Use the name at run time: f"{type(self).__name__}()".'
    assert_equal(repr_of_subclass(), "Telescope()", call="repr(Telescope()), class Telescope(Layer)", hint=hint)
    assert_equal(repr(Layer()), "Layer()", call="repr(Layer())", hint=hint)
