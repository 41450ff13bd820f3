"""Which package is graded: one rule, a fixed table of cases, and a sentence for every other (threat T39)."""

import pytest

from grader.errors import SourceError
from grader.source import Package, Tree, find_package, prepare_package, prepare_packages
from tests.grader.source.sources import is_plain, make_notebook

FOUND = {
    "at the top": (["tinytorch/__init__.py", "README.md"], "", "tinytorch"),
    "without __init__": (["tinytorch/core/tensor.py"], "", "tinytorch"),
    "one file": (["tinytorch.py", "tests/test_x.py"], "", "tinytorch.py"),
    "in src": (["src/tinytorch/__init__.py", "setup.py"], "src", "src/tinytorch"),
    "only src": (["src/tinytorch/__init__.py"], "src", "src/tinytorch"),
    "in the only folder": (["hw1/tinytorch/__init__.py", "hw1/README.md"], "hw1", "hw1/tinytorch"),
    "in its src": (["hw1/src/tinytorch/__init__.py", "hw1/README.md"], "hw1/src", "hw1/src/tinytorch"),
    "a project of its name": (
        ["tinytorch/tinytorch/__init__.py", "tinytorch/setup.py"],
        "tinytorch",
        "tinytorch/tinytorch",
    ),
    "a project of its name in capitals": (
        ["TinyTorch/tinytorch/__init__.py", "TinyTorch/setup.py"],
        "TinyTorch",
        "TinyTorch/tinytorch",
    ),
    "a project in capitals beside other files": (
        ["TinyTorch/tinytorch/core/x.py", "TinyTorch/tito/main.py", "README.py"],
        "TinyTorch",
        "TinyTorch/tinytorch",
    ),
    "a part of its name": (["tinytorch/__init__.py", "tinytorch/tinytorch/x.py"], "", "tinytorch"),
    "names that only begin so": (["tinytorch/a.py", "tinytorch_old/a.py", "tinytorch2.py"], "", "tinytorch"),
    "a folder without Python beside": (["tinytorch.py", "tinytorch/README.md"], "", "tinytorch.py"),
    "two levels deep": (
        ["m01-main/m01/tinytorch/__init__.py", "m01-main/m01/x.md"],
        "m01-main/m01",
        "m01-main/m01/tinytorch",
    ),
    "beside other files": (["a/b/tinytorch/__init__.py", "x.py"], "a/b", "a/b/tinytorch"),
    "beside other folders": (["hw1/tinytorch/__init__.py", "hw2/x.py"], "hw1", "hw1/tinytorch"),
    "a project two levels deep": (
        ["a/b/tinytorch/tinytorch/core/x.py", "y.py"],
        "a/b/tinytorch",
        "a/b/tinytorch/tinytorch",
    ),
    "one file two levels deep": (["a/b/tinytorch.py", "y.py"], "a/b", "a/b/tinytorch.py"),
}
REFUSED = {
    "a clone without the package": (["TinyTorch/src/01_tensor/01_tensor.py", "TinyTorch/setup.py"], "has no package"),
    "a clone with notebooks": (["TinyTorch/modules/01_tensor/x.ipynb", "TinyTorch/setup.py"], "has no package"),
    "nothing": ([], "has no package 'tinytorch'"),
    "other things": (["main.py", "core/tensor.py"], "has no package"),
    "several far down": (["a/b/tinytorch/x.py", "a/c/tinytorch/x.py"], "more than once: 'a/b/tinytorch' and 'a/c/tiny"),
    "far down and misspelt": (["a/b/Tinytorch/x.py", "y.py"], "names it 'a/b/Tinytorch'; rename it"),
    "no Python": (["tinytorch/README.md"], "has no package"),
    "file and folder": (["tinytorch.py", "tinytorch/__init__.py"], "more than once: 'tinytorch.py' and 'tinytorch'"),
    "top and src": (["tinytorch/a.py", "src/tinytorch/a.py"], "more than once: 'tinytorch' and 'src/tinytorch'"),
    "other case": (["TinyTorch/__init__.py"], "must be named 'tinytorch', but the submission names it 'TinyTorch'"),
    "other case file": (["Tinytorch.py"], "must be named 'tinytorch', but"),
    "both cases": (["tinytorch/a.py", "TinyTorch.py"], "more than once"),
}


def tree_of(paths: list[str]) -> Tree:
    """Return a tree of empty files."""
    return Tree.of(dict.fromkeys(paths, b""))


@pytest.mark.parametrize(("paths", "root", "path"), FOUND.values(), ids=FOUND)
def test_the_package_is_found(paths: list[str], root: str, path: str):
    """T39: every case of the table in docs/submissions.md."""
    assert find_package(tree_of(paths), "tinytorch") == Package(root, path)


@pytest.mark.parametrize(("paths", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_missing_or_ambiguous_package_is_one_sentence(paths: list[str], sentence: str):
    """T39: nothing is guessed."""
    with pytest.raises(SourceError, match=sentence) as refusal:
        find_package(tree_of(paths), "tinytorch")
    assert is_plain(str(refusal.value))


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (
            ["tinytorch/a.py", "my work/tinytorch/a.py"],
            "Graded was the package 'tinytorch'. There is another one in 'my work/",
        ),
        (
            ["src/tinytorch/a.py", "old/TinyTorch/a.py"],
            "Graded was the package 'src/tinytorch'. There is another one in 'old/",
        ),
        (
            ["hw/tinytorch/a.py", "hw/new/tinytorch/a.py"],
            "Graded was the package 'hw/tinytorch'. There is another one in 'hw/n",
        ),
        (["hw/one/tinytorch/a.py"], "The package was found in 'hw/one/tinytorch' and graded there"),
        (["tinytorch/a.py", "tinytorch/tinytorch/a.py"], ""),
        (["tinytorch/tinytorch/a.py"], ""),
        (["hw/tinytorch/a.py"], ""),
    ],
)
def test_a_package_at_an_odd_place_or_beside_another_is_said(paths: list[str], words: str):
    """The untouched starter at the top must not be graded without a word about the work that lies elsewhere."""
    notes = prepare_package(tree_of(paths), "tinytorch").notes
    assert [note[: len(words)] for note in notes] == ([words] if words else [])


def test_the_prepared_tree_starts_where_the_package_lies():
    """The sandbox gets the folder that goes on the import path, and all notes arrive with it."""
    notebook = make_notebook("#| default_exp core.tensor\n", "#| export\nx = 1\n")
    tree = Tree.of({"hw1/src/tinytorch/__init__.py": b"", "hw1/modules/01/tensor.ipynb": notebook})
    prepared = prepare_package(tree, "tinytorch", notebooks="older")
    assert prepared.tree.paths == ("tinytorch/__init__.py", "tinytorch/core/__init__.py", "tinytorch/core/tensor.py")
    assert prepared.notes == ("hw1/src/tinytorch/core/tensor.py was assembled from hw1/modules/01/tensor.ipynb.",)
    line = prepared.tree.read("tinytorch/core/tensor.py").decode().split("\n").index("x = 1") + 1
    assert prepared.lines.locate("tinytorch/core/tensor.py", line) == "hw1/modules/01/tensor.ipynb, cell 2, line 2"


def test_several_packages_are_seen_from_the_folder_that_holds_them() -> None:
    tree = tree_of(["hw1/leap.py", "hw1/clock/__init__.py", "hw1/README.md"])
    prepared = prepare_packages(tree, ["leap", "clock"])
    assert set(prepared.tree.paths) == {"leap.py", "clock/__init__.py", "README.md"}
    assert prepared.notes == ()


def test_one_package_that_is_missing_beside_others_is_told_of() -> None:
    prepared = prepare_packages(tree_of(["clock.py", "leep.py"]), ["leap", "clock"])
    assert prepared.notes[0].startswith("The submission has no package 'leap'")
    assert prepared.notes[0].endswith("If 'leep.py' is meant, rename it to 'leap.py'.")


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        (
            ["src/leap.py", "clock.py"],
            "The packages lie in different folders: 'src/leap.py' and 'clock.py'; put them",
        ),
        (["x.txt"], "The submission has no package 'leap'"),
    ],
)
def test_packages_that_cannot_be_seen_together_refuse_the_submission(paths: list[str], sentence: str) -> None:
    with pytest.raises(SourceError) as refused:
        prepare_packages(tree_of(paths), ["leap", "clock"])
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("notebook", "words"),
    [
        (b"<!DOCTYPE html>", "not a valid Jupyter notebook"),
        ('{"cells": []}'.encode("utf-16"), "not UTF-8 text"),
        (b'{"worksheets": [], "nbformat": 3}', "has not written since 2015"),
        (b'{"cells": [{"cell_type": "code", "source": "#| export\\nx = 1"}], "nbformat": 4}', "default_exp"),
    ],
)
def test_where_no_package_was_made_of_notebooks_it_is_said_why(notebook, words):
    with pytest.raises(SourceError, match=rf"has no package 'leap'.*work\.ipynb.*{words}"):
        prepare_package(Tree.of({"work.ipynb": notebook}), "leap")


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("tensor.py", "found tensor.py: move it to tinytorch/core/tensor.py."),
        ("core/tensor.py", "found core/tensor.py: move it to tinytorch/core/tensor.py."),
        ("modules/01_tensor/tensor.py", "found modules/01_tensor/tensor.py: move it to tinytorch/core/tensor.py."),
        ("tinytorc/core/tensor.py", "If 'tinytorc/' is meant, rename it to 'tinytorch/'."),
        ("src/01_tensor/01_tensor.py", "belongs at its top or in 'src/'."),
        ("work.py", "If 'work.py' is meant, rename it to 'tinytorch.py'."),
    ],
)
def test_a_required_file_at_a_wrong_place_is_moved_and_no_folder_above_it_renamed(path: str, end: str) -> None:
    """A single `tensor.py` was to be renamed to `tinytorch.py`, and `modules/` to `tinytorch/`."""
    with pytest.raises(SourceError) as refused:
        prepare_packages(tree_of([path]), ["tinytorch"], required_files=["tinytorch/core/tensor.py"])
    assert str(refused.value).endswith(end)
    assert str(refused.value).count(" is meant") + str(refused.value).count("found ") == (0 if "belongs" in end else 1)
