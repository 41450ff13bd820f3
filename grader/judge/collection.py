"""The pytest plug-in that collects a suite: what every check can earn, and why a suite cannot be used. Side: judge.

The points are fixed and reported before any run begins; whatever is wrong with a suite is a sentence with file and line.
"""

import ast
import inspect
import itertools
import math
import re
import sys
import unittest
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException

from grader.errors import SuiteError, YardstickStalled
from grader.judge.exceptions import CandidateEnded, CandidateRaised, SuiteMisuse

POINTS = 100  # of a suite that says nothing of points
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


class Collection:
    """One suite's checks as pytest finds them."""

    def __init__(self, root: Path, suite: str, unmarked_points: float) -> None:
        self.root = root
        self.unmarked_points = (
            unmarked_points  # of all tests together, where no test has a mark that says what it earns
        )
        self.suite = suite
        self.broken: list[str] = []
        self.points: dict[str, Fraction] = {}

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """Note why a file could not be collected, with its place in the suite."""
        if isinstance(report, pytest.CollectReport):
            problem = call.excinfo.value
            doubles = re.search(
                r"Duplicate parametrization IDs.*^Test name: *\S*::(\w+)$", str(problem), re.DOTALL | re.MULTILINE
            )
            if doubles:
                self.broken.append(
                    f"{self._line_of(node.path, doubles[1])}: two cases of {doubles[1]} have the same id"
                )
            else:
                self.broken.append(self.place(problem.__cause__ or problem))

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: Any) -> None:
        """Refuse tests and marks on classes, which would be passed over in silence."""
        own = isinstance(obj, type) and obj.__module__ == collector.obj.__name__
        if own and (name.startswith("Test") or "__weight__" in vars(obj) or issubclass(obj, unittest.TestCase)):
            line = inspect.getsourcelines(obj)[1]
            self.broken.append(f"{self._relative(str(collector.path))}:{line}: {name} is a class; tests are functions")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the checks into the order of their numbers, 2 before 10, as students read them; the others follow."""
        items.sort(key=_order)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Fix what every check can earn, and refuse marks that cannot mean anything."""
        try:
            for path in sorted({item.path for item in session.items}):
                self._refuse_doubles(path)
            self.points = self._points(session.items)
        except SuiteError as problem:
            self.broken.append(str(problem))

    def _refuse_doubles(self, path: Path) -> None:
        """Refuse a second test of the same name in a file: Python would keep only that one."""
        seen: set[str] = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                if node.name in seen:
                    raise SuiteError(f"{self._relative(str(path))}:{node.lineno}: a second test is called {node.name}")
                seen.add(node.name)

    def _points(self, items: list[pytest.Item]) -> dict[str, Fraction]:
        """Return the points of every item: a function's weight, shared among its cases as equally as hundredths can be."""
        if not items and not self.broken:
            first = min((self.root / self.suite).rglob("*test*.py"), default=self.root / self.suite / "suite.toml")
            raise SuiteError(f"{self._relative(str(first))}:1: no test was found; tests are functions named test_...")
        cases = Counter(_function_id(item) for item in items)
        seen: Counter[str] = Counter()
        weights: dict[str, Fraction] = {}
        places = [f"{self.suite}/{_file(item)}:{function_of(item).__code__.co_firstlineno}" for item in items]
        for item, place in zip(items, places, strict=True):
            function = function_of(item)
            weight = getattr(function, "__weight__", 0)
            if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < 1e6:
                raise SuiteError(f"{place}: {item.name} has the weight {weight!r}, which is not a number of points")
            visibility = getattr(function, "__visibility__", "visible")
            if visibility not in VISIBILITIES:
                raise SuiteError(f"{place}: {item.name} has the visibility {visibility!r}; use one of {VISIBILITIES}")
            weights[_function_id(item)] = as_written(weight)
        whole = dict(zip(weights, in_shares(list(weights.values())), strict=True))
        points = {}
        for item in items:
            function_id = _function_id(item)
            seen[function_id] += 1
            points[item.nodeid] = share_of(whole[function_id], seen[function_id], cases[function_id])
        if not any(hasattr(function_of(item), "__weight__") for item in items):
            shares = in_shares([as_written(self.unmarked_points) / len(items)] * len(items))
            points = {item.nodeid: share for item, share in zip(items, shares, strict=True)}
        if not self.broken and sum(points.values()) <= 0:
            raise SuiteError(f"{places[0]}: the points of all tests add up to 0; mark tests with @weight(...)")
        return points

    def place(self, problem: BaseException) -> str:
        """Return a sentence that names the suite's file and line where it failed."""
        if isinstance(problem, SyntaxError) and problem.filename:
            return f"{self._relative(problem.filename)}:{problem.lineno}: {type(problem).__name__}: {problem.msg}"
        place = self.suite
        trace = problem.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            if filename.startswith(f"{self.root}/"):
                place = f"{self._relative(filename)}:{trace.tb_lineno}"
            trace = trace.tb_next
        if isinstance(problem, SuiteError | SuiteMisuse):  # which say it all, and the first where
            return str(problem) if str(problem).startswith(str(self.root)) else f"{place}: {str(problem)[:500]}"
        return f"{place}: {type(problem).__name__}: {str(problem)[:500]}"

    def fault(self, item: pytest.Item, problem: BaseException | None, is_asked: bool) -> str | None:
        """Return the sentence of what went wrong in a test through its suite's own fault, or None for anything else.

        A name that is not there is one; and so is everything but a verdict before the student's code has been asked for
        anything. Later on whatever fails may have failed for what the student's code returned.
        """
        if isinstance(problem, pytest.FixtureLookupError):
            place = f"{self.suite}/{_file(item)}:{function_of(item).__code__.co_firstlineno}"
            return f"{place}: {item.name} asks for the fixture {problem.argname!r}, which there is not"
        if isinstance(problem, SuiteError | SuiteMisuse) or type(problem) is NameError:
            return self.place(problem)
        is_verdict = isinstance(
            problem, AssertionError | OutcomeException | CandidateRaised | CandidateEnded | YardstickStalled
        )
        return None if problem is None or is_asked or is_verdict else self.place(problem)

    def _line_of(self, path: Path, name: str) -> str:
        """Return the place of a test function, from its source."""
        body = ast.parse(path.read_text(encoding="utf-8")).body
        line = next((node.lineno for node in body if isinstance(node, ast.FunctionDef) and node.name == name), 1)
        return f"{self._relative(str(path))}:{line}"

    def _relative(self, filename: str) -> str:
        return filename.removeprefix(f"{self.root}/")

    def describe(self, item: pytest.Item) -> dict[str, Any]:
        """Return what the supervisor is told of a check before any run."""
        function = function_of(item)
        lines = (function.__doc__ or "").strip().splitlines()
        case = f" [{item.callspec.id}]" if hasattr(item, "callspec") else ""
        return {
            "id": self.id(item),
            "name": (lines[0].strip() if lines else function.__name__.replace("_", " ")) + case,
            "max_points": float(self.points[item.nodeid]),
            "visibility": getattr(function, "__visibility__", "visible"),
            "number": str(getattr(function, "__number__", "")),
            "tags": [str(tag) for tag in getattr(function, "__tags__", ())],
            "is_measured": hasattr(function, "__budget__") or hasattr(function, "__scales__"),
        }

    def id(self, item: pytest.Item) -> str:
        """Return a test's name inside its suite."""
        return item.nodeid.removeprefix(self.suite + "/")


def in_hundredths(points: Fraction) -> Fraction:
    """Return points in whole hundredths, a half up: what is shown is what is added."""
    return Fraction(math.floor(points * 100 + Fraction(1, 2)), 100)


def as_written(number: float) -> Fraction:
    """Return the number that somebody meant by a float: 1 / 3 is a third, and 0.145 is 145 thousandths."""
    return Fraction(number).limit_denominator(10**6)


def in_shares(amounts: Sequence[Fraction]) -> list[Fraction]:
    """Return amounts in whole hundredths that add up to what the amounts do: of three thirds one has a hundredth more."""
    ends = [in_hundredths(total) for total in itertools.accumulate(amounts)]
    return [end - start for start, end in zip([Fraction(0), *ends], ends, strict=False)]


def share_of(weight: Fraction, number: int, cases: int) -> Fraction:
    """Return the points of the case with this number, from 1: all together have the weight, and no two differ by more than 0.01."""
    return in_hundredths(weight * number / cases) - in_hundredths(weight * (number - 1) / cases)


def function_of(item: pytest.Item) -> Any:
    """Return the test function of an item, which carries its marks."""
    return getattr(item, "function", None)


def _order(item: pytest.Item) -> tuple[bool, list[tuple[int, str]]]:
    """Return what a check is sorted by: its number's parts, digits by their value."""
    number = str(getattr(function_of(item), "__number__", ""))
    parts = re.findall(r"[0-9]+|[^0-9.]+", number)
    return not parts, [_place(part) for part in parts]


def _place(part: str) -> tuple[int, str]:
    """Return what a part of a number is sorted by: digits by their value, however many they are, and words behind them."""
    digits = part.lstrip("0")
    return (len(digits), digits) if part.isdecimal() else (sys.maxsize, part)


def _function_id(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _file(item: pytest.Item) -> str:
    return item.path.name
