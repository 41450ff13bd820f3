"""Submissions that compute nothing: what is made of a reference, what a suite lists, and what a suite loses that pays them."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.authoring.scaffold import new_suite
from grader.suite.check.checker import Checker
from grader.suite.check.grading import Grading
from grader.suite.check.liars import liars_of, made_liars
from grader.suite.manifest import load_suite
from tests.grader.engines import engine

SOURCE = """
LIMIT = 3


class Box:
    name = "box"

    def __init__(self, width, *, depth=LIMIT):
        self.volume = width * depth

    def scale(self, factor):
        return Box(self.width * factor)

    def area(self):
        return 2 * self.width


def double(x, y=1):
    return 2 * x * y


def now():
    return LIMIT


async def later(x):
    return 2 * x


triple = lambda x: 3 * x
"""


@pytest.mark.parametrize(
    ("liar", "answers"),
    [
        ("answers_nothing", (None, None, None, None)),
        ("answers_zeros", (0.0, 0.0, 0.0, 0.0)),
        ("hands_inputs_back", (5, "itself", 4, None)),
    ],
)
def test_a_liar_has_every_name_and_flag_and_computes_nothing(liar: str, answers: tuple) -> None:
    names: dict = {}
    exec(made_liars(SOURCE)[liar], names)
    box = names["Box"](7)
    assert (names["LIMIT"], box.name, box.width, box.depth) == (3, "box", 7, 3)
    found = (box.scale(5), "itself" if box.area() is box else box.area(), names["double"](4), names["now"]())
    assert found == answers
    with pytest.raises(StopIteration) as coroutine:
        names["later"](4).send(None)
    assert (coroutine.value.value, names["triple"](4)) == (found[2], found[2])


def test_a_suite_lists_liars_of_its_own_beside_those_that_are_made(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    found = liars_of(Grading(load_suite(folder), engine("bubblewrap")))
    assert [(liar.name, [*liar.files]) for liar in found[-2:]] == [
        ("hands_inputs_back", ["work.py"]),
        ("says_what_is_wrong", ["work.py"]),
    ]


def test_a_liar_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "mutants" / "nothing" / "other.py").write_text("# file: elsewhere.py\n")
    with pytest.raises(SuiteError, match=r"other.py:1: the reference has no file elsewhere.py"):
        liars_of(Grading(load_suite(folder), engine("bubblewrap")))


def several(folder: Path, manifest: str, files: dict[str, str]) -> Grading:
    """Return the grading of a suite about several files of the student's."""
    folder = new_suite("week_1", folder)
    (folder / "suite.toml").write_text(f'title = "Several"\nreference = "reference"\n{manifest}\n')
    (folder / "reference" / "work.py").unlink()
    for path, text in files.items():
        (folder / "reference" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "reference" / path).write_text(text)
    (folder / "mutants" / "nothing" / "says_what_is_wrong.py").write_text("# file: b.py\ndef two(): return 'no'\n")
    return Grading(load_suite(folder), engine("bubblewrap"))


ONE, TWO = "def one(): return 1\n", "def two(): return 2\n"


@pytest.mark.parametrize(
    ("manifest", "files"),
    [
        ('packages = ["a", "b"]', {"a.py": ONE, "b.py": TWO}),
        ('packages = ["a", "b"]\nmodules = ["b", "a"]', {"a.py": ONE, "b.py": TWO}),
        ('packages = ["a", "b"]', {"a/__init__.py": "", "a/core.py": ONE, "b.py": TWO}),
        (
            'packages = ["a", "b"]\nmodules = ["a.core.deep", "b"]',
            {"a/core/deep.py": ONE, "a/core/x.py": ONE, "b.py": TWO},
        ),
    ],
)
def test_who_computes_nothing_does_so_in_every_file_of_the_students(
    manifest: str, files: dict[str, str], tmp_path: Path
) -> None:
    grading = several(tmp_path, manifest, {**files, "beside.py": ONE})
    starter = grading.starter()
    for path in files:
        assert "return" not in starter.read(path).decode()
    assert starter.read("beside.py").decode() == ONE
    for liar in liars_of(grading):
        assert liar.files.keys() == files.keys()
        texts = " ".join(liar.files.values())
        assert "return 1" not in texts
        assert "return 2" not in texts
    assert liars_of(grading)[-1].files["b.py"].endswith("return 'no'\n")
    assert {*grading.mutated_files()} == {*files}


PAYS_FOR_NOTHING = """
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from work import clamp


@weight(10)
@number("1")
def test_leaves_numbers_in_between_alone():
    assert_equal(clamp(4, 0, 10), 4)
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_suite_that_pays_who_hands_inputs_back_is_told_so(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "test_values.py").write_text(PAYS_FOR_NOTHING)
    mutant = folder / "mutants" / "forgets_the_upper_limit.mutant"
    mutant.write_text(
        mutant.read_text().replace("test_clamps_numbers_on_both_sides", "test_leaves_numbers_in_between_alone")
    )
    (rule,) = [
        rule for rule in Checker(load_suite(folder), engine("bubblewrap")).check().rules if "nothing for" in rule.name
    ]
    assert rule.findings == [
        f"{name} gets 100.0%: test_values.py::test_leaves_numbers_in_between_alone 10"
        for name in ("hands_inputs_back", "says_what_is_wrong")
    ]
