"""A later module pays for no earlier one: what is missing or fails is the reference's, and its student is told so."""

from pathlib import Path

import pytest

from grader.result import RunResult
from grader.source import Tree
from grader.suite.manifest import Suite, load_suite
from grader.supervisor.course import earlier_modules
from grader.supervisor.course.earlier_modules import FAILS_THERE, FAILS_THERE_TOO, PASSES_THERE
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import ENGINES, by_name, engine, make_suite

pytestmark = pytest.mark.timeout(180)

TABLE = """
course = "Nets"
first = "first"
topic = [
    {name = "first", title = "First", suite = "m1", tier = "t", names = ["double"], constants = []},
    {name = "second", title = "Second", suite = "m2", tier = "t", names = ["quadruple"], constants = []},
    {name = "third", title = "Third", suite = "m3", tier = "t", names = ["eightfold"], constants = []},
]

[[edition]]
name = "only"
title = "Nets"
is_offered = true
signs = []
modules = [
    {number = "01", topic = "first", module = "nets.first", needs = [], also_at = []},
    {number = "02", topic = "second", module = "nets.second", needs = ["first"], also_at = []},
    {number = "03", topic = "third", module = "nets.third", needs = ["first", "second"], also_at = []},
]
"""
MANIFEST = """
title = "Third"
topic = "third"
package = "nets"
modules = ["nets.first", "nets.second", "nets.third"]
needs = ["first", "second"]
reference = "{reference}"

[limits]
test_wall_seconds = 3
test_cpu_seconds = 2
import_wall_seconds = 3
memory_bytes = 268435456
"""
TESTS = """
from gradescope_utils.autograder_utils.decorators import weight
from nets.third import eightfold, sixfold, three, twofold

@weight(4)
def test_eightfold(rng):
    x = int(rng.integers(100, 10000))
    assert eightfold(x) == 8 * x

@weight(2)
def test_twofold(rng):
    x = int(rng.integers(100, 10000))
    assert twofold(x) == 2 * x

@weight(1)
def test_sixfold(rng):
    x = int(rng.integers(100, 10000))
    assert sixfold(x) == 6 * x

@weight(1)
def test_three():
    assert three() == 3

@weight(0)
def test_to_think_about():
    assert twofold(2) == 4
"""
REFERENCE = {
    "nets/__init__.py": "",
    "nets/first.py": "SECRET = 'of the reference'\ndef double(x):\n    return 2 * x\n",
    "nets/second.py": "from nets.first import double\ndef quadruple(x):\n    return double(double(x))\n",
    "nets/third.py": "",
}
FIRST = "def double(x):\n    return x + x\n"
SECOND = "from nets.first import double\ndef quadruple(x):\n    y = double(x)\n    return double(y)\n"
THIRD = """
from nets.first import double
from nets.second import quadruple

def eightfold(x):
    return double(quadruple(x))

def sixfold(x):
    return quadruple(x) + double(x)

def twofold(x):
    return double(x)

def three():
    return 3
"""
REFERENCE["nets/third.py"] = THIRD
RIGHT = {"nets/__init__.py": "", "nets/first.py": FIRST, "nets/second.py": SECOND, "nets/third.py": THIRD}
WRONG_FIRST = FIRST.replace("x + x", "x + 1")
WRONG_SECOND = SECOND.replace("double(y)", "y")
FIRST_FAILS = "Module 01 (nets/first.py) fails in what this one builds on; graded on the reference's."
SECOND_FAILS = "Module 02 (nets/second.py) fails in what this one builds on; graded on the reference's."
FIRST_IS_MISSING = "Module 01 (nets/first.py) is missing; graded on the reference's."


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    Tree.of({path: text.encode() for path, text in REFERENCE.items()}).write_to(tmp_path / "reference")
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "modules.toml").write_text(TABLE)
    return make_suite(tmp_path / "suites", TESTS, MANIFEST.format(reference=tmp_path / "reference"))


def graded(suite: Suite, files: dict[str, str | None], name: str = "bubblewrap") -> RunResult:
    """Grade a right submission with some of its files changed or taken away."""
    tree = Tree.of({path: text.encode() for path, text in {**RIGHT, **files}.items() if text is not None})
    return grade(tree, suite, engine(name), seed=5)


@pytest.mark.bubblewrap
def test_right_work_is_judged_once(suite: Suite) -> None:
    result = graded(suite, {})
    assert (result.score, result.notes, result.provenance["looked_again"]) == (8, (), False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("files", "notes"),
    [
        ({"nets/first.py": None}, [FIRST_IS_MISSING]),
        ({"nets/first.py": WRONG_FIRST}, [FIRST_FAILS]),
        ({"nets/first.py": WRONG_FIRST, "nets/second.py": WRONG_SECOND}, [FIRST_FAILS, SECOND_FAILS]),
    ],
    ids=["missing", "wrong", "both wrong"],
)
def test_an_earlier_module_costs_a_later_one_nothing(
    name: str, files: dict[str, str | None], notes: list[str], suite: Suite
) -> None:
    result = graded(suite, files, name)
    assert (result.score, result.max_score) == (8, 8)
    assert list(result.notes) == notes
    assert by_name(result)["test_three"].message == ("" if files["nets/first.py"] else PASSES_THERE)
    assert by_name(result)["test_eightfold"].message == PASSES_THERE
    assert by_name(result)["test_to_think_about"].verdict is Verdict.PASSED


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    "first",
    [
        "def double(:\n",
        "raise RuntimeError('at import')\n",
        "input('What is your name? ')\n" + FIRST,
        "import a_package_that_is_not_here\n" + FIRST,
        "def twice(x):\n    return x + x\n",
        "while True:\n    pass\n",
        "import os\nos._exit(0)\n",
        "def double(x):\n    while True:\n        pass\n",
        "\x00",
        "",
    ],
    ids=["syntax", "raises", "input", "import", "name", "endless", "exit", "endless call", "NUL", "empty"],
)
def test_it_does_not_matter_how_an_earlier_module_fails(first: str, suite: Suite) -> None:
    result = graded(suite, {"nets/first.py": first})
    assert result.score == 8
    assert FIRST_FAILS in result.notes


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_the_module_to_blame_is_named_and_no_other(suite: Suite) -> None:
    assert graded(suite, {"nets/second.py": WRONG_SECOND}).notes == (SECOND_FAILS,)
    without = graded(suite, {"nets/second.py": None, "nets/first.py": WRONG_FIRST})
    assert without.score == 8
    assert set(without.notes) == {FIRST_FAILS, "Module 02 (nets/second.py) is missing; graded on the reference's."}


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_modules_that_fail_only_together_are_named_together(suite: Suite) -> None:
    first = "def double(x, times=2):\n    return x + x\n"
    second = (
        "from nets.first import double\ndef quadruple(x):\n    return 4 * x if double.__code__.co_argcount < 2 else x\n"
    )
    result = graded(suite, {"nets/first.py": first, "nets/second.py": second})
    assert result.score == 8
    (note,) = result.notes
    assert note.startswith("Your earlier modules (nets/first.py, nets/second.py) fail together")


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_slip_in_the_module_itself_is_its_own(suite: Suite) -> None:
    third = THIRD.replace("quadruple(x) + double(x)", "quadruple(x)")
    result = graded(suite, {"nets/third.py": third})
    assert (result.score, result.notes, result.provenance["looked_again"]) == (7, (), True)
    assert FAILS_THERE_TOO not in by_name(result)["test_sixfold"].message

    result = graded(suite, {"nets/third.py": third, "nets/first.py": WRONG_FIRST})
    assert (result.score, result.notes) == (7, (FIRST_FAILS,))
    assert FAILS_THERE_TOO in by_name(result)["test_sixfold"].message

    unwritten = THIRD.replace("return ", "return None and ")
    result = graded(suite, {"nets/third.py": unwritten, "nets/first.py": None})
    assert result.score == 0
    assert result.notes == (
        "Module 01 (nets/first.py) is missing; graded on the reference's, where what fails without it fails as well.",
    )
    assert FAILS_THERE_TOO in by_name(result)["test_eightfold"].message


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize("first", [None, WRONG_FIRST], ids=["missing", "wrong"])
@pytest.mark.parametrize(
    "deed", ["print(words)", "raise ValueError(words)", "return words", "return type(words, (int,), {})(3)"]
)
def test_nothing_of_the_reference_can_be_said(deed: str, first: str | None, suite: Suite) -> None:
    """Beside the reference the student's code can read it: what it says then is shown to nobody."""
    telling = (
        f"import nets.first\n    words = open(nets.first.__file__).read().replace(chr(10), ' ')\n    {deed}\n    return"
    )
    third = THIRD.replace("def eightfold(x):\n    return", f"def eightfold(x):\n    {telling}")
    third = third.replace("def three():\n    return", f"def three():\n    {telling}")
    result = graded(suite, {"nets/first.py": first, "nets/third.py": third})
    assert by_name(result)["test_twofold"].points == 2  # it ran beside the reference
    assert "of the reference'" not in result.to_json()
    assert "SECRET" not in result.to_json()


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_nobody_has_two_tries_at_one_check(suite: Suite) -> None:
    """What answers otherwise beside the reference gets the better of the two wholes, not the best of every check."""
    third = """
    import nets.first
    IS_THERE = hasattr(nets.first, "SECRET")
    def eightfold(x):
        return 8 * x if IS_THERE else 0
    def sixfold(x):
        return 0 if IS_THERE else 6 * x
    def twofold(x):
        return 0 if IS_THERE else 2 * x
    def three():
        return 3
    """.replace("\n    ", "\n")
    result = graded(suite, {"nets/third.py": third})
    assert result.score == 5
    assert {name for name, check in by_name(result).items() if check.points} == {"test_eightfold", "test_three"}
    assert by_name(result)["test_twofold"].message == FAILS_THERE
    mirrored = third.replace("IS_THERE = ", "IS_THERE = not ").replace("2 * x", "0")
    assert graded(suite, {"nets/third.py": mirrored}).score == 5


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_nothing_stands_in_where_it_must_not(suite: Suite, tmp_path: Path) -> None:
    """For the module itself, in a milestone, which is about all of them, and where no course's table is."""
    nothing = graded(suite, {"nets/third.py": None, "nets/first.py": None})
    assert (nothing.score, nothing.provenance["looked_again"]) == (0, False)

    manifest = suite.folder / "suite.toml"
    milestone = manifest.read_text().replace('topic = "third"\n', "")
    manifest.write_text(milestone)
    assert graded(load_suite(suite.folder), {"nets/first.py": WRONG_FIRST}).score == 1
    (suite.folder.parent / "modules.toml").unlink()
    assert graded(load_suite(suite.folder), {"nets/first.py": WRONG_FIRST}).score == 1


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_run_that_has_no_time_left_keeps_what_it_found(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.supervisor.supervised import SupervisedRun

    plain = SupervisedRun.judge_all

    def late(run: SupervisedRun, *args: object) -> object:
        found = plain(run, *args)  # type: ignore[arg-type]
        run.deadline = 0.0
        return found

    monkeypatch.setattr(SupervisedRun, "judge_all", late)
    result = graded(suite, {"nets/first.py": WRONG_FIRST})
    assert (result.score, result.notes) == (1, (earlier_modules.NO_TIME,))
