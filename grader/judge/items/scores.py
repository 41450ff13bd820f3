"""A partial score that is no finite number: whose fault it is. Side: judge.

What the source itself writes down (`set_score(float("nan"))`, `set_score("3")`) is the suite's, and refused when it is loaded.
Any other value may have been worked out from what the student's code returned: then the test is failed, with a sentence, and
only where nothing had been asked of that code yet it is the suite's as well.
"""

import ast
import inspect
import math
import textwrap
from typing import Any, TypeGuard

import numpy as np

from grader.errors import SuiteError
from grader.judge.exceptions import SuiteMisuse

AMOUNTS = (int, float, np.integer, np.floating, np.bool_)
MATHS = ("math", "np", "numpy")
NO_NUMBERS = ("nan", "inf", "NaN", "NAN", "Inf", "infty")
NEEDED = "set_score takes a finite number of points"
WORKED_OUT = (
    "This test works its points out of what your code returned, and what came out is not a finite number. Look for a division by "
    "zero, for nan or inf among your results, or for a value of another kind than the test asks for."
)


def is_amount(value: object) -> TypeGuard[float]:
    """Whether a value is a number that a float can hold, NumPy's included; no proxy is asked what it is."""
    try:
        return issubclass(type(value), AMOUNTS) and math.isfinite(value)  # type: ignore[arg-type]
    except OverflowError:
        return False


def unusable(function: Any, is_asked: bool) -> BaseException | None:
    """Return what is wrong with the score that a test has set; None for a number, and where it has set none.

    is_asked: whether the student's code has been asked for anything.
    """
    if not hasattr(function, "__score__") or is_amount(function.__score__):
        return None
    if is_asked:
        return AssertionError(WORKED_OUT)
    return SuiteMisuse(f"{NEEDED}, not {ascii(function.__score__)[:100]}")


def refuse_written(function: Any, filename: str) -> None:
    """Raise SuiteError, with file and line, for a score that the source writes down and that is no finite number."""
    plain = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(plain)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return  # made while the suite was loaded: it has no source to look at
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "set_score" and node.args and _is_no_number(node.args[0]):
            raise SuiteError(f"{filename}:{first + node.lineno - 1}: {NEEDED}, not {ast.unparse(node.args[0])[:100]}")


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_no_number(node: ast.expr) -> bool:
    """Whether an expression is a constant that is no finite number, in one of the forms in which it is written."""
    if isinstance(node, ast.UnaryOp):
        return _is_no_number(node.operand)
    if isinstance(node, ast.Constant):
        return not is_amount(node.value)
    if isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict | ast.Set):
        return True
    if isinstance(node, ast.Attribute):
        return _name(node.value) in MATHS and node.attr in NO_NUMBERS
    if isinstance(node, ast.Call) and _name(node.func) == "float" and len(node.args) == 1:
        argument = node.args[0]
        try:
            return isinstance(argument, ast.Constant) and not math.isfinite(float(argument.value))  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            return True
    return isinstance(node, ast.Call) and _name(node.func) == "str"
