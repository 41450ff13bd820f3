"""A manifest is read once, at the edge: what cannot be graded truthfully is refused there, with the line."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from tests.grader.engines import MANIFEST, make_suite


@pytest.mark.parametrize("name", ["statistics", "queue", "random", "string", "calendar", "types", "numpy"])
def test_a_package_named_as_a_library_is_refused_since_the_library_would_be_graded(name: str, tmp_path: Path) -> None:
    manifest = MANIFEST.replace('"sums"', f'"{name}"')
    with pytest.raises(SuiteError, match=rf"suite\.toml:3: {name} is a library of Python's.*another name"):
        make_suite(tmp_path, manifest=manifest)


def test_a_name_that_only_looks_like_a_librarys_is_taken(tmp_path: Path) -> None:
    assert make_suite(tmp_path, manifest=MANIFEST.replace('"sums"', '"statistics_of"')).package == "statistics_of"


@pytest.mark.parametrize("name", ["gone_test.py", "notes.txt"])
def test_a_test_file_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=rf"suite\.toml:3: '{name}' is no Python file of this suite"):
        make_suite(tmp_path, manifest=f'title = "Leap"\npackage = "leap"\ntests = ["{name}"]\n')


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('arguments = "both"', r"suite\.toml:5: arguments is one of shared, copies, not 'both'"),
        ('trust_equality = "yes"', r"suite\.toml:5: trust_equality is a str, not a switch"),
        ("points = true", r"suite\.toml:5: points is a bool, not a number"),
    ],
)
def test_a_setting_of_another_kind_is_refused(line: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=sentence):
        make_suite(tmp_path, manifest=MANIFEST.replace("\n\n[limits]", f"\n{line}\n[limits]"))
