"""A push from which the repository's own .gitignore took the work says so, with the line that did it."""

import pytest

from grader.errors import SourceError
from grader.source import Tree
from grader.source.hints.ignored import describe_ignored
from grader.source.hints.missing_file import describe_missing_files
from grader.source.package import find_package

WANTED = "tinytorch/core/tensor.py"
IGNORING = {
    "a file by its name": ("tensor.py", "tensor.py"),
    "a kind of file": ("*.py\n!tinytorch/__init__.py", "*.py"),
    "a folder": ("tinytorch/", "tinytorch/"),
    "a folder from the top": ("/tinytorch/core", "/tinytorch/core"),
    "what is in a folder": ("# generated\n\ntinytorch/core/*\n!tinytorch/core/__init__.py\n", "tinytorch/core/*"),
    "any depth": ("**/core/*.py", "**/core/*.py"),
    "a folder cannot be entered again": ("tinytorch/\n!tinytorch/core/tensor.py", "tinytorch/"),
    "Windows lines": ("tinytorch/core/*\r\n", "tinytorch/core/*"),
}
NOT_IGNORING = [
    "", "# tinytorch/", "*.pyc", "/core/", "tensor.py/", "tinytorch/*.py", "tensor.py\n!tensor.py", "TINYTORCH/"
]  # fmt: skip


@pytest.mark.parametrize("case", IGNORING)
def test_the_line_that_keeps_the_work_away_is_named(case):
    text, line = IGNORING[case]
    tree = Tree.of({".gitignore": text.encode(), "README.md": b""})
    assert f"by its line '{line}'" in describe_ignored(tree, [WANTED])
    assert f"by its line '{line}'" in describe_missing_files(tree, [WANTED])[0]


@pytest.mark.parametrize("text", NOT_IGNORING)
def test_other_lines_are_not_blamed(text):
    assert describe_ignored(Tree.of({".gitignore": text.encode()}), [WANTED]) == ""


def test_nothing_is_said_of_what_is_there():
    tree = Tree.of({".gitignore": b"*.py", WANTED: b""})
    assert describe_ignored(tree, [WANTED]) == ""


def test_a_push_without_any_work_names_the_courses_own_lines():
    """What the course's installer leaves in each repository: all of modules/ but its README, all that is generated."""
    lines = b"modules/*\n!modules/README.md\ntinytorch/core/*.py\n!tinytorch/core/__init__.py\n.tito/\n"
    tree = Tree.of({".gitignore": lines, "modules/README.md": b"", "pyproject.toml": b""})
    with pytest.raises(
        SourceError, match=r"has no package 'tinytorch'.* Your \.gitignore keeps such work out .*git add -f"
    ):
        find_package(tree, "tinytorch")


@pytest.mark.parametrize("line", ["**/" * 60 + "z", "**/*/" * 38 + "z", "/" + "**/" * 60 + "*/z"])
def test_a_line_of_many_folders_is_soon_looked_at(line, monkeypatch):
    """Unless they are taken together, sixty stand for a number of ways that takes hours."""
    tried = []
    monkeypatch.setattr(
        "grader.source.hints.ignored.fnmatchcase", lambda *names: tried.append(names) or len(tried) > 500
    )
    assert describe_ignored(Tree.of({".gitignore": line.encode()}), ["a/b/c/d/e.py"]) == ""
    assert len(tried) <= 500
