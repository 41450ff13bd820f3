"""The table of a course: editions are told apart by what a repository holds, and what names a missing topic is refused."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.source import Tree
from grader.suite.course_table import read_course_table
from grader.suite.manifest import load_suite

SUITES = Path(__file__).parents[3] / "test_suites"
TABLE = read_course_table(SUITES)
SMALL = """
course = "Sums"
first = "one"
topic = [{name = "one", title = "One", suite = "m1_one", tier = "t", names = ["f"], constants = []}]

[[edition]]
name = "old"
title = "Sums of old"
is_offered = true
signs = []
modules = [{number = "01", topic = "one", module = "sums", needs = [], also_at = []}]
"""


@pytest.mark.parametrize(
    ("files", "edition"),
    [
        ({"modules/05_autograd/autograd.ipynb": b"{}", "tinytorch/core/tensor.py": b"class Tensor: ..."}, "0.1.0"),
        ({"tinytorch/core/transformer.py": b""}, "0.1.0"),
        ({"src/05_dataloader/05_dataloader.py": b""}, "0.1.10"),
        ({"work/tinytorch/core/transformers.py": b""}, "0.1.10"),
        ({"src/05_dataloader/x.py": b"", "tinytorch/core/tensor.py": b"\nclass Function:\n"}, "0.1.14"),
        ({"tinytorch/core/tensor.py": b"class Tensor: ..."}, None),
        ({"my_tinytorch/core/transformers.py": b"", "05_dataloader.md": b"", "x05_dataloader/a.py": b""}, None),
    ],
)
def test_an_edition_is_told_by_what_a_repository_holds(files: dict[str, bytes], edition: str | None) -> None:
    found = TABLE.recognise(Tree.of(files))
    assert (found.name if found else None) == edition


def test_who_follows_another_edition_reads_which_one_the_course_uses_and_what_differs() -> None:
    note = TABLE.note_on_edition(Tree.of({"src/05_dataloader/05_dataloader.py": b""}))
    assert note.startswith(
        "Your repository looks like TinyTorch 0.1.10, of April 2026; this course uses TinyTorch 0.1.0, of December 2025."
    )
    assert "Autograd is module 06 there and 05 here" in note
    assert (
        "Transformers lives in tinytorch/core/transformers.py there and in tinytorch/core/transformer.py here" in note
    )
    assert "Tensor" not in note
    assert len(note) < 1_500
    assert TABLE.note_on_edition(Tree.of({"05_autograd/a.py": b""})) == ""
    assert TABLE.note_on_edition(Tree.of({"a.py": b""})) == ""


def test_a_suite_of_the_course_says_so_and_any_other_says_nothing(tmp_path: Path) -> None:
    tree = Tree.of({"src/05_dataloader/05_dataloader.py": b""})
    assert load_suite(SUITES / "m01_tensor").notes_on(tree) == (TABLE.note_on_edition(tree),)
    folder = tmp_path / "own" / "sums"
    folder.mkdir(parents=True)
    (folder.parent / "conftest.py").write_text("")
    (folder / "suite.toml").write_text('title = "Sums"\npackage = "sums"\n')
    (folder / "test_sums.py").write_text("def test_one(): ...\n")
    assert load_suite(folder).notes_on(tree) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('first = "one"', 'first = "two"'), "'two' is missing or not known"),
        (("needs = []", 'needs = ["three"]'), "'three' is missing or not known"),
        (('topic = "one", module', 'topic = "four", module'), "'four' is missing or not known"),
        (("signs = []\n", ""), "'signs' is missing or not known"),
        (("signs = []", 'signs = [{where = "a"}]'), "cannot be read: .*'where'"),
        (("is_offered = true", "is_offered = false"), "offers no edition"),
        (("course = ", "course "), "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    assert change[0] in SMALL
    (tmp_path / "modules.toml").write_text(SMALL.replace(*change))
    with pytest.raises(SuiteError, match=words):
        read_course_table(tmp_path)
    (tmp_path / "modules.toml").write_text(SMALL)
    assert read_course_table(tmp_path).offered.modules["one"].file == "sums.py"


def test_an_edition_that_is_not_known_is_refused_with_those_that_are() -> None:
    assert TABLE.edition("0.1.0") is TABLE.offered
    with pytest.raises(SuiteError, match=r"There is no edition '7'; choose 0\.1\.0\."):
        TABLE.edition("7")
