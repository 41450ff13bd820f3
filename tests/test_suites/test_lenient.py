"""Lenient reading and setting: one slip costs the checks of just that slip."""

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from asserts import assert_close, assert_differs, assert_shape
from lenient import (
    backward_from,
    gradient_as_read,
    hold,
    require_it_multiplies,
    set_position,
    set_weight,
    weight_in_use,
    weight_of,
)


def layer_of(*shape: int) -> SimpleNamespace:
    return SimpleNamespace(weight=SimpleNamespace(shape=shape, data=np.zeros(shape)))


@pytest.mark.parametrize(("shape", "is_turned"), [((2, 3), False), ((3, 2), True), ((2, 2), False), ((4, 2), False)])
def test_a_weight_is_turned_only_where_the_layer_keeps_it_turned(shape: tuple[int, int], is_turned: bool) -> None:
    weight = np.arange(4.0).reshape(2, 2) if shape == (2, 2) else np.arange(6.0).reshape(2, 3)
    layer = layer_of(*shape)
    set_weight(layer, weight)
    np.testing.assert_array_equal(layer.weight.data, weight.T if is_turned else weight)


def test_an_array_in_the_place_of_a_weight_is_replaced() -> None:
    layer = SimpleNamespace(weight=np.zeros((2, 3)))
    set_weight(layer, np.ones((2, 3)))
    assert weight_of(layer) is layer.weight
    np.testing.assert_array_equal(layer.weight, np.ones((2, 3)))


class Tensor:
    def __init__(self, data: object) -> None:
        self.data = data


def test_a_tensor_is_read_where_an_array_belongs_and_nothing_else_is() -> None:
    assert_close(Tensor(np.ones(2)), np.ones(2))
    with pytest.raises(AssertionError, match="not the expected ones"):
        assert_close(Tensor(np.ones(2)), np.zeros(2))
    with pytest.raises(TypeError, match="the expected value"):
        assert_close(np.ones(2), Tensor(np.ones(2)))
    with pytest.raises(AssertionError, match="only numbers and plain arrays"):
        assert_close(Tensor(Tensor(np.ones(2))), np.ones(2))


def test_a_shape_may_be_a_list_and_is_still_a_shape() -> None:
    assert_shape([2, 3], (2, 3))
    for wrong in ([3, 2], [2.0, 3.0], "23"):
        with pytest.raises(AssertionError):
            assert_shape(wrong, (2, 3))


@pytest.mark.parametrize(("got", "holds"), [([1, 2], False), ([1, 3], True), ([5, 6], True), ([[5, 6]], False)])
def test_a_constant_does_not_differ_from_itself(got: list, holds: bool) -> None:
    if holds:
        assert_differs(np.array(got), np.array([1, 2]))
    else:
        with pytest.raises(AssertionError):
            assert_differs(np.array(got), np.array([1, 2]))


GIVEN = np.array([[1.0, 2.0], [-3.0, 0.5], [2.5, -1.0]])
DRAWN = np.array([[0.4, -0.7], [1.1, 0.3], [-0.2, 0.9]])
HANDED_ON = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("first", "multiplies_by", "is_in_use"),
    [
        (DRAWN, None, GIVEN),  # by the weight that was set
        (DRAWN, DRAWN, DRAWN),  # by the first numbers, of which it keeps a copy
        (DRAWN.T, DRAWN, DRAWN),  # the same, kept as (out, in)
        (HANDED_ON, HANDED_ON, GIVEN),  # by nothing that was drawn
        (DRAWN, HANDED_ON, GIVEN),
        (1e-9 * DRAWN, 1e-9 * DRAWN, GIVEN),
        ("none", DRAWN, GIVEN),
    ],
)
def test_a_weight_that_is_kept_apart_is_found_and_made_up_ones_are_not(first, multiplies_by, is_in_use) -> None:
    layer = SimpleNamespace(weight=SimpleNamespace(shape=np.shape(first), data=first))
    bias = np.array([5.0, -5.0])

    def forward(x: np.ndarray) -> np.ndarray:
        return x @ (layer.weight.data if multiplies_by is None else multiplies_by) + bias

    np.testing.assert_array_equal(weight_in_use(layer, GIVEN, forward), is_in_use)


def test_a_result_that_does_not_follow_its_input_is_no_product() -> None:
    require_it_multiplies(layer := layer_of(3, 2), (3, 2), lambda x: x @ layer.weight.data, "Linear(3, 2)")
    with pytest.raises(AssertionError):
        require_it_multiplies(layer, (3, 2), lambda x: np.zeros((2, 2)), "Linear(3, 2)")


class Parameter:
    """A leaf whose backward keeps what it is given, or ones whatever it is given."""

    def __init__(self, data: Any, requires_grad: bool = False, takes_ones: bool = False) -> None:
        self.data, self.requires_grad, self.takes_ones = np.asarray(data), requires_grad, takes_ones
        self.grad: Any = None

    def backward(self, gradient: np.ndarray | None = None) -> None:
        self.grad = np.ones(self.data.shape) if self.takes_ones or gradient is None else gradient


class Ascent:
    """An optimizer whose step reads a gradient by `read`."""

    @staticmethod
    def read(gradient: Any) -> Any:
        return gradient

    def __init__(self, params: list) -> None:
        self.params = params

    def step(self) -> None:
        for param in self.params:
            param.data = param.data + 0.5 * self.read(param.grad)


class ReadsTensors(Ascent):
    @staticmethod
    def read(gradient: Any) -> Any:
        return gradient.data  # of an array: its raw memory


class ReadsNothing(Ascent):
    @staticmethod
    def read(gradient: Any) -> Any:
        raise ValueError


@pytest.mark.parametrize(("kind", "is_tensor"), [(Ascent, False), (ReadsTensors, True), (ReadsNothing, False)])
def test_a_gradient_is_set_as_the_optimizer_reads_it(kind: type, is_tensor: bool) -> None:
    gradient = np.ones(3, dtype=np.float32)
    got = gradient_as_read(kind([Parameter(np.zeros(3))]), gradient)
    assert isinstance(got, Parameter) is is_tensor
    assert (got.data if is_tensor else got) is gradient


def test_a_gradient_stays_an_array_where_no_parameters_are_found() -> None:
    gradient = np.ones(3, dtype=np.float32)
    assert gradient_as_read(SimpleNamespace(), gradient) is gradient


class Ones(Parameter):
    """A result whose backward ignores what it is given; it can be multiplied and summed up."""

    parts: ClassVar[list] = []

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        super().__init__(data, requires_grad, takes_ones=True)

    def __mul__(self, other: "Ones") -> "Ones":
        self.parts.append(other.data)
        return self

    def sum(self) -> "Ones":
        return self


def test_a_gradient_arrives_by_backward_or_as_weights() -> None:
    gradient = np.array([4.0, 5.0], dtype=np.float32)
    out = Parameter(np.zeros(2), requires_grad=True)
    backward_from(out, gradient)
    assert out.grad is gradient
    backward_from(Ones(np.zeros(2), requires_grad=True), gradient)
    np.testing.assert_array_equal(Ones.parts, [gradient])


class Known(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 0


class Counted:
    """Keeps a table of its own kind, counts by a property, and has made something of its list."""

    def __init__(self, *letters: str) -> None:
        self.letters, self.table = list(letters), Known(x=7)
        self.made_of = self.letters

    @property
    def count(self) -> int:
        return len(self.letters)


def test_attributes_are_set_only_where_they_are_wrong_and_by_whoever_can_set_them() -> None:
    counted = Counted("a", "b")
    hold(counted, letters=["a", "b"], table={"a": 1}, count=5, other=3)
    assert counted.made_of is counted.letters  # which was right
    assert (type(counted.table), dict(counted.table), counted.table["z"]) == (Known, {"a": 1}, 0)
    assert (counted.count, vars(counted)["other"]) == (2, 3)
    hold(counted, letters=["c"])
    assert counted.letters == ["c"]


class Cache:
    def __init__(self) -> None:
        self.seq_pos = 0

    def advance(self) -> None:
        self.seq_pos += 2  # wrong


class Computing:
    def __init__(self) -> None:
        self.tokens: list[int] = []

    @property
    def seq_pos(self) -> int:
        return len(self.tokens)

    def advance(self) -> None:
        self.tokens.append(0)


@pytest.mark.parametrize("kind", [Cache, Computing])
def test_a_cache_stands_where_it_should(kind: Any) -> None:
    cache = kind()
    for at in (0, 1, 3):
        set_position(cache, at)
        assert cache.seq_pos == at
