"""`suite new NAME`: a small suite that passes its own check, to be written over. Side: any."""

import re
from pathlib import Path

from grader.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")

FILES = {
    "suite.toml": """title = "{title}"
package = "work"                   # the name that the student's code is imported under
modules = ["work"]                 # imported once per run
required_files = ["work.py"]
points = 10
reference = "reference"            # the right answer, never shown to the judge's tests or to a student

[limits]
test_wall_seconds = 10
""",
    "test_values.py": '''"""What work.py computes: replace these tests by your own."""

import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from work import clamp


@weight(4)
@number("1")
def test_clamps_numbers_on_both_sides():
    """clamp(x, low, high) keeps x between low and high."""
    for x, want in ((5, 5), (-3, 0), (12, 10), (0, 0), (10, 10)):
        assert_equal(clamp(x, 0, 10), want, call=f"clamp({{x}}, 0, 10)")


@weight(4)
@number("2")
@visibility("hidden")
def test_clamps_arrays(rng):
    """clamp works on arrays, element by element."""
    x = 10 * ordinary(rng, 3, 4)
    assert_close(clamp(x, -1.0, 1.0), x.clip(-1.0, 1.0), rtol=0, atol=0, call="clamp(x, -1, 1)", hint="numpy.clip does it.")


@weight(2)
@number("3")
def test_refuses_limits_that_cross():
    """clamp raises ValueError if low is above high, and only then."""
    assert_equal(clamp(-1, 0, 0), 0, call="clamp(-1, 0, 0)")
    with pytest.raises(ValueError, match="low"):
        clamp(1, 2, 0)
''',
    "reference/work.py": '''"""The right answer."""

import numpy as np


def clamp(x, low, high):
    """Return x, kept between low and high; raises ValueError if low is above high."""
    if low > high:
        raise ValueError(f"low is {{low}}, above high, {{high}}")
    if isinstance(x, np.ndarray):
        return np.clip(x, low, high)
    return min(max(x, low), high)
''',
    "mutants/nothing/says_what_is_wrong.py": '''"""Computes nothing, and refuses what it should refuse."""


def clamp(x, low, high):
    if low > high:
        raise ValueError("low is above high")
    return x
''',
    "mutants/forgets_the_upper_limit.mutant": """# caught-by: test_values.py::test_clamps_numbers_on_both_sides
# file: work.py
# why: a number above high stays as it is
<<<<<<<
    return min(max(x, low), high)
=======
    return max(x, low)
>>>>>>>
""",
}


def new_suite(name: str, parent: Path) -> Path:
    """Write the scaffold into a new folder `parent/name` and return it; raises UsageError if it is there already."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a suite's name: use small letters, digits and _, beginning with a letter")
    folder = parent / name
    if folder.exists():
        raise UsageError(f"{folder} exists already")
    if not parent.is_dir():
        raise UsageError(f"{parent} is not a folder")
    for path, text in FILES.items():
        target = folder / path.format(name=name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(name=name, title=name.replace("_", " ").capitalize()), encoding="utf-8")
    return folder
