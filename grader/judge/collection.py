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

from grader.errors import SuiteError
from grader.judge import remote
from grader.judge.blame.faults import Faults
from grader.judge.items import cases, marks, scores

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
        self.faults = Faults(root, suite)
        self.broken: list[str] = []
        self.points: dict[str, Fraction] = {}
        self.skipped: dict[str, str] = {}  # tests that their author has skipped, and why
        self.expected: dict[str, marks.Expected] = {}  # tests that their author expects to fail

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """Note why a file could not be collected, with its place in the suite."""
        if isinstance(report, pytest.CollectReport):
            problem = call.excinfo.value
            doubles = re.search(
                r"Duplicate parametrization IDs.*^Test name: *\S*::(\w+)$", str(problem), re.DOTALL | re.MULTILINE
            )
            yields = re.search(r"'yield' keyword is allowed in fixtures, but not in tests \((\w+)\)", str(problem))
            if doubles:
                self.broken.append(
                    f"{self._line_of(node.path, doubles[1])}: two cases of {doubles[1]} have the same id"
                )
            elif yields:
                self.broken.append(
                    f"{self._line_of(node.path, yields[1])}: {yields[1]} has a yield: none of its lines is run"
                )
            else:
                self.broken.append(self.faults.place(problem.__cause__ or problem))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Refuse a file that skips itself: nobody would see that its tests are not there."""
        if report.skipped and isinstance(report.longrepr, tuple):
            path, line, reason = report.longrepr
            place = f"{self._relative(path)}:{line}"
            self.broken.append(
                f"{place}: the whole file skips itself ({reason.partition(': ')[2]}); take it out of the suite, or mark the tests "
                "that are to be skipped"
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: Any) -> cases.Case | None:
        """Take subclasses of unittest.TestCase as our own items; refuse classes that would be passed over in silence."""
        if not isinstance(obj, type):
            return None
        is_own = obj.__module__ == getattr(collector.getparent(pytest.Module).obj, "__name__", None)
        if is_own and "__weight__" in vars(obj):
            self._refuse_class(collector.path, obj, "has a weight; put @weight(...) on each of its tests")
        if issubclass(obj, unittest.TestCase) and not inspect.isabstract(obj):
            return cases.Case.from_parent(collector, name=name, obj=obj)
        has_tests = any(test.startswith("test") for test in dir(obj))
        if (
            is_own
            and name.startswith("Test")
            and has_tests
            and any("__init__" in vars(cls) for cls in obj.__mro__[:-1])
        ):
            self._refuse_class(
                collector.path, obj, "has an __init__, so that pytest passes it over; write a fixture instead"
            )
        return None

    def pytest_make_parametrize_id(self, val: Any) -> str | None:
        """Name a case by the student's function or class that it is about, as pytest does with one that is there."""
        is_name = type(val) is remote.RemoteName and not val._assay_is_made()
        return val._assay_shown().rpartition(".")[2] if is_name else None

    def _refuse_class(self, path: Path, cls: type, reason: str) -> None:
        line = inspect.getsourcelines(cls)[1]
        self.broken.append(f"{self._relative(str(path))}:{line}: the class {cls.__name__} {reason}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the checks into the order of their numbers, 2 before 10, as students read them; the others follow."""
        items.sort(key=_order)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Fix what every check can earn, and refuse marks that cannot mean anything."""
        try:
            for path in sorted({item.path for item in session.items}):
                self._refuse_doubles(path)
            self._read_marks(session.items)
            self.points = self._points(session.items)
        except SuiteError as problem:
            self.broken.append(str(problem))

    def _refuse_doubles(self, path: Path) -> None:
        """Refuse a second test of the same name in a file or a class: Python would keep only that one."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        holders: list[ast.Module | ast.ClassDef] = [
            tree,
            *(node for node in tree.body if isinstance(node, ast.ClassDef)),
        ]
        for holder in holders:
            seen: set[str] = set()
            for node in holder.body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                    if node.name in seen:
                        place = f"{self._relative(str(path))}:{node.lineno}"
                        raise SuiteError(f"{place}: a second test is called {node.name}")
                    seen.add(node.name)

    def _refuse_unawaited(self, item: pytest.Item) -> None:
        """Refuse a test or a fixture that is called without any of its lines being run."""
        fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
        is_awaited = inspect.iscoroutinefunction(function_of(item))  # by the judge, or by its class
        tests = {} if is_awaited else {item.name: function_of(item)}
        named = {f"{name}, a fixture of {item.name},": found[-1].func for name, found in fixtures.items()}
        for name, function in {**tests, **named}.items():
            if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
                raise SuiteError(
                    f"{self.faults.place_of(item)}: {name} is async, and nothing here awaits it; write a plain test that calls a "
                    "function marked @in_candidate, and asyncio.run(...) in that"
                )
        if inspect.isgeneratorfunction(function_of(item)):
            raise SuiteError(f"{self.faults.place_of(item)}: {item.name} has a yield: none of its lines is run")

    def _read_marks(self, items: list[pytest.Item]) -> None:
        """Note which tests their author has skipped, or expects to fail."""
        for item in items:
            self._refuse_unawaited(item)
            scores.refuse_written(function_of(item), self._relative(str(item.path)))
            try:
                reason = marks.skip_reason(item)
                expected = marks.expected_failure(item)
            except SuiteError as problem:
                raise SuiteError(f"{self.faults.place_of(item)}: {problem}") from None
            if reason is not None:
                self.skipped[item.nodeid] = reason
            elif expected is not None:
                self.expected[item.nodeid] = expected

    def _points(self, items: list[pytest.Item]) -> dict[str, Fraction]:
        """Return the points of every item: a function's weight, shared among its cases as equally as hundredths can be."""
        if not items and not self.broken:
            first = min((self.root / self.suite).rglob("*test*.py"), default=self.root / self.suite / "suite.toml")
            raise SuiteError(
                f"{self._relative(str(first))}:1: no test was found; tests are functions named test_..., or methods of a class"
            )
        counted = [item for item in items if item.nodeid not in self.skipped and item.nodeid not in self.expected]
        of_function = Counter(_function_id(item) for item in counted)
        seen: Counter[str] = Counter()
        points = dict.fromkeys((item.nodeid for item in items), Fraction(0))
        weights = {_function_id(item): as_written(self._weight(item)) for item in counted}
        whole = dict(zip(weights, in_shares(list(weights.values())), strict=True))
        for item in counted:
            name = _function_id(item)
            seen[name] += 1
            points[item.nodeid] = share_of(whole[name], seen[name], of_function[name])
        if counted and not any(hasattr(function_of(item), "__weight__") for item in items):
            shares = in_shares([as_written(self.unmarked_points) / len(counted)] * len(counted))
            points |= {item.nodeid: share for item, share in zip(counted, shares, strict=True)}
        if not self.broken and sum(points.values()) <= 0:
            raise SuiteError(
                f"{self.faults.place_of(items[0])}: the points of all tests add up to 0; mark tests with @weight(...)"
            )
        return points

    def _weight(self, item: pytest.Item) -> float:
        """Return what a test function says that it earns; raises SuiteError for marks that mean nothing."""
        place = self.faults.place_of(item)
        weight = getattr(function_of(item), "__weight__", 0)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < 1e6:
            raise SuiteError(f"{place}: {item.name} has the weight {weight!r}, which is not a number of points")
        visibility = getattr(function_of(item), "__visibility__", "visible")
        if visibility not in VISIBILITIES:
            raise SuiteError(f"{place}: {item.name} has the visibility {visibility!r}; use one of {VISIBILITIES}")
        return weight

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
