"""No submission has a sound suite taken for a broken one: what no answer seems to have caused is asked of the reference first.

Each deed is a module that an honest one is replaced by; the suite is sound, for the honest module passes it.
"""

import textwrap
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.result import Check
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import by_name, engine, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

MANIFEST = """
title = "Blame"
package = "work"
modules = ["work"]
{reference}
[limits]
test_wall_seconds = 5
judge_cpu_seconds = 1
"""
SUITE = """
import functools, importlib, os
import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import weight
import work
from work import AppError, Point, SIZE, TABLE

@functools.cache
def trained():
    return work.trained()

@weight(1)
def test_class():
    point = Point(3, y=4)
    assert_equal(point.x, 3)

@weight(1)
def test_answer():
    assert_equal(work.answer().x, 3)

@weight(1)
def test_kind():
    assert_equal(work.kind()(1, 2), 3)

@weight(1)
def test_path(tmp_path):
    with open(work.save(tmp_path)) as file:
        assert_equal(file.read(), "saved")

@weight(1)
def test_pattern():
    match work.answer():
        case Point(x=3):
            pass
        case _:
            raise AssertionError("no point")

@weight(1)
def test_error():
    problem = AppError("x", code=3)
    assert_equal(problem.code, 3)

@weight(1)
def test_text():
    assert_equal(eval(work.text()), 3)

@weight(1)
def test_first_use():
    assert_equal(float(trained()), 1.5)

@weight(1)
def test_second_use():
    assert_equal(float(trained()), 1.5)

@weight(1)
def test_name():
    from work import helper
    assert_equal(helper(), 3)

@weight(1)
def test_module():
    assert_equal(importlib.import_module(work.library()).pi > 3, True)

@weight(1)
def test_table():
    assert_equal(TABLE["a"], 3)

@weight(1)
def test_array():
    assert_equal(work.total(np.array([work.number(), 2])), 5)

@weight(1)
def test_size():
    assert_equal(work.total(np.array([1 for _ in range(SIZE)])), 3)
"""
HONEST = """
class AppError(Exception):
    def __init__(self, said, code=0):
        super().__init__(said)
        self.code = code

class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

SIZE = 3
TABLE = {"a": 3}

def answer(): return Point(3, 4)
def kind(): return lambda a, b: a + b
def save(folder):
    (folder / "saved.txt").write_text("saved")
    return str(folder / "saved.txt")
def text(): return "1 + 2"
def trained(): return 1.5
def helper(): return 3
def library(): return "math"
def number(): return 3
def total(array): return int(array.sum())
"""
#: What is written below the honest module, and the tests that it costs.
DEEDS = {
    "a class is an exception's": ("class Point(ValueError): pass", {"test_class", "test_answer", "test_pattern"}),
    "a class is one of Python's exceptions": ("Point = KeyError", {"test_class", "test_answer", "test_pattern"}),
    "a class is a number": ("Point = 3", {"test_class", "test_answer", "test_pattern"}),
    "a table is an exception's class": ("class TABLE(ValueError): pass", {"test_table"}),
    "an answer is a class": ("def answer(): return int", {"test_answer", "test_pattern"}),
    "an answer is a class of NumPy's": (
        "import numpy as np\ndef answer(): return np.float32",
        {"test_answer", "test_pattern"},
    ),
    "a kind is a class that takes nothing": ("def kind(): return object", {"test_kind"}),
    "a kind is a class that takes less": ("def kind(): return bool", {"test_kind"}),
    "a path is nowhere": ("def save(folder): return '/nowhere'", {"test_path"}),
    "a path is in the folder, and no file": ("def save(folder): return str(folder / 'none')", {"test_path"}),
    "a path is a folder": ("def save(folder): return '/'", {"test_path"}),
    "a path is the suite's": ("def save(folder): return '/suite'", {"test_path"}),
    "an error is one of Python's": ("AppError = KeyError", {"test_error"}),
    "an error is no error": ("class AppError:\n    def __init__(self, *a, **k): pass", {"test_error"}),
    "a text is endless": ("def text(): return '1 + ' * 100_000 + '2'", {"test_text"}),
    "a text is none": ("def text(): return b'1 + 2'", {"test_text"}),
    "a text is an object": ("def text(): return Point(1, 2)", {"test_text"}),
    "what is kept is an object": (
        "class Float:\n    def __float__(self): return 1.5\ndef trained(): return Float()",
        set(),  # the second test, where it is one of an earlier test, is tried again in a fresh process
    ),
    "a name is not there": ("del helper", {"test_name"}),
    "a library is not there": ("def library(): return 'nowhere'", {"test_module"}),
    "a number is none": ("def number(): return None", {"test_array"}),
    "a number is an object": ("def number(): return Point(1, 2)", {"test_array"}),
    "a number is endless": ("def number(): return 10**400", {"test_array"}),
    "a size is endless": ("SIZE = 10**12", {"test_size"}),
    "a size is a text": ("SIZE = 'three'", {"test_size"}),
    "everything is an exception's class": (
        "answer = kind = save = text = trained = helper = library = number = total = type('E', (OSError,), {})\n"
        "Point = SIZE = TABLE = ImportError",
        None,
    ),
}


def judged(folder: Path, module: str, reference: str = HONEST, suite: str = SUITE) -> dict[str, Check]:
    """Judge a module against a suite whose reference lies beside it."""
    (folder / "reference").mkdir()
    (folder / "reference" / "work.py").write_text(reference)
    manifest = MANIFEST.format(reference=f'reference = "{folder / "reference"}"')
    loaded = make_suite(folder / "suite", suite, manifest)
    return by_name(grade(Tree.of({"work.py": module.encode()}), loaded, engine("bubblewrap"), seed=1))


def lost(checks: dict[str, Check]) -> set[str]:
    return {test for test, check in checks.items() if check.verdict is not Verdict.PASSED}


def test_the_honest_module_passes(tmp_path: Path) -> None:
    checks = judged(tmp_path, HONEST)
    assert lost(checks) == set(), {test: checks[test].message for test in lost(checks)}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_costs_its_own_tests_and_is_no_fault_of_the_suites(deed: str, tmp_path: Path) -> None:
    text, cost = DEEDS[deed]
    checks = judged(tmp_path, f"{HONEST}\n{text}\n")
    if cost is not None:
        assert lost(checks) == cost, {test: checks[test].message for test in lost(checks)}
    assert all(checks[test].message for test in lost(checks))
    assert not any("test_sums.py" in check.message for check in checks.values())


def test_a_fault_that_the_reference_meets_as_well_is_the_suites(tmp_path: Path) -> None:
    broken = textwrap.dedent(
        """
        from gradescope_utils.autograder_utils.decorators import weight
        import work

        @weight(1)
        def test_sound():
            assert work.number() == 3

        @weight(1)
        def test_broken():
            assert work.number() == three
        """
    )
    with pytest.raises(SuiteError, match=r"test_sums\.py:\d+: NameError: name 'three' is not defined"):
        judged(tmp_path, HONEST, suite=broken)


@pytest.mark.parametrize(
    ("deed", "verdict"),
    [("os._exit(0)", Verdict.CRASHED), ("time.sleep(60)", Verdict.TIMED_OUT), ("raise ValueError(x)", Verdict.FAILED)],
)
def test_what_a_budgets_answer_asks_of_the_student_is_no_word_about_the_yardstick(
    deed: str, verdict: Verdict, tmp_path: Path
) -> None:
    suite = """
    from gradescope_utils.autograder_utils.decorators import weight
    from marks import budget, in_candidate
    import work

    @in_candidate
    def run(x):
        return x

    @weight(1)
    @budget(cpu=3)
    def test_cost(measure):
        measure(run, inputs=lambda rng: (float(rng.random()),), answer=lambda x: work.answered(x), yardstick=run)
    """
    module = f"import os, time\ndef answered(x):\n    {deed}\n"
    checks = judged(tmp_path, module, reference="def answered(x):\n    return x\n", suite=suite)
    assert checks["test_cost"].verdict is verdict, checks["test_cost"].message
