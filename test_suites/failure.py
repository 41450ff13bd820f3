"""The text of a failed comparison: what was called, with what, what was expected, what came back, where, one hint.

Always true: an object that is not a plain value is named by its type and asked nothing, so that writing a failure never
runs a student's code; no text grows beyond a screen.
"""

import itertools
import math
from builtins import type as kind_of  # of a value here: plain `type` asks the student's object for its class
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

#: The scalar types that count as numbers; a subclass of one is not among them.
SCALARS = frozenset({bool, int, float, complex, *(np.dtype(code).type for code in "?bhilqBHILQefdgFDG")})
ATOMS = SCALARS | {str, bytes, kind_of(None)}
#: Built-in types whose repr is short and is asked of no student object.
SIMPLE = frozenset({set, frozenset, slice, range, kind_of(...), kind_of})

_TEXT_AT_MOST = 400  # characters of one value
_PARTS_AT_MOST = 12  # entries of one container
_DEPTH_AT_MOST = 3  # containers inside of one another
_DIMENSIONS_AT_MOST = 3  # of an array that is laid out: NumPy shows six entries along each
_WHOLE_AT_MOST = 24  # elements of an array that is written out
_MAP_ROWS, _MAP_COLUMNS = 8, 32  # of the map of a larger one
_HEAD = 6  # elements of another array
_BITS_AT_MOST = 4000  # of an integer: Python itself refuses to write much longer ones


class Report:
    """One comparison's context, and the two ways in which it can fail."""

    def __init__(self, call: str, given: Mapping[str, Any] | None, hint: str) -> None:
        self.call, self.given, self.hint = call, given or {}, hint

    def require_same(self, what: str, want: Any, got: Any) -> None:
        """Fail unless the two are equal; `what` names them: shape, dtype."""
        __tracebackhide__ = True
        if got != want:
            self.fail(f"the {what} is not the expected one", expected=want, got=got)

    def fail(self, problem: str, **rows: Any) -> NoReturn:
        """Raise AssertionError with one row for each fact."""
        __tracebackhide__ = True
        facts = {"given": ", ".join(f"{name}: {_show_input(value)}" for name, value in self.given.items())}
        facts |= {name: str(value) for name, value in rows.items()} | {"hint": self.hint}
        first = f"{self.call}: {problem}." if self.call else f"{problem[0].upper()}{problem[1:]}."
        lines = [
            f"  {name + ':':<11}{text.replace(chr(10), chr(10) + ' ' * 13)}" for name, text in facts.items() if text
        ]
        raise AssertionError("\n".join([first, *lines]))

    def fail_values(self, got: np.ndarray, want: np.ndarray, right: np.ndarray, rtol: float, atol: float) -> NoReturn:
        """Report the elements that are not `right`; the three arrays have one shape."""
        __tracebackhide__ = True
        wrong = ~right
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        unexpected_nan = int((np.isnan(got) & ~np.isnan(want)).sum())
        tolerance = f"rtol={rtol:g}, atol={atol:g}" if rtol or atol else "exact comparison"
        self.fail(
            "there is NaN where a number is expected" if unexpected_nan else "the values are not the expected ones",
            expected=show(want),
            got=show(got),
            differing=f"{int(wrong.sum())} of {right.size} ({tolerance})",
            first=f"{'at ' + str(list(index)) + ': ' if index else ''}expected {want[index]!s}, got {got[index]!s}",
            where=draw_map(wrong),
        )


def draw_map(wrong: np.ndarray) -> str:
    """Draw where a large array is wrong: lines of blocks, each `.` if none of its elements is, else 1 to 9 ninths of them.

    Rows are those of the last axis, the axes before it one after the other. Empty for an array that is written out anyway.
    """
    if wrong.size <= _WHOLE_AT_MOST:
        return ""
    rows = wrong.reshape(-1, wrong.shape[-1])
    bands = np.array_split(rows, min(_MAP_ROWS, rows.shape[0]))
    blocks = [np.array_split(band, min(_MAP_COLUMNS, rows.shape[1]), axis=1) for band in bands]
    return "\n".join("".join(_ninths(float(block.mean())) for block in line) for line in blocks)


def _ninths(share: float) -> str:
    return str(min(math.ceil(share * 9), 9)) if share else "."


def show(value: Any) -> str:
    """Write a value in at most a few lines."""
    return _show(value, _DEPTH_AT_MOST)


def _show(value: Any, depth: int) -> str:
    """Write a value, and of what it holds only the first parts, so many levels deep: whatever its size, in a moment."""
    kind = kind_of(value)
    if kind is np.ndarray:
        return _show_array(value)
    if kind in SCALARS and isinstance(value, np.generic):
        return f"{value.dtype} {value}"
    if kind is str or kind is bytes:
        return _shorten(repr(value[:_TEXT_AT_MOST]), len(value))
    if kind is int and value.bit_length() > _BITS_AT_MOST:
        return f"int of {value.bit_length()} bits"
    if kind in (list, tuple, dict, set, frozenset, slice):
        return _shorten(_show_container(value, depth))
    if kind in ATOMS or kind in SIMPLE or issubclass(kind, np.dtype):
        return _shorten(f"{kind.__name__} {value!r}" if kind in SCALARS else repr(value))
    return "the .data of a plain array" if kind.__name__ == "memoryview" else f"a value of type {kind.__name__}"


def _show_container(value: Any, depth: int) -> str:
    """Write a container: outside of all others with how much it holds, inside of one as Python writes it."""
    kind = kind_of(value)
    if kind is slice:
        return f"slice({', '.join(_show_part(part, depth) for part in (value.start, value.stop, value.step))})"
    is_within = depth < _DEPTH_AT_MOST
    if not value and kind in (list, tuple, dict) and not is_within:
        return f"an empty {kind.__name__}"
    if depth == 0:
        return f"{kind.__name__} of {len(value)}"
    if kind is dict:
        pairs = (f"{_show_part(key, depth)}: {_show_part(part, depth)}" for key, part in _first(value.items()))
        return f"{{{_join(pairs, len(value))}}}" if is_within else f"dict {_join(pairs, len(value))}"
    parts = _join((_show_part(part, depth) for part in _first(value)), len(value))
    if kind in (list, tuple) and not is_within:
        return f"{kind.__name__} of {len(value)}: {parts}"
    if kind is list:
        return f"[{parts}]"
    if kind is tuple:
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    shown = f"{{{parts}}}" if value else f"{kind.__name__}()"
    return f"frozenset({shown})" if kind is frozenset and value else shown


def _show_array(value: np.ndarray) -> str:
    """Write an array as NumPy does, or, where that could take for ever, its first elements in a row."""
    if value.ndim > _DIMENSIONS_AT_MOST or value.dtype.kind not in "biufc":
        head = ", ".join(_show_part(part.item(), 1) for part in value.flat[:_HEAD])
        return f"{value.dtype} {value.shape} {_shorten(f'[{head}' + (', ...]' if value.size > _HEAD else ']'))}"
    values = np.array2string(value, threshold=_WHOLE_AT_MOST, edgeitems=3, precision=7, max_line_width=100)
    return f"{value.dtype} {value.shape}{chr(10) if chr(10) in values else ' '}{values}"


def _show_part(value: Any, depth: int) -> str:
    if kind_of(value) in ATOMS - {str, bytes, int} and not isinstance(value, np.generic):
        return repr(value)
    return repr(value) if kind_of(value) is int and value.bit_length() <= _BITS_AT_MOST else _show(value, depth - 1)


def _show_input(value: Any) -> str:
    """Name an input by dtype and shape, with its values only while they fit in a line."""
    if kind_of(value) is np.ndarray and value.size > 6:
        return f"{value.dtype} {value.shape}"
    return show(value).replace("\n", " ")


def _first(parts: Iterable[Any]) -> Iterable[Any]:
    return itertools.islice(parts, _PARTS_AT_MOST)


def _join(texts: Iterable[str], count: int) -> str:
    return ", ".join(texts) + (", ..." if count > _PARTS_AT_MOST else "")


def _shorten(text: str, characters: int = 0) -> str:
    """Return a text, cut at its limit; `characters`: how long what it stands for is, if that is more."""
    if len(text) <= _TEXT_AT_MOST and characters <= _TEXT_AT_MOST:
        return text
    return f"{text[:_TEXT_AT_MOST]}... ({max(len(text), characters)} characters)"
