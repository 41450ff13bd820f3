"""Comparison of plain values: the only place where a suite decides whether an answer is right.

Always true: shape is compared first, then dtype when asked, then finiteness, then every value; nothing broadcasts, NaN
is right only where NaN is expected, and only plain values (numbers, text, base-class arrays, built-in containers) are
compared at all; an object of a subclass of these, such as a named tuple, is read as what it holds. Every failure says what
was called, what was expected, what came back, where, and one hint.
"""

import math
from builtins import type as kind_of  # of a value here: plain `type` asks the student's object for its class
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from failure import ATOMS, SCALARS, SIMPLE, Report, show
from marks import in_candidate

_OF_DTYPES = ("dtype", "float", "int8", "int64", "integer", "cast", "astype")  # words of a hint that is about a dtype
_GRADIENT_ELEMENTS_AT_MOST = 4096  # two forward passes for each element: beyond this a test is no longer light


def assert_close(
    got: Any,
    want: Any,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    dtype: Any = None,
    call: str = "",
    given: Mapping[str, Any] | None = None,
    hint: str = "",
) -> None:
    """Require `got` to have the shape of `want` and |got - want| <= atol + rtol * |want| in every element.

    The default tolerances allow a few dozen float32 roundings (2**-24 each); pass 0 for both where the answer is exact.
    dtype: also required of `got` when not None. call: the student's expression. given: its inputs by name, which the
    failure shows by shape.
    """
    __tracebackhide__ = True
    _check_tolerances(rtol, atol)
    found = _as_array(got, "got", call)
    expected = _as_array(want, "want", call)
    report = Report(call, given, hint)
    report.require_same("shape", expected.shape, found.shape)
    if dtype is not None:  # a hint about values would mislead who has those right
        about = hint if any(word in hint for word in _OF_DTYPES) else ""
        Report(call, given, about).require_same("dtype", np.dtype(dtype), found.dtype)
    right = _is_right(found, expected, rtol, atol)
    if not right.all():
        report.fail_values(found, expected, right, rtol, atol)


def assert_shape(
    got: Any, want: tuple[int, ...], *, call: str = "", given: Mapping[str, Any] | None = None, hint: str = ""
) -> None:
    """Require the shape `want`; `got` is a shape or an array, whose shape is taken.

    A list is read as the tuple that it should be: whether it is one, only a check of just that asks (assert_equal).
    """
    __tracebackhide__ = True
    report, got = Report(call, given, hint), _as_built_in(got)
    if kind_of(got) in (tuple, list):
        if not all(kind_of(n) is int or (kind_of(n) in SCALARS and isinstance(n, np.integer)) for n in got):
            report.fail("the shape is not made of integers", expected=want, got=show(got))
        report.require_same("shape", tuple(want), tuple(int(n) for n in got))
    elif kind_of(got) is np.ndarray or kind_of(got) in SCALARS:
        report.require_same("shape", tuple(want), np.shape(got))
    else:
        report.fail(
            "a shape must be a tuple",
            expected=want,
            got="None" if got is None else f"a value of type {kind_of(got).__name__}",
        )


def assert_dtype(
    got: Any, want: Any, *, call: str = "", given: Mapping[str, Any] | None = None, hint: str = ""
) -> None:
    """Require the dtype `want`; `got` is an array, a NumPy scalar, a dtype or a type such as np.float32."""
    __tracebackhide__ = True
    report = Report(call, given, hint)
    if kind_of(got) is np.ndarray or (kind_of(got) in SCALARS and isinstance(got, np.generic)):
        report.require_same("dtype", np.dtype(want), got.dtype)
    elif issubclass(kind_of(got), np.dtype) or (kind_of(got) is kind_of and got in SCALARS):
        report.require_same("dtype", np.dtype(want), np.dtype(got))
    else:
        report.fail(
            "there is no dtype to compare", expected=np.dtype(want), got=f"a value of type {kind_of(got).__name__}"
        )


def assert_equal(
    got: Any,
    want: Any,
    *,
    same_type: bool = False,
    call: str = "",
    given: Mapping[str, Any] | None = None,
    hint: str = "",
) -> None:
    """Require equal plain values: numbers, text, None, arrays, and lists, tuples, dictionaries and sets of them.

    A bool equals only a bool, a list only a list, NaN equals NaN, an array only an array of the same shape and values.
    1 and 1.0 are equal unless same_type: then integers, floats and complex numbers are kept apart.
    """
    __tracebackhide__ = True
    found = _first_difference(got, want, same_type, "")
    if found is not None:
        where, expected, received = found
        Report(call, given, hint).fail("the value is not the expected one", at=where, expected=expected, got=received)


def assert_differs(got: Any, other: Any, *, call: str = "", hint: str = "") -> None:
    """Require two arrays of one shape that differ at half of their places or more, so that one constant for both is not enough."""
    __tracebackhide__ = True
    first, second = _as_array(got, "got", call), _as_array(other, "got", call)
    assert_shape(second.shape, first.shape, call=call, hint=hint)
    if not (first != second).mean() >= 0.5:
        Report(call, None, hint).fail(
            "too many numbers are the same as before", expected="other numbers", got=show(first)
        )


def assert_gradient(
    gradient: Any,
    function: Callable[[np.ndarray], Any],
    x: np.ndarray,
    *,
    weights: Any = None,
    step: float = 2.0**-7,
    rtol: float = 2e-3,
    atol: float = 2e-4,
    dtype: Any = None,
    call: str = "",
    hint: str = "",
) -> None:
    """Require `gradient` to be d sum(weights * function(x)) / dx, by central differences summed in float64.

    function: maps an array like x to a plain array or number. weights: the gradient arriving from above, ones if None.
    The defaults suit a float32 forward pass: rounding costs about 6e-8 / step, the third derivative step**2 / 6.
    Source: Press et al., Numerical Recipes, section 5.7: divide by the difference of the points as rounded.
    """
    __tracebackhide__ = True
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise ValueError(f"assert_gradient steps through floating-point inputs, x is {x.dtype}")
    if x.size > _GRADIENT_ELEMENTS_AT_MOST:
        raise ValueError(f"assert_gradient checks at most {_GRADIENT_ELEMENTS_AT_MOST} elements, x has {x.size}")
    want = np.zeros(x.shape, dtype=np.float64)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += step
        below[index] -= step
        rise = _weighted_sum(function(above), weights, call) - _weighted_sum(function(below), weights, call)
        want[index] = rise / (float(above[index]) - float(below[index]))
    assert_close(gradient, want, rtol=rtol, atol=atol, dtype=dtype, call=call, given={"x": x}, hint=hint)


def _weighted_sum(value: Any, weights: Any, call: str) -> float:
    output = _as_array(value, "got", call).astype(np.float64)
    if weights is None:
        return float(output.sum())
    factors = np.asarray(weights, dtype=np.float64)
    Report(call, None, "").require_same("shape of the output", factors.shape, output.shape)
    return float((factors * output).sum())


def _check_tolerances(rtol: float, atol: float) -> None:
    if not (0 <= rtol < 1 and 0 <= atol < math.inf):
        raise ValueError(f"tolerances must satisfy 0 <= rtol < 1 and 0 <= atol, these are rtol={rtol}, atol={atol}")


@in_candidate
def _held_by(value):
    """Return, in a list, what an object of a subclass of a built-in class holds; an empty one for any other object."""
    for kind in (int, float, str, bytes, tuple, list, dict, set, frozenset):
        if isinstance(value, kind):
            return [str.__str__(value) if kind is str else kind(value)]
    return []


def _as_built_in(value: Any) -> Any:
    """Return the tuple that a named tuple is, the text that a member of an enumeration of texts is, and so on; else the value."""
    if kind_of(value) in ATOMS | SIMPLE | {tuple, list, dict, np.ndarray} or issubclass(kind_of(value), np.dtype):
        return value
    held = _held_by(value)
    return held[0] if held else value


def _with_built_in_parts(value: Any) -> Any:
    if _first_stranger(value) is None:
        return value
    value = _as_built_in(value)
    return [_with_built_in_parts(part) for part in value] if kind_of(value) in (list, tuple) else value


def _as_array(value: Any, role: str, call: str) -> np.ndarray:
    """Turn a plain value into an array; refuse every other object without asking it anything but its type.

    A Tensor that came where an array belongs (a `.grad`, most often) is read: whether it may be one, a check of just that asks.
    """
    if role == "got":
        value = value.data if kind_of(value).__name__ == "Tensor" else _with_built_in_parts(value)
    stranger = _first_stranger(value)
    if stranger is None:
        try:
            array = np.asarray(value)
        except ValueError:
            stranger = f"a {kind_of(value).__name__} whose rows differ in length"
        else:
            if array.dtype.kind in "biufc":
                return array
            stranger = f"a {kind_of(value).__name__} that holds no numbers (dtype {array.dtype})"
    if role == "want":
        raise TypeError(f"the expected value is {stranger}, and only numbers and plain arrays can be compared")
    if value is None:
        why = "No gradient has arrived there." if ".grad" in call else "Is it still to be written?"
        raise AssertionError(f"{call or 'The call'} gave None where numbers are expected. {why}")
    raise AssertionError(
        f"{call or 'The call'} gave {stranger}; only numbers and plain arrays are compared, like the .data of a Tensor."
    )


def _first_stranger(value: Any) -> str | None:
    """Describe the first part of `value` that is no number, plain array, list or tuple; None if there is none."""
    kind = kind_of(value)
    if kind in SCALARS or kind is np.ndarray:
        return None
    if kind is list or kind is tuple:
        return next((found for part in value if (found := _first_stranger(part)) is not None), None)
    if kind.__name__ == "memoryview":
        return "the .data of an array; where a Tensor belongs, a plain array came"
    return "None" if value is None else f"a value of type {kind.__name__}"


def _is_right(got: np.ndarray, want: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """Return a mask of the elements that are right; both arrays have the same shape."""
    if rtol == atol == 0 and got.dtype.kind in "biu" and want.dtype.kind in "biu":
        return np.asarray(got == want)  # exact even above 2**53, where float64 is not
    got, want = _widest(got), _widest(want)
    with np.errstate(all="ignore"):
        near = np.abs(got - want) <= atol + rtol * np.abs(want)
    finite = np.isfinite(got) & np.isfinite(want)
    return np.asarray((finite & near) | (got == want) | (np.isnan(got) & np.isnan(want)))


def _widest(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _first_difference(got: Any, want: Any, same_type: bool, path: str) -> tuple[str, str, str] | None:
    """Return (where, expected, got) of the first difference between two plain values, None if they are equal."""
    got = _as_built_in(got)
    if kind_of(want) is np.ndarray:
        return None if _same_array(got, want, same_type) else (path, show(want), show(got))
    if kind_of(want) in (list, tuple) and kind_of(got) is kind_of(want) and len(got) == len(want):
        pairs = [(f"{path}[{i}]", g, w) for i, (g, w) in enumerate(zip(got, want, strict=True))]
    elif kind_of(want) is dict and kind_of(got) is dict and set(got) == set(want):
        pairs = [(f"{path}[{key!r}]", got[key], want[key]) for key in want]
    elif kind_of(want) in (list, tuple, dict):
        return path, show(want), show(got)
    else:
        return None if _same_atom(got, want, same_type) else (path, show(want), show(got))
    differences = (_first_difference(g, w, same_type, where) for where, g, w in pairs)
    return next((found for found in differences if found is not None), None)


def _same_array(got: Any, want: Any, same_type: bool) -> bool:
    if kind_of(got) is not np.ndarray or kind_of(want) is not np.ndarray or got.shape != want.shape:
        return False
    if (same_type and got.dtype != want.dtype) or _family(got.dtype) != _family(want.dtype):
        return False
    if _family(got.dtype) != "number":
        return bool((got == want).all())
    return bool(_is_right(got, want, 0.0, 0.0).all())


def _same_atom(got: Any, want: Any, same_type: bool) -> bool:
    if kind_of(want) in SCALARS:
        if kind_of(got) not in SCALARS:
            return False
        g, w = np.asarray(got).dtype, np.asarray(want).dtype
        if _family(g) != _family(w) or (same_type and g.kind.replace("u", "i") != w.kind.replace("u", "i")):
            return False
        return bool(got == want or (got != got and want != want))
    if issubclass(kind_of(want), np.dtype):
        return issubclass(kind_of(got), np.dtype) and bool(got == want)
    if kind_of(want) not in ATOMS | SIMPLE:
        raise TypeError(f"assert_equal compares plain values, and the expected one is a {kind_of(want).__name__}")
    return kind_of(got) is kind_of(want) and bool(got == want)


def _family(dtype: np.dtype) -> str:
    return {"b": "bool", "i": "number", "u": "number", "f": "number", "c": "number"}.get(dtype.kind, dtype.kind)
