"""Functions of Python's library that are the same on both sides, and do no harm on either: they cross by their names. Side: any.

A closed list: what the student's code returns of these is, for the test, the very function that it has itself.
"""

import builtins
import math
import operator
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

_OF_BUILTINS = "abs all any bin chr divmod hash hex len max min oct ord pow repr round sorted sum"
_NAMES = ((builtins, _OF_BUILTINS.split()), (math, dir(math)), (operator, operator.__all__))
#: By module and name.
FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    (module.__name__, name): getattr(module, name)
    for module, names in _NAMES
    for name in names
    if type(getattr(module, name)) is BuiltinFunctionType
}
NAMES_OF_FUNCTIONS = {function: key for key, function in reversed(FUNCTIONS.items())}
