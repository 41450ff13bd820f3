"""A manifest is read once, at the edge: what cannot be graded truthfully is refused there, with the line."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.manifest import Suite, load_suite
from tests.grader.engines import MANIFEST, make_suite


@pytest.mark.parametrize("name", ["statistics", "queue", "random", "string", "calendar", "types", "statistics_of"])
def test_a_package_may_be_called_as_a_module_of_pythons(name: str, tmp_path: Path) -> None:
    assert make_suite(tmp_path, manifest=MANIFEST.replace('"sums"', f'"{name}"')).package == name


@pytest.mark.parametrize("name", ["time", "os", "re", "numpy", "unittest", "pytest", "marks", "grader"])
def test_names_that_no_import_could_mean_are_refused(name: str, tmp_path: Path) -> None:
    manifest = MANIFEST.replace('"sums"', f'"{name}"')
    with pytest.raises(
        SuiteError, match=rf"suite\.toml:3: {name} is a module that .* give the student's package another"
    ):
        make_suite(tmp_path, manifest=manifest)


@pytest.mark.parametrize("name", ["gone_test.py", "notes.txt"])
def test_a_test_file_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=rf"suite\.toml:3: '{name}' is no Python file of this suite"):
        make_suite(tmp_path, manifest=f'title = "Leap"\npackage = "leap"\ntests = ["{name}"]\n')


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("date.py", r"suite\.toml:3: 'date\.py' is no file of this suite; 'data\.py' is one"),
        ("../sums.py", "is no file of this suite"),
        ("leap_test.py", "is no file that students may read"),
        ("suite.toml", "is no file that students may read"),
    ],
)
def test_what_cannot_be_given_is_refused(given: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=sentence):
        leap(tmp_path, f'package = "leap"\ngiven = ["{given}"]\n', leap_test="x = 1", data="YEARS = [4]")


LEAST = 'title = "Leap"\n'


def leap(folder: Path, manifest: str, **files: str) -> Suite:
    """Write a suite of these files, and load it."""
    suite = folder / "leap-year"
    suite.mkdir()
    (suite / "suite.toml").write_text(LEAST + manifest)
    for name, text in (files or {"leap_test": "x = 1"}).items():
        (suite / f"{name}.py").write_text(text)
    return load_suite(suite)


def test_two_lines_are_a_manifest_and_tests_are_called_as_pytest_calls_them(tmp_path: Path) -> None:
    suite = leap(tmp_path, 'package = "leap"\n')
    assert (suite.packages, suite.package, suite.modules, suite.points) == (("leap",), "leap", ("leap",), None)


def test_several_packages_are_all_imported(tmp_path: Path) -> None:
    suite = leap(tmp_path, 'packages = ["leap", "clock"]\n')
    assert (suite.packages, suite.package, suite.modules) == (("leap", "clock"), "leap", ("leap", "clock"))


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("", r"write package = .* the package is missing"),
        ('package = "leap"\npackages = ["leap"]\n', r"write package = .* both are there"),
        ("packages = []\n", r"suite\.toml:2: packages names none"),
        (
            'package = "leap.py"\n',
            r"suite\.toml:2: 'leap\.py' is no name that Python imports; write the module's, as in 'leap'",
        ),
        ('package = "src/leap.py"\n', r"write the module's, as in 'leap'"),
        ('package = "leap-year"\n', r"write the module's, as in 'leap_year'"),
        ('package = "class"\n', r"'class' is no name that Python imports"),
        ('packages = ["leap", "numpy"]\n', r"suite\.toml:2: numpy is a module that Python or the grader itself needs"),
        (
            'package = "leap"\nmodules = ["laep"]\n',
            r"suite\.toml:3: 'laep' is no part of leap; write 'leap', or 'leap\.'",
        ),
        ('pakage = "leap"\n', r"suite\.toml:2: 'pakage' is no key of a suite; 'package' is one"),
        (
            'package = "leap"\ntests = ["leap_tests.py"]\n',
            r"suite\.toml:3: 'leap_tests\.py' .*; 'leap_test\.py' is one",
        ),
    ],
)
def test_what_was_meant_is_said(manifest: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=sentence):
        leap(tmp_path, manifest)


def test_a_suite_without_a_file_of_tests_is_told_how_to_name_its_own(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r'no file test_\*\.py or \*_test\.py.*as in tests = \["leap_checks\.py"\]'):
        leap(tmp_path, 'package = "leap"\n', leap_checks="x = 1")


def test_support_modules_of_the_course_come_before_ours(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("x = 1")
    suite = leap(tmp_path, 'package = "leap"\n')
    assert suite.files["conftest.py"] == tmp_path / "conftest.py"
    assert suite.files["marks.py"].is_file()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('arguments = "both"', r"suite\.toml:5: arguments is one of shared, copies, not 'both'"),
        ('trust_equality = "yes"', r"suite\.toml:5: trust_equality is a str, not a switch"),
        ("points = true", r"suite\.toml:5: points is a bool, not a number"),
        *(
            (f"points = {points}", r"suite\.toml:5: points is a number above 0")
            for points in ("nan", "inf", "-3", "0", "1e308")
        ),
        (r'reference = "a\u0000b"', r"suite\.toml:5: reference is no name that a folder can have"),
        (f'reference = "{"x" * 300}/tinytorch"', r"suite\.toml:5: reference is no name that a folder can have"),
    ],
)
def test_a_setting_of_another_kind_is_refused(line: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=sentence):
        make_suite(tmp_path, manifest=MANIFEST.replace("\n\n[limits]", f"\n{line}\n[limits]"))
