"""unittest.TestCase under the judge: subtests, skips, marks, gradescope-utils, fixtures of classes, and what is refused."""

import re
import textwrap
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.result import Check
from grader.verdict import Verdict
from tests.grader.engines import by_name, grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

SUMS = """
class Box:
    def __init__(self):
        self.held = []

    def put(self, value):
        self.held.append(value)
        return len(self.held)

def add(a, b):
    return a + b if a < 3 else a - b

def end():
    import os
    os._exit(3)

def skipper():
    import unittest
    raise unittest.SkipTest("mine")
"""
HEAD = """
import unittest
from gradescope_utils.autograder_utils.decorators import (
    hide_errors, leaderboard, number, partial_credit, tags, visibility, weight
)
import sums
from sums import Box
"""


def graded(folder: Path, body: str, head: str = HEAD) -> dict[str, Check]:
    """Grade SUMS with the body of a test file, and return its checks by class and method."""
    suite = make_suite(folder / "suite", head + textwrap.dedent(body))
    return by_name(grade_files("bubblewrap", folder, {"sums.py": SUMS}, suite))


@pytest.mark.slow
def test_failing_subtests_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    check = graded(
        tmp_path,
        """
        class SumTest(unittest.TestCase):
            @weight(1)
            def test_it(self):
                for a in (1, 3, 2, 4):
                    with self.subTest("sums", a=a, b=1):
                        self.assertEqual(sums.add(a, 1), a + 1)
                self.assertEqual(sums.add(1, 1), 3)
        """,
    )["SumTest::test_it"]
    assert check.verdict is Verdict.FAILED
    assert check.message.splitlines()[:3] == [
        "In the subtest ['sums'] (a=3, b=1): 2 != 4",
        "In the subtest ['sums'] (a=4, b=1): 3 != 5",
        "2 != 3",
    ]


@pytest.mark.slow
def test_pytests_own_subtests_are_named_as_well(tmp_path: Path) -> None:
    check = graded(
        tmp_path,
        """
        @weight(1)
        def test_it(subtests):
            for a in (3, 1):
                with subtests.test(a=a):
                    assert sums.add(a, 1) == a + 1
        """,
    )["test_it"]
    assert check.verdict is Verdict.FAILED
    assert check.message.startswith("In the subtest (a=3): assert 2 == (3 + 1)")


@pytest.mark.slow
def test_a_skip_earns_nothing_and_says_why(tmp_path: Path) -> None:
    checks = graded(
        tmp_path,
        """
        class SumTest(unittest.TestCase):
            def test_skips(self):
                self.skipTest("only on Mondays")

            def test_skips_a_part(self):
                with self.subTest(a=1):
                    self.skipTest("not this one")
                self.assertEqual(sums.add(1, 1), 2)

            def test_is_made_to_skip(self):
                sums.skipper()

            @unittest.skip("next year")
            def test_is_skipped(self):
                self.fail()

            def test_runs(self):
                self.assertEqual(sums.add(1, 1), 2)

        class TestPytest:
            @pytest.mark.xfail(run=False, reason="ends Python")
            def test_is_not_run(self):
                sums.end()
        """,
        "import pytest" + HEAD,
    )
    said = {
        name.partition("::")[2]: (check.verdict.value, check.points, check.max_points) for name, check in checks.items()
    }
    assert said == {
        "test_is_not_run": ("skipped", 0, 0),
        "test_skips": ("skipped", 0, 25),
        "test_skips_a_part": ("skipped", 0, 25),
        "test_is_made_to_skip": ("failed", 0, 25),
        "test_is_skipped": ("skipped", 0, 0),
        "test_runs": ("passed", 25, 25),
    }
    assert checks["SumTest::test_skips"].message.startswith("only on Mondays")
    assert "next year" in checks["SumTest::test_is_skipped"].message
    assert checks["SumTest::test_is_made_to_skip"].message.startswith("Your code raised SkipTest: mine")


@pytest.mark.slow
def test_an_expected_failure_counts_for_nothing_whatever_comes(tmp_path: Path) -> None:
    checks = graded(
        tmp_path,
        """
        class SumTest(unittest.TestCase):
            @unittest.expectedFailure
            @weight(5)
            def test_fails(self):
                self.assertEqual(sums.add(1, 1), 3)

            @unittest.expectedFailure
            def test_passes(self):
                self.assertEqual(sums.add(1, 1), 2)

            @unittest.expectedFailure
            def test_crashes(self):
                sums.end()

            @weight(1)
            def test_runs(self):
                self.assertEqual(sums.add(1, 1), 2)
        """,
    )
    said = {
        name.partition("::")[2]: (check.verdict.value, check.points, check.max_points) for name, check in checks.items()
    }
    assert said == {
        "test_fails": ("passed", 0, 0),
        "test_passes": ("failed", 0, 0),
        "test_crashes": ("crashed", 0, 0),
        "test_runs": ("passed", 1, 1),
    }


@pytest.mark.slow
def test_gradescopes_marks_on_methods(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path / "suite",
        HEAD
        + textwrap.dedent(
            '''
            class SumTest(unittest.TestCase):
                @partial_credit(4)
                @number("2.10")
                def test_part(self, set_score=None):
                    """Half of it."""
                    set_score(2)

                @weight(3)
                @number("2.9")
                @visibility("hidden")
                @tags("sums")
                @hide_errors("Look again.")
                def test_hidden(self):
                    self.assertEqual(sums.add(1, 1), 42)

                @leaderboard("speed", "asc")
                @weight(1)
                def test_board(self, set_leaderboard_value=None):
                    set_leaderboard_value(sums.add(1, 1))
            '''
        ),
    )
    result = grade_files("bubblewrap", tmp_path, {"sums.py": SUMS}, suite)
    checks = by_name(result)
    assert [check.id.rpartition("::")[2] for check in result.checks] == ["test_hidden", "test_part", "test_board"]
    part, hidden = checks["SumTest::test_part"], checks["SumTest::test_hidden"]
    assert (part.name, part.points, part.max_points, part.number) == ("Half of it.", 2, 4, "2.10")
    assert (hidden.message, hidden.visibility, hidden.tags, hidden.max_points) == (
        "Look again.",
        "hidden",
        ("sums",),
        3,
    )
    assert [(row.name, row.value, row.order) for row in result.leaderboard] == [("speed", 2, "asc")]


@pytest.mark.slow
def test_what_a_class_holds_of_the_students_is_made_anew_for_each_test(tmp_path: Path) -> None:
    checks = graded(
        tmp_path,
        """
        class BoxTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.box = Box()

            def test_one(self):
                self.assertEqual(self.box.put(1), 1)

            def test_two(self):
                self.assertEqual(self.box.put(2), 1)
        """,
    )
    assert {check.verdict for check in checks.values()} == {Verdict.PASSED}


@pytest.mark.slow
def test_an_object_kept_from_another_test_is_said_to_be_so(tmp_path: Path) -> None:
    body = """
        KEPT = []
        class BoxTest(unittest.TestCase):
            def test_one(self):
                KEPT.append(Box())

            def test_two(self):
                self.assertEqual(KEPT[0].put(2), 1)
        """
    check = graded(tmp_path, body)["BoxTest::test_two"]
    assert check.verdict is Verdict.FAILED
    assert "an object of an earlier test was used" in check.message
    assert "this test may be wrong itself" in check.message


#: A test's body, from line 11 on, and the sentence about the suite.
REFUSED = {
    "a name that is not there, in a subtest": (
        "with self.subTest(a=1):\n            self.assertEqual(sums.add(3, 1), 4)\n"
        "        with self.subTest(a=2):\n            three",
        r"test_sums\.py:14: NameError",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_a_fault_of_a_method_is_the_suites(case: str, tmp_path: Path) -> None:
    body, sentence = REFUSED[case]
    with pytest.raises(SuiteError, match=sentence):
        graded(tmp_path, f"\nclass SumTest(unittest.TestCase):\n    def test_it(self):\n        {body}\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "raise unittest.SkipTest('not today')\ndef test_it():\n    pass",
            r"test_sums\.py:9: the whole file skips itself \(not today\); take it out of the suite, or mark the tests",
        ),
        (
            "@weight(3)\nclass SumTest(unittest.TestCase):\n    def test_it(self):\n        pass",
            r"test_sums\.py:9: the class SumTest has a weight; put @weight\(\.\.\.\) on each of its tests",
        ),
        (
            "class SumTest(unittest.TestCase):\n    def test_it(self):\n        pass\n    def test_it(self):\n        pass",
            r"test_sums\.py:12: a second test is called test_it",
        ),
        (
            "class TestSum:\n    def __init__(self):\n        pass\n    def test_it(self):\n        pass",
            r"test_sums\.py:9: the class TestSum has an __init__",
        ),
    ],
)
def test_a_class_that_python_or_pytest_would_pass_over_in_part_is_refused(
    tmp_path: Path, body: str, sentence: str
) -> None:
    with pytest.raises(SuiteError, match=sentence):
        graded(tmp_path, f"\n{body}\n")


STARS = """
import pytest
from gradescope_utils.autograder_utils.decorators import weight
from math import *
from sums import *

@weight(1)
def test_it():
    assert add(1, 1) == 2

@weight(1)
def test_library():
    assert max([1, 3]) == 3 and floor(pi) == 3
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "points"),
    [("from math import floor, pi\ndef add(a, b): return a + b\n", 2), ("def add(a, b): return 3\n", 1), ("", 1)],
)
def test_a_star_gives_what_the_student_has(student: str, points: int, tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", STARS)
    assert grade_files("bubblewrap", tmp_path, {"sums.py": student}, suite).score == points


@pytest.mark.slow
@pytest.mark.parametrize("student", ["def max(x): return 3", "pi = 3", "class floor: pass"])
def test_a_star_never_replaces_what_a_test_trusts(student: str, tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", STARS)
    result = grade_files("bubblewrap", tmp_path, {"sums.py": student}, suite)
    assert result.score == 0
    for check in result.checks:
        assert re.search(r"the student's module has the name \w+, .* from sums import \w+, or", check.message)
    assert result.provenance["in_doubt"][0].startswith("m_sums/test_sums.py:")


SAME_MODULES = """
import math
import numpy as np
from math import floor
from gradescope_utils.autograder_utils.decorators import weight
from sums import *

@weight(1)
def test_it():
    assert add(1, 1) == floor(np.add(1, math.cos(0)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("import math\nfrom math import floor\nimport numpy as np\ndef add(a, b): return a + b\n", 1),
        ("import math\n", 0),
    ],
)
def test_a_star_leaves_the_tests_own_modules_where_the_student_imports_the_same(
    student: str, points: int, tmp_path: Path
) -> None:
    suite = make_suite(tmp_path / "suite", SAME_MODULES)
    assert grade_files("bubblewrap", tmp_path, {"sums.py": student}, suite).score == points


@pytest.mark.slow
def test_two_stars_are_refused_with_the_line(tmp_path: Path) -> None:
    manifest = 'title = "Sums"\npackages = ["sums", "more"]\n'
    suite = make_suite(
        tmp_path / "suite", "from sums import *\nfrom more import *\ndef test_it():\n    add()\n", manifest
    )
    with pytest.raises(
        SuiteError, match=r"test_sums\.py:2: only one module .* imported with \*; name what .* from more"
    ):
        grade_files("bubblewrap", tmp_path, {"sums.py": SUMS}, suite)
