"""Two files that some computers hold for one: which of them is the work, where it is what is graded, nobody can tell. Side: worker.

Git on a machine that ignores case keeps `Tensor.py` beside `tensor.py` once a file was renamed; there both are one file, and
in the commit one of them is old. Of such a pair one is staged and the other left out with a note (`grader.source.selection`);
here a submission is refused if either is code of a package that is graded, or what its modules are assembled from.
"""

from collections.abc import Collection, Iterable, Sequence

from grader.errors import SourceError
from grader.source.names import RIVAL, escape_name, fold
from grader.source.notebooks.percent import is_in_cells
from grader.source.tree import Tree

NOTEBOOK_ENDING = ".ipynb"


def refuse_rivals(tree: Tree, packages: Sequence[str], notebooks: str) -> None:
    """Raise SourceError if a file that was left out beside a rival may be what is graded by these packages and policy."""
    left_out = [(item.path, item.reason) for item in tree.dropped if item.reason.startswith(RIVAL)]
    if not left_out:
        return
    names = {fold(package) for package in packages}
    staged = _folds_of(file.path for file in tree.files)
    in_cells = _folds_of(file.path for file in tree.files if notebooks != "never" and is_in_cells(file.data))
    for path, reason in left_out:
        folds = _folds_of([path])
        is_notebook = notebooks != "never" and fold(path).endswith(NOTEBOOK_ENDING)
        was_moved = folds.isdisjoint(staged)  # its rival lies where the suite wants a file of that name by now
        is_graded = _is_in(path, names) or was_moved or not folds.isdisjoint(in_cells)
        if is_notebook or (fold(path).endswith(".py") and is_graded):
            raise SourceError(
                f"The submission holds '{escape_name(path)}', and {reason}: some computers hold both for one file, and which "
                f"of them is to be graded cannot be told. Delete the one that is old, or rename it, and hand in again."
            )


def without_rivals(tree: Tree) -> Tree:
    """Return a tree of staff's, every file of which counts; raises SourceError if one was left out beside its rival."""
    for item in tree.dropped:
        if item.reason.startswith(RIVAL):
            raise SourceError(f"It holds '{escape_name(item.path)}', and {item.reason}; delete one, or rename it.")
    return tree


def _is_in(path: str, packages: Collection[str]) -> bool:
    """Say whether a file is, or lies in, a folder or module of a package's name."""
    *folders, name = fold(path).split("/")
    return not {*folders, name.removesuffix(".py")}.isdisjoint(packages)


def _folds_of(paths: Iterable[str]) -> set[str]:
    """Return what paths and the folders above them fold to."""
    parts = [fold(path).split("/") for path in paths]
    return {"/".join(each[:end]) for each in parts for end in range(1, len(each) + 1)}
