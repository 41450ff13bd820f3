"""The learning path a student chooses: no points, only the end of the report."""

import readiness
from gradescope_utils.autograder_utils.decorators import number, tags, weight
from marks import in_candidate


@in_candidate
def chosen_path():
    """Return PATH, and print it too: a report carries what a test printed, and its advice takes the path from there."""
    print(f"PATH = {readiness.PATH}")  # noqa: T201
    return readiness.PATH


@number("5")
@weight(0)
@tags("path")
def test_path_is_one_of_three():
    """PATH names one of the three learning paths."""
    path = chosen_path()
    found = repr(path) if type(path) is str else f"a value of type {type(path).__name__}"
    assert found in ("'A'", "'B'", "'C'"), f'Set PATH to "A", "B" or "C", as the README describes them; it is {found}.'
