"""The least suite: a title, a package and tests without a mark, which share the points equally."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.manifest import load_suite
from tests.grader.engines import by_name, grade_files, make_tree

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

TESTS = """
import pytest
from leap import leap

def test_by_four():
    assert leap(1996)

def test_by_hundred():
    assert not leap(1900)

@pytest.mark.parametrize("year", [1970])
def test_common(year):
    assert not leap(year)
"""
WRONG = "def leap(year):\n    return year % 4 == 0\n"
RIGHT = "def leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n"


def write(folder: Path, manifest: str, tests: str = TESTS, name: str = "leap_test.py") -> Path:
    """Write a suite with one test file, and return its folder."""
    suite = folder / "leap_year"
    suite.mkdir()
    (suite / "suite.toml").write_text(manifest)
    (suite / name).write_text(tests)
    return suite


LEAST = 'title = "Leap"\npackage = "leap"\n'


@pytest.mark.slow
def test_tests_without_a_mark_share_a_hundred_points(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, LEAST + 'tests = ["leap_test.py"]\n'))
    right = grade_files("bubblewrap", tmp_path / "right", {"leap.py": RIGHT}, suite)
    assert [check.max_points for check in right.checks] == [33.33, 33.34, 33.33]
    assert sum(check.points for check in right.checks) == pytest.approx(100)
    wrong = by_name(grade_files("bubblewrap", tmp_path / "wrong", {"leap.py": WRONG}, suite))
    assert {name: check.points for name, check in wrong.items()} == {
        "test_by_four": 33.33,
        "test_by_hundred": 0,
        "test_common[1970]": 33.33,
    }


@pytest.mark.slow
def test_the_points_that_a_suite_says_are_shared(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, LEAST + "points = 1\n", name="test_leap.py"))
    result = grade_files("bubblewrap", tmp_path, {"leap.py": RIGHT}, suite)
    assert [check.points for check in result.checks] == [0.33, 0.34, 0.33]


def test_a_suite_that_gives_no_points_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"suite\.toml:3: points is a number above 0"):
        load_suite(write(tmp_path, LEAST + "points = 0\n", name="test_leap.py"))


@pytest.mark.slow
def test_a_class_of_unittest_is_a_suite_whatever_it_is_called(tmp_path: Path) -> None:
    tests = (
        "import unittest\nimport leap\n\nclass LeapTest(unittest.TestCase):\n    def test_a(self):\n"
        "        self.assertIs(leap.leap(1900), False)\n"
    )
    suite = load_suite(write(tmp_path, LEAST, tests, name="test_leap.py"))
    for name, source, points in (("right", RIGHT, 100), ("wrong", WRONG, 0), ("empty", "", 0)):
        assert grade_files("bubblewrap", tmp_path / name, {"leap.py": source}, suite).score == points


HELPED = {
    "leap_test.py": """
        import json
        import unittest
        from pathlib import Path
        from helper import check, marks
        from leap import leap
        from clock.face import Clock
        import clock

        class LeapTest(unittest.TestCase):
            def test_years_of_a_file(self):
                years = json.loads(Path("years.json").read_text())
                assert years == json.loads((Path(__file__).parent / "years.json").read_text())
                for year in years:
                    check(self, year)

            def test_clock(self):
                self.assertEqual(Clock(3).hours, 3)
                self.assertEqual(clock.WHO, "mine")
        """,
    "parts/more_test.py": """
        import beside
        from leap import leap

        def test_leap():
            assert leap(beside.YEAR) is False
        """,
    "parts/beside.py": "YEAR = 1900",
    "helper.py": """
        import marks
        from leap import leap

        def check(case, year):
            case.assertIs(leap(year), year != 1900)
        """,
    "marks.py": "def points(number):\n    return number\n",
    "years.json": "[1996, 1900, 2000]",
    "leap.py": 'def leap(year):\n    raise NotImplementedError("a stub that lies beside the tests")\n',
}


@pytest.mark.slow
def test_helpers_and_data_beside_the_tests_and_several_packages(tmp_path: Path) -> None:
    suite = tmp_path / "leap"
    make_tree(suite, {"suite.toml": 'title = "Leap"\npackages = ["leap", "clock"]\n', **HELPED})
    files = {
        "leap.py": RIGHT,
        "clock/__init__.py": 'WHO = "mine"\n',
        "clock/face.py": "class Clock:\n    def __init__(self, hours):\n        self.hours = hours\n",
    }
    right = by_name(grade_files("bubblewrap", tmp_path / "right", files, load_suite(suite)))
    assert {name: check.message for name, check in right.items() if check.verdict != "passed"} == {}
    assert len(right) == 3
    wrong = by_name(grade_files("bubblewrap", tmp_path / "wrong", {"leap.py": WRONG}, load_suite(suite)))
    assert {check.verdict for check in wrong.values()} == {"failed"}
    assert "No module named 'clock'" in wrong["LeapTest::test_clock"].message
