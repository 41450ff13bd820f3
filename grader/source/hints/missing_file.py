"""Say of a required file that is missing what was found in its stead, and how it gets to its place. Side: worker."""

import re
from collections.abc import Callable, Iterable

from grader.source.hints.ignored import describe_ignored
from grader.source.names import escape_name, fold
from grader.source.tree import Tree

NOTEBOOK = "modules/01_module/module.ipynb"  # where the course keeps those that a module is exported from
NOT_LETTERS = re.compile(r"[^a-z]+")
ADDED_ENDINGS = (".txt", ".py")  # what editors and browsers put behind the name that was meant


def describe_missing_files(tree: Tree, required: Iterable[str]) -> list[str]:
    """Return a sentence about each required file that the tree holds neither as it is named nor, of a module, as a folder."""
    paths = set(tree.paths)
    missing = [path for path in required if paths.isdisjoint((path, f"{path.removesuffix('.py')}/__init__.py"))]
    return [_describe_missing_file(tree, path) for path in missing]


def _describe_missing_file(tree: Tree, path: str) -> str:
    if sentence := describe_look_alike(tree, path):
        return sentence
    ignored = describe_ignored(tree, [path, NOTEBOOK])
    return f"The file {path} is missing: this assignment needs it at exactly that place.{ignored}"


def describe_look_alike(tree: Tree, path: str) -> str:
    """Return the sentence about the file that was probably meant by a required one; empty if there is none."""
    found = _look_alike(tree, path)
    if not found:
        return ""
    if fold(found) == fold(path):
        wrong, right = next(pair for pair in zip(found.split("/"), path.split("/"), strict=True) if pair[0] != pair[1])
    else:
        wrong, right = found.rpartition("/")[2], path.rpartition("/")[2]
    in_its_folder = fold(found) == fold(path) or found.rpartition("/")[0] == path.rpartition("/")[0]
    if in_its_folder:
        return f"The file {path} is missing; found {escape_name(wrong)}: rename it to {right}."
    return f"The file {path} is missing; found {escape_name(found)}: move it to {path}."


def _look_alike(tree: Tree, path: str) -> str:
    """Return the file that was most likely meant: of this path but for case, beside it, or of this name elsewhere."""
    folder, _, name = path.rpartition("/")
    folded, letters, folded_name = fold(path), _letters(path), fold(name)
    kinds: tuple[Callable[[str], bool], ...] = (
        lambda other: other.count("/") == path.count("/") and fold(other) == folded,
        lambda other: other.rpartition("/")[0] == folder and _letters(other) == letters,
        lambda other: fold(other.rpartition("/")[2]) == folded_name,
    )
    return next((other for is_meant in kinds for other in tree.paths if is_meant(other)), "")


def _letters(path: str) -> str:
    """Return a file name's letters without its endings: what `tensor (1).py` and `tensor.py.txt` have in common."""
    name = path.rpartition("/")[2].casefold()
    for ending in ADDED_ENDINGS:
        name = name.removesuffix(ending)
    return NOT_LETTERS.sub("", name)
