"""What goes wrong in a test by the suite's own fault is the suite's, with its place; what the student returned is never that."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.verdict import Verdict
from tests.grader.engines import by_name, grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

HEAD = "import pytest\nfrom gradescope_utils.autograder_utils.decorators import weight\nimport sums\n\n"
MODULE = """
class Box:
    pass

def add(a, b):
    return a + b

def box():
    return Box()
"""
#: A test's body, from line 8 on, its parameters, and the sentence about the suite.
FAULTS = {
    "a refusal of ours caught by pytest.raises": (
        "with pytest.raises(Exception):\n        sums.add(pytest, 2)",
        "",
        r"test_sums\.py:8: an object of type module cannot cross by value; mark the code",
    ),
    "a refusal of ours caught by everything": (
        "try:\n        sums.add(object(), 2)\n    except BaseException:\n        pass",
        "",
        r"test_sums\.py:8: an object of type object cannot cross by value",
    ),
    "a name that is not there": (
        "assert sums.add(1, 2) == three",
        "",
        r"test_sums\.py:7: NameError: name 'three' is not defined",
    ),
    "a fixture that is not there": ("pass", "nothing_so_named", r"test_sums\.py:5: .*fixture 'nothing_so_named'"),
    "a helper called wrongly": (
        "def helper(a):\n        return a\n    helper()",
        "",
        r"test_sums\.py:9: TypeError: .*missing 1 required",
    ),
}
#: A test's body, what the student wrote in place of `add`, and a part of the message.
STUDENTS = {
    "an object where a number belongs, and everything caught": (
        "with pytest.raises(Exception):\n        assert sums.box() == 3",
        "a Box object came back where plain values are compared",
    ),
    "an object found among numbers, and everything caught": (
        "try:\n        assert sums.box() in [1, 2]\n    except BaseException:\n        pass",
        "a Box object came back where plain values are compared",
    ),
    "nothing where a number belongs": ("assert sums.add([], []) + 1 == 3", "can only concatenate list"),
    "a failure in the author's words": ("pytest.fail('Read the page on sums.')", "Read the page on sums."),
}


def suite_of(body: str, parameters: str = "") -> str:
    return f"{HEAD}@weight(1)\ndef test_a({parameters}):\n    {body}\n"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_test_is_the_suites(fault: str, tmp_path: Path) -> None:
    body, parameters, sentence = FAULTS[fault]
    suite = make_suite(tmp_path / "suite", suite_of(body, parameters))
    with pytest.raises(SuiteError, match=sentence):
        grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite)


@pytest.mark.parametrize("case", STUDENTS)
def test_what_the_student_returned_is_no_fault_of_the_suite(case: str, tmp_path: Path) -> None:
    body, part = STUDENTS[case]
    suite = make_suite(tmp_path / "suite", suite_of(body))
    check = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite))["test_a"]
    assert check.verdict is Verdict.FAILED
    assert part in check.message
    assert "could not go on" not in check.message or case.startswith("nothing")
