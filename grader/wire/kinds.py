"""The kinds of values that cross: tags, dtypes and types, how large they may be, and the two ways to be refused. Side: any."""

import builtins
import inspect
import re
import struct
from typing import Any

import numpy as np

MAX_DEPTH = 128  # arrays of a body inside each other; a container that both sides hold takes two, as does NumPy's array
MAX_ELEMENTS = 500_000  # of all arrays of a body together, tags included
MAX_INTEGER_BYTES = 4096
MAX_DIMENSIONS = 32
MAX_TEXT_ITEM_BYTES = 40_000  # one element of a text array
MAX_COLLISIONS = 256  # keys of one set or dictionary that share their hash with another
MAX_STEPS = 1 << 24  # of what is long without holding anything: a range, an axis of an empty array
FRAME_HEADER = struct.Struct(">I")

# Tags, the first element of every array in a body.
LIST, TUPLE, DICT, SET, FROZENSET = 0, 1, 2, 3, 4
SLICE, ELLIPSIS, RANGE, COMPLEX, INTEGER = 5, 6, 7, 8, 9
ARRAY, SCALAR, DTYPE, TYPE = 10, 11, 12, 13
# Objects that stay in the candidate; a name in a module; an @in_candidate function.
REFERENCE, NAME, FUNCTION = 14, 15, 16
# An exception class and an exception that stay in the candidate; an exception that the judge gives away.
ERROR_CLASS, ERROR, GIVEN_ERROR = 17, 18, 19
SHARED = 20  # a container that both sides hold
LENT = 21  # a thing of the test's that the candidate may ask the judge to use
BUILT = 22  # a value of Python's library, by its name and parts
VIEW = 24  # an array in the memory of another that both sides hold
NOT_IMPLEMENTED = 23  # what an operator's method says of operands that it does not know
REFERENCES = frozenset((REFERENCE, NAME, FUNCTION, ERROR_CLASS, ERROR, GIVEN_ERROR, SHARED, LENT))
#: Methods that a class may have of `object`, known by that name: `Point.__eq__ is object.__eq__`.
OF_OBJECT = frozenset(f"__{name}__" for name in "eq ne lt le gt ge hash repr str init".split())
#: Operators of two operands, the second of which may be met by nothing but a wrong answer: `result == pytest.approx(3.5)`.
OF_OPERANDS = frozenset(
    "eq ne lt le gt ge add sub mul truediv floordiv mod divmod pow matmul and_ or_ xor lshift rshift".split()
)
#: And what is asked of a container, in whose place a wrong answer may stand.
OF_CONTAINERS = frozenset(("contains", "setitem"))
#: Attributes of Python's own exceptions that are no part of their arguments.
ERROR_SLOTS = frozenset(
    (
        "errno strerror filename filename2 characters_written code value name path msg lineno offset text end_lineno "
        "end_offset print_file_and_line"
    ).split()
)

#: Of an array: its receiver has it for itself, and may write to it, or may not; its first index runs fastest.
IS_OWN, IS_READ_ONLY, IN_COLUMNS = "w", "r", "F"
#: dtypes that cross; text dtypes (<U7, |S3) are checked by pattern besides, in `dtype_crosses`.
_DTYPE_NAMES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64 complex64 complex128"
DTYPE_OF_OBJECTS = "|O"  # which crosses by itself, and no array of it
#: dtypes of moments and of spans, as `<M8[D]`.
DTYPES_OF_TIMES = re.compile(r"<[mM]8\[(Y|M|W|D|h|m|s|ms|us|ns)\]|<m8")
DTYPES = {np.dtype(name).str: np.dtype(name) for name in _DTYPE_NAMES.split()}

STAR = "*"  # before the name of a module: of what `from module import *` gives
#: built-in types that cross by name, such as an exception class or a dtype given as `np.float32`.
TYPES: dict[str, type] = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and not name.startswith("_") and name not in ("memoryview", "super", "classmethod")
}
_NUMPY_TYPES = (np.bool_, *(d.type for d in DTYPES.values()), np.str_, np.bytes_, np.datetime64, np.timedelta64)
TYPES |= {f"numpy.{kind.__name__}": kind for kind in _NUMPY_TYPES}
TYPES |= {"NoneType": type(None), "numpy.ndarray": np.ndarray, "inspect._empty": inspect.Parameter.empty}
TYPE_NAMES = {value: name for name, value in TYPES.items()}


TOO_MANY = (
    f"the value has more than {MAX_ELEMENTS} elements, where each entry of a dictionary counts as two "
    "and each number of NumPy's as four"
)
TOO_DEEP = (
    f"the value is nested more than {MAX_DEPTH} deep, where a container that the test holds as well counts as two, "
    "or contains itself"
)


class ValueRefused(Exception):
    """A value cannot be encoded: too deep, too large, or of a kind that does not cross."""


class KindRefused(ValueRefused):
    """A value cannot be encoded, however small it is: its kind does not cross."""


class ProtocolError(Exception):
    """Bytes from the other side are not a body of this encoding."""


def extent(node: Any) -> tuple[int, int]:
    """Return the elements and levels of a node, as a `Reader` counts them: the one count of both sides."""
    elements, levels, layer = 0, 0, [node] if type(node) is list else []
    while layer:
        levels += 1
        elements += sum(map(len, layer))
        layer = [part for each in layer for part in each if type(part) is list]
    return elements, levels


def check_size(node: Any) -> None:
    """Raise ValueRefused for a node of more elements or levels than a `Reader` takes."""
    elements, levels = extent(node)
    if elements > MAX_ELEMENTS:
        raise ValueRefused(TOO_MANY)
    if levels > MAX_DEPTH:
        raise ValueRefused(TOO_DEEP)


def dtype_crosses(dtype: np.dtype[Any]) -> bool:
    """Whether arrays and scalars of a dtype travel as bytes."""
    if dtype.kind in "US":
        return dtype.str[0] in "<|" and 0 <= dtype.itemsize <= MAX_TEXT_ITEM_BYTES
    return dtype.str in DTYPES or DTYPES_OF_TIMES.fullmatch(dtype.str) is not None
