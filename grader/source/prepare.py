"""From a staged tree to what is put into the candidate's sandbox: notebooks assembled, package found. Side: worker."""

from dataclasses import dataclass

from grader.source.limits import SourceLimits
from grader.source.notebooks.assembly import assemble_notebooks
from grader.source.notebooks.line_map import LineMap
from grader.source.package import find_package
from grader.source.tree import Tree


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tree whose top goes on the import path, and what the student should know about it."""

    tree: Tree
    lines: LineMap
    notes: tuple[str, ...]


def prepare_package(tree: Tree, package: str, notebooks: str = "older", limits: SourceLimits | None = None) -> Prepared:
    """Return the tree seen from the folder that holds `package`.

    notebooks: a policy of `grader.source.notebooks.assembly`. Raises SourceError if the package is missing or ambiguous.
    """
    assembly = assemble_notebooks(tree, notebooks, package, limits)
    root = find_package(assembly.tree, package).root
    notes = (*tree.notes(), *assembly.notes)
    return Prepared(assembly.tree.under(root), assembly.lines.under(root), notes)
