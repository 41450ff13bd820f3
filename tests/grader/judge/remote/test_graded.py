"""What crosses the socket, in real boxes and under pytest: what only the whole way from manifest to verdict can show."""

from pathlib import Path

import pytest

from grader.verdict import Verdict
from tests.grader.engines import MANIFEST, by_name, grade_files, make_suite

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


@pytest.mark.slow
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


ALIASING = """
import numpy as np
import pytest
import sums

def test_it_sorts_in_place():
    xs = [3, 1, 2]
    sums.sort(xs)
    assert xs == [1, 2, 3]

def test_it_sorts():
    xs = [3, 1, 2]
    assert sorted(xs) == sums.sort(xs)
    assert xs == [3, 1, 2]

def test_it_answers_what_the_inputs_say():
    xs = [3, 1, 2]
    assert sums.sort(xs) == sorted(xs)
"""
BOTH_WAYS = {
    'arguments = "shared"': {
        "def sort(xs):\n    xs.sort()": {"test_it_sorts_in_place"},
        "def sort(xs):\n    return sorted(xs)": {"test_it_sorts", "test_it_answers_what_the_inputs_say"},
        "def sort(xs):\n    xs.clear()\n    return []": {"test_it_answers_what_the_inputs_say"},
    },
    'arguments = "copies"': {
        "def sort(xs):\n    xs.sort()": set(),
        "def sort(xs):\n    return sorted(xs)": {"test_it_sorts", "test_it_answers_what_the_inputs_say"},
        "def sort(xs):\n    xs.clear()\n    return []": set(),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("line", BOTH_WAYS)
def test_a_suite_says_whether_arguments_are_shared(line: str, tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", ALIASING, manifest=MANIFEST.replace("[limits]", f"{line}\n[limits]"))
    for number, (student, passed) in enumerate(BOTH_WAYS[line].items()):
        checks = by_name(grade_files("bubblewrap", tmp_path / str(number), {"sums.py": student}, suite))
        assert {name for name, check in checks.items() if check.verdict is Verdict.PASSED} == passed


UNIMPORTABLE = {
    "def sort(xs:\n    pass\n": "SyntaxError: '(' was never closed",
    "import nothing_of_this_name\n": "ModuleNotFoundError: No module named 'nothing_of_this_name'",
    "name = input('Name? ')\n": "EOFError: EOF when reading a line",
    "xs = [[1], {2: 3}]\nraise ValueError(xs)\n": "ValueError: [[1], {2: 3}]",
}


NAMING = """
from sums import sort

def test_it_sorts():
    assert sort([3, 1, 2]) == [1, 2, 3]
"""
EFFECTS = """
import sums  # for what the import does

def test_it_can_be_imported():
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("line", BOTH_WAYS)
def test_what_cannot_be_imported_says_why(line: str, tmp_path: Path) -> None:
    """The question for names with which a test begins is answered as the suite has it, whatever the import ends in."""
    suite = make_suite(
        tmp_path / "suite", NAMING, MANIFEST.replace("[limits]", f"{line}\n[limits]"), test_effects=EFFECTS
    )
    for number, (student, words) in enumerate(UNIMPORTABLE.items()):
        checks = by_name(grade_files("bubblewrap", tmp_path / str(number), {"sums.py": student}, suite))
        assert len(checks) == 2
        assert [check.message for check in checks.values() if f"Your code raised {words}" not in check.message] == []


PROGRAM = """
import sys

def greet():
    print("Hello", input("Name? "))

if __name__ == "__main__":
    greet()
    print("done", file=sys.stderr)
    sys.exit(3)
"""
TALKING = """
import sums

def test_what_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "Ada")
    print("first")
    sums.greet()
    assert capsys.readouterr().out == "first\\nHello Ada\\n"
    sums.greet()
    out, err = capsys.readouterr()
    assert (out, err) == ("Hello Ada\\n", "")

def test_a_program(run_module):
    done = run_module("sums", "Bob\\n")
    assert done == ("Name? Hello Bob\\n", "done\\n", 3)
    assert done.status == 3

def test_a_program_without_input(run_module):
    import pytest
    with pytest.raises(EOFError):
        run_module("sums")

def test_nothing_is_left_of_a_patch():
    import pytest
    with pytest.raises(EOFError):
        sums.greet()
"""


@pytest.mark.slow
def test_what_a_program_prints_and_is_told(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", TALKING)
    checks = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": PROGRAM}, suite))
    assert {name: check.message for name, check in checks.items() if check.verdict is not Verdict.PASSED} == {}
    silent = by_name(grade_files("bubblewrap", tmp_path / "b", {"sums.py": "def greet():\n    return None\n"}, suite))
    assert {check.verdict for check in silent.values()} == {Verdict.FAILED}


COROUTINES = """
import pytest
from sums import add

async def test_a():
    assert await add(1, 2) == 3

@pytest.mark.parametrize("number", [1, 2])
async def test_b(number, tmp_path):
    assert await add(number, 0) == number
    assert tmp_path.is_dir()

class TestMore:
    async def test_c(self):
        with pytest.raises(TypeError):
            await add(None, 1)
        assert await add(2, 2) == 4
"""


@pytest.mark.slow
def test_a_test_that_is_a_coroutine_is_run(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", COROUTINES)
    right = grade_files("bubblewrap", tmp_path / "right", {"sums.py": "async def add(a, b): return a + b"}, suite)
    assert {check.verdict for check in right.checks} == {Verdict.PASSED}
    wrong = grade_files("bubblewrap", tmp_path / "wrong", {"sums.py": "async def add(a, b): return 0"}, suite)
    assert {check.verdict for check in wrong.checks} == {Verdict.FAILED}
    assert len(right.checks) == len(wrong.checks) == 4
