"""A failed comparison tells what a student needs: call, inputs, both sides, the place, one hint; and asks no object."""

import re

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from failure import show


class Stranger:
    """An object like a student's: asking it anything would run their code."""

    def __getattr__(self, name):
        raise RuntimeError(f"the comparison asked a student's object for {name}")

    def __eq__(self, other):
        return True

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("the comparison asked a student's object for its repr")


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (Stranger(), "f(x) gave a value of type Stranger;"),
        (None, "f(x) gave None where numbers are expected. Is it still to be written?"),
        ([[1.0], [1.0, 2.0]], "f(x) gave a list whose rows differ in length;"),
        (np.array(["a"]), "f(x) gave a ndarray that holds no numbers (dtype <U1);"),
    ],
    ids=["stranger", "none", "ragged", "text"],
)
def test_the_failure_says_what_came_back_instead(got, words):
    with pytest.raises(AssertionError, match=re.escape(words)):
        assert_close(got, 1.0, call="f(x)")


def test_the_failure_tells_call_inputs_values_place_and_hint():
    got, want = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.0], [3.5, 4.5]])
    with pytest.raises(AssertionError) as caught:
        assert_close(got, want, call="a + b", given={"a": np.zeros((20, 30))}, hint="Add them.")
    text = str(caught.value)
    assert text.splitlines()[0] == "a + b: the values are not the expected ones."
    for part in ("a: float64 (20, 30)", "2 of 4", "at [1, 0]: expected 3.5, got 3.0", "Add them."):
        assert part in text


def test_the_failure_writes_float32_as_short_as_it_is():
    with pytest.raises(AssertionError, match=r"expected 0\.1, got 0\.3$"):
        assert_close(np.float32(0.3), np.float32(0.1))


def test_the_failure_text_stays_short():
    with pytest.raises(AssertionError) as caught:
        assert_close(np.zeros((300, 300, 3)), np.ones((300, 300, 3)))
    assert len(str(caught.value)) < 4000
    with pytest.raises(AssertionError) as caught:
        assert_equal("x" * 100_000, "y")
    assert len(str(caught.value)) < 1000


def test_equal_names_the_place_of_the_first_difference():
    with pytest.raises(AssertionError) as caught:
        assert_equal({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, call="f()")
    for part in ("['a'][1]['b']", "expected:  int 3", "got:       int 2"):
        assert part in str(caught.value)
    with pytest.raises(TypeError, match="plain values"):
        assert_equal(1, Stranger())


def test_the_failure_of_a_shape_or_dtype_tells_both_sides():
    for check, got, want, parts in (
        (assert_shape, (2.0,), (2,), ("integers", "(2,)", "2.0")),
        (assert_shape, {2}, (2,), ("tuple", "(2,)", "set")),
        (assert_shape, (3,), (2,), ("(2,)", "(3,)")),
        (assert_dtype, 1.0, np.float32, ("no dtype", "float32", "type float")),
        (assert_dtype, np.ones(1), np.float32, ("float32", "float64")),
    ):
        with pytest.raises(AssertionError) as caught:
            check(got, want, call="f()", hint="Look again.")
        for part in ("f():", "expected:", "got:", "Look again.", *parts):
            assert part in str(caught.value)


class Asked:
    """An object that says when it is asked how it looks."""

    def __repr__(self):
        raise RuntimeError("the object was asked how it looks")


@pytest.mark.parametrize(
    ("value", "start"),
    [
        (np.full((7,) * 8, np.nan, np.float32), "float32 (7, 7, 7, 7, 7, 7, 7, 7) [nan, nan, nan, nan, nan, nan, ...]"),
        (np.zeros((1,) * 32), "float64 (1, 1, "),
        (np.array(["x" * 10_000] * 3), "<U10000 (3,) ['xxx"),
        ([np.zeros(3)] * 100_000, "list of 100000: float64 (3,) [0. 0. 0.], "),
        ([[[[[[1]]]]]], "list of 1: [[list of 1]]"),
        ({(n, n): "y" * 1000 for n in range(10_000)}, "dict (0, 0): 'yyy"),
        (set(range(100_000)), "{0, 1, 2, "),
        ({Asked()}, "{a value of type Asked}"),
        (frozenset({Asked()}), "frozenset({a value of type Asked})"),
        (slice(Asked(), None), "slice(a value of type Asked, None, None)"),
        ("z" * 10_000_000, "'zzz"),
        (b"z" * 10_000_000, "b'zzz"),
        (2**100_000, "int of 100001 bits"),
        ([2**100_000], "list of 1: int of 100001 bits"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_anything_large_only_the_head_is_written_and_no_object_is_asked(value, start):
    text = show(value)
    assert text.startswith(start)
    assert len(text) < 600


def test_a_container_within_another_is_written_as_python_writes_it():
    assert show([(0, 1), [2], (3,), {"a": []}]) == "list of 4: (0, 1), [2], (3,), {'a': []}"
    assert show({"a": (1, 2), "b": {}}) == "dict 'a': (1, 2), 'b': {}"


@pytest.mark.parametrize(("empty", "words"), [([], "an empty list"), ((), "an empty tuple"), ({}, "an empty dict")])
def test_what_is_empty_is_said_to_be(empty, words):
    assert show(empty) == words
    with pytest.raises(AssertionError, match=rf"expected: *{words}\n *got: *None"):
        assert_equal(None, empty, call="f(x)")


@pytest.mark.parametrize(
    ("got", "hint", "is_shown"),
    [
        (np.array([1.0]), "Left and right is the last axis.", False),
        (np.array([1.0]), "Compute with Tensor operations: each casts to float32.", True),
        (np.array([2.0], np.float32), "Left and right is the last axis.", True),
    ],
)
def test_a_hint_about_values_is_not_given_to_who_has_them_right(got, hint, is_shown):
    with pytest.raises(AssertionError) as caught:
        assert_close(got, np.array([1.0]), dtype=np.float32, call="f()", hint=hint)
    assert (hint in str(caught.value)) == is_shown
