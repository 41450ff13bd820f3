"""Sources as courses keep them, of every kind that is imported; written for these tests."""

import io
import json
import textwrap
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder and return it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def archive(path: Path, files: Mapping[str, str]) -> Path:
    """Write a zip archive and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, textwrap.dedent(text).lstrip("\n"))
    return path


def folder_as_zip(folder: Path) -> bytes:
    """Return a folder as a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                packed.write(path, path.relative_to(folder))
    return data.getvalue()


def cell(source: str, nbgrader: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a code cell of a notebook."""
    metadata = {} if nbgrader is None else {"nbgrader": {"schema_version": 3, **nbgrader}}
    text = textwrap.dedent(source).strip("\n")
    return {"cell_type": "code", "metadata": metadata, "outputs": [], "source": text.splitlines(keepends=True)}


def notebook(cells: list[dict[str, Any]], **metadata: Any) -> str:
    """Return a notebook as JSON."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


NBGRADER = notebook(
    [
        cell("import math\nimport numpy as np\nfrom nose.tools import assert_equal"),
        cell(
            """
            def squares(n):
                \"\"\"Return the first n squares.\"\"\"
                ### BEGIN SOLUTION
                if n < 1:
                    raise ValueError("n is at least 1")
                return [i ** 2 for i in range(1, n + 1)]
                ### END SOLUTION
            """,
            {"grade": False, "solution": True, "grade_id": "squares", "locked": False},
        ),
        cell(
            """
            assert_equal(squares(1), [1])
            assert squares(3) == [1, 4, 9]
            ### BEGIN HIDDEN TESTS
            assert squares(10)[-1] == 100
            assert math.isclose(np.mean(squares(2)), 2.5)
            ### END HIDDEN TESTS
            """,
            {"grade": True, "solution": False, "grade_id": "correct_squares", "points": 2, "locked": True},
        ),
        cell(
            """
            try:
                squares(0)
            except ValueError:
                pass
            else:
                raise AssertionError("did not raise")
            """,
            {"grade": True, "solution": False, "grade_id": "squares-invalid", "points": 1, "locked": True},
        ),
        cell("", {"grade": True, "solution": True, "grade_id": "essay", "points": 5}),
    ]
)

OTTER = {
    "tests/q1.py": """
        OK_FORMAT = True

        test = {
            'name': 'q1',
            'points': 4,
            'suites': [
                {
                    'cases': [
                        {'code': '>>> square(3)\\n9', 'hidden': False, 'locked': False},
                        {'code': '>>> x = square(4)\\n>>> x == 16\\nTrue\\n>>> print(square(2))\\n4', 'hidden': True},
                    ],
                    'scored': True,
                    'setup': '',
                    'teardown': '',
                    'type': 'doctest',
                }
            ],
        }
    """,
    "tests/q2.py": """
        from otter.test_files import test_case

        OK_FORMAT = False

        name = "q2"
        points = None

        @test_case(points=3, hidden=False)
        def test_negative(square):
            assert square(-2) == 4, "the square of -2"
    """,
}

CLASSIC = {
    "tests": [
        {
            "name": "adds",
            "setup": "pip install pytest",
            "run": "python3 add.py",
            "input": "1 2\n",
            "output": "3",
            "comparison": "exact",
            "timeout": 1,
            "points": 4,
        },
        {
            "name": "units",
            "setup": "",
            "run": "pytest test_units.py",
            "input": "",
            "output": "",
            "timeout": 1,
            "points": 6,
        },
        {"name": "compiles", "run": "gcc -o a a.c && ./a", "points": 2},
    ]
}
UNITS = """
import add


def test_add():
    assert add.add(1, 2) == 3


def test_negative():
    assert add.add(-1, -2) == -3
"""
WORKFLOW = """
name: Autograding Tests
'on':
- push
- repository_dispatch
permissions:
  checks: write
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    steps:
    - name: Checkout code
      uses: actions/checkout@v4
    - name: adds
      id: adds
      uses: classroom-resources/autograding-io-grader@v1
      with:
        test-name: adds
        setup-command: ''
        command: python3 add.py
        input: |
          1 2
        expected-output: "3\\n"
        comparison-method: exact
        timeout: 10
        max-score: 4
    - name: units
      id: units
      uses: classroom-resources/autograding-python-grader@v1
      with:
        test-name: units
        command: pytest test_units.py
        timeout: 10
        max-score: 6
    - name: Autograding Reporter
      uses: classroom-resources/autograding-grading-reporter@v1
      env:
        ADDS_RESULTS: "${{steps.adds.outputs.result}}"
      with:
        runners: adds,units
"""
ADD = """
def add(a, b):
    return a + b


if __name__ == "__main__":
    print(add(*map(int, input().split())))
"""
