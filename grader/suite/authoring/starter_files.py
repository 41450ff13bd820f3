"""The files of a starter that are the same for every module, and the sentences of its README. Side: any.

Always true: they need nothing beyond NumPy and pytest, and their versions are those of pyproject.toml.
"""

REQUIREMENTS = "numpy>=2.4,<2.5\npytest>=9.2,<10\n"

GITIGNORE = "__pycache__/\n.pytest_cache/\n.venv/\n"

PYTEST_INI = """\
[pytest]
testpaths = tests
pythonpath = . tests
addopts = --import-mode=importlib -p no:cacheprovider
"""

WORKFLOW = """\
# Runs the visible tests after every push. Points come from the course's grader, which runs hidden tests as well.
name: tests
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  visible-tests:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: python -m pip install -r requirements.txt
      - run: python -m pytest
"""

#: Marks that the tests carry for the grader; here they only leave a note on the test.
_DECORATORS = '''\
"""Marks that the tests carry for the grader: points, visibility, numbers. Here they only leave a note on the test."""


def _mark(attribute):
    def take(*values):
        def mark(test):
            setattr(test, attribute, values[0] if len(values) == 1 else values)
            return test

        return mark

    return take


weight = _mark("__weight__")
number = _mark("__number__")
visibility = _mark("__visibility__")
hide_errors = _mark("__hide_errors__")
tags = _mark("__tags__")
partial_credit = _mark("__weight__")
leaderboard = _mark("__leaderboard_column__")
'''

_STAND_IN = '"""Stands in for the package gradescope-utils, so that the tests run without it."""\n'

MARKS = {
    "tests/gradescope_utils/__init__.py": _STAND_IN,
    "tests/gradescope_utils/autograder_utils/__init__.py": _STAND_IN,
    "tests/gradescope_utils/autograder_utils/decorators.py": _DECORATORS,
}

#: {needed} becomes the entries of the table.
CONFTEST = '''\
"""Says which of your earlier files are missing, before pytest says it less kindly."""

from pathlib import Path

import pytest

NEEDED = {
{needed}}


def pytest_configure():
    missing = [f"{file} (from {origin})" for file, origin in NEEDED.items() if not (Path(__file__).parent / file).exists()]
    if missing:
        raise pytest.UsageError(f"This module builds on your own earlier work. Copy it here first: {', '.join(missing)}.")
'''

README_START = """\
# Module {number}: {title}

Write `{file}`. Every body that raises `NotImplementedError` is yours; the docstring above it says what it must do. Helpers,
private methods and the order of things are up to you; names and signatures stay as they are.

## Run the tests

    python -m pip install -r requirements.txt
    python -m pytest

As long as nothing is written, tests fail: that is right. To look at one thing at a time:

    python -m pytest -x tests/{first}
"""

README_NEEDS = """
## Bring your earlier work

This module builds on files that you wrote before. Copy them from your earlier repositories into the same places here:

{files}
"""

README_WRITE = """
## What to write

{names}
"""

README_PATHS = """
## Choose a path

Set `PATH` in `{file}` to the learning path that you would like to take. It is worth no points; the report's advice uses it.

{paths}
"""

README_GRADING = """
## How it is graded

- Push to hand in. The course's grader runs the tests in `tests/`, which are worth {visible} of {total} points, and hidden tests
  for the rest. It draws other inputs for every attempt, so solve the problem and not the example.
- The grader uses its own copy of the tests: change those in `tests/` freely while you look for a mistake.
- Code that you hand in may import NumPy and the standard library.
"""

README_BUDGETS = """\
- The tests in `tests/test_budgets.py` run once here and are not timed; the grader measures them against a reference.
"""
