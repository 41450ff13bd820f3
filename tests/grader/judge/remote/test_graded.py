"""What crosses the socket, in real boxes and under pytest: what only the whole way from manifest to verdict can show."""

from pathlib import Path

import pytest

from grader.verdict import Verdict
from tests.grader.engines import by_name, grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

STUDENT = """
class MyError(Exception):
    pass

def interrupt():
    raise KeyboardInterrupt

def leave():
    raise SystemExit(3)

def fail():
    raise MyError("no")
"""
SUITE = """
import pytest
import sums
from sums import MyError

def test_an_interrupt_that_nobody_expects():
    sums.interrupt()

def test_an_interrupt_that_is_expected():
    with pytest.raises(KeyboardInterrupt):
        sums.interrupt()

@pytest.fixture
def broken():
    sums.interrupt()

def test_an_interrupt_in_a_fixture(broken):
    pass

def test_an_exit_that_nobody_expects():
    sums.leave()

@pytest.mark.parametrize("kind", [MyError, Exception])
def test_a_class_as_a_parameter(kind):
    with pytest.raises(kind):
        sums.fail()

@pytest.mark.parametrize("kind", [MyError])
def test_a_class_as_a_parameter_once_more(kind):
    try:
        sums.fail()
    except kind as problem:
        assert str(problem) == "no"
"""


def test_exceptions_under_pytest(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", SUITE)
    checks = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": STUDENT}, suite))
    failed = {name: check.message for name, check in checks.items() if check.verdict is not Verdict.PASSED}
    assert failed.keys() == {
        "test_an_interrupt_that_nobody_expects",
        "test_an_interrupt_in_a_fixture",
        "test_an_exit_that_nobody_expects",
    }
    assert "Your code raised KeyboardInterrupt" in failed["test_an_interrupt_that_nobody_expects"]
    assert "Your code raised SystemExit: 3" in failed["test_an_exit_that_nobody_expects"]
