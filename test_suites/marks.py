"""Marks of a suite: what runs beside the student's code, what is measured, and how far cost may grow.

Always true: a mark sets attributes on the function and returns that same function, so a suite runs unchanged in one
process; under the judge the plug-in reads the attributes. Points, visibility and numbers are gradescope-utils marks.
"""

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def in_candidate(function: Function) -> Function:
    """Let a module-level function run beside the student's code; it returns plain values and holds no expected ones.

    Raises TypeError for a lambda, a nested function or a closure: the source alone is sent, without what surrounds it.
    """
    name = getattr(function, "__qualname__", repr(function))
    if "<" in name or getattr(function, "__closure__", None):
        raise TypeError(f"@in_candidate needs a function at the top level of a test file, and {name} is not one")
    function.__in_candidate__ = True
    return function


def budget(
    cpu: float | None = None,
    memory: float | None = None,
    wall: float | None = None,
    *,
    calls: float | None = None,
    lines: float | None = None,
    allocated: float | None = None,
) -> Callable[[Function], Function]:
    """Allow at most this many times the yardstick's CPU time, peak memory or wall time, for what the test measures.

    calls, lines and allocated (functions called, lines run and bytes held at once, as Python itself counts them) are
    advice in the report: the code they are about could change them, so that no point depends on them.
    """
    factors = {"cpu": cpu, "memory": memory, "wall": wall, "calls": calls, "lines": lines, "allocated": allocated}
    chosen = {name: float(factor) for name, factor in factors.items() if factor is not None}
    if not chosen or min(chosen.values()) <= 0:
        raise ValueError(f"@budget needs at least one factor above 0, such as cpu=4.0; it got {factors}")

    def mark(function: Function) -> Function:
        function.__budget__ = chosen
        return function

    return mark


def scales(variable: str, at_most: float, within: float = 20.0) -> Callable[[Function], Function]:
    """Let the cost of what the test measures grow at most like `variable` to the power `at_most`.

    At no size may it be more than `within` times the reference's: a cost that is padded where it is small grows slowly.
    """
    if not variable.isidentifier() or at_most <= 0 or within <= 0:
        raise ValueError(
            f"@scales needs a variable's name, an exponent above 0 and a ratio above 0; it got {variable!r}, {at_most}, {within}"
        )

    def mark(function: Function) -> Function:
        function.__scales__ = {"variable": variable, "at_most": float(at_most), "within": float(within)}
        return function

    return mark
