"""The suite that the README tells an author to write works as it stands there, and catches the mistake that it names."""

import re
import sys
from pathlib import Path

import numpy.random  # noqa: F401 (pytester forgets what a run imports, and NumPy loads only once per process)
import pytest

pytest_plugins = ["pytester"]

SUITES = Path(__file__).parents[2] / "test_suites"
REFERENCE = '''"""A stack on a list."""


class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        return self._items.pop()

    def for_each(self, function):
        for item in reversed(self._items):
            function(item)
'''


@pytest.fixture
def course(pytester, monkeypatch):
    """The folder that the README describes, with a solution to its assignment."""
    for path in [*SUITES.glob("*.py"), SUITES / "pytest.ini"]:
        (pytester.path / path.name).write_text(path.read_text())
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
    text = (SUITES / "README.md").read_text()
    for name, _language, body in re.findall(r"^`suites/(\S+)`:\n```(\w*)\n(.*?)^```$", text, re.S | re.M):
        (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / name).write_text(body)
    monkeypatch.syspath_prepend(pytester.mkdir("reference"))
    (pytester.path / "reference" / "stack.py").write_text(REFERENCE)
    return pytester


def test_the_solution_passes(course):
    result = course.runpytest_inprocess("stacks", "-p", "no:cacheprovider", "-p", "no:django")
    result.assert_outcomes(passed=4)


def test_the_mutant_is_caught_where_it_says(course):
    mutant = (course.path / "stacks" / "mutants" / "takes_from_the_front.mutant").read_text()
    old, new = re.search(r"<<<<<<<\n(.*?)=======\n(.*?)>>>>>>>", mutant, re.S).groups()
    assert REFERENCE.count(old) == 1
    (course.path / "reference" / "stack.py").write_text(REFERENCE.replace(old, new))
    result = course.runpytest_inprocess("stacks", "-p", "no:cacheprovider", "-p", "no:django")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*test_pops_in_reverse_order*", "*five times stack.pop()*"])
