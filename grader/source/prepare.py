"""From a staged tree to what is put into the candidate's sandbox: notebooks assembled, package found. Side: worker."""

from dataclasses import dataclass

from grader.source.hints.unreadable import list_unreadable
from grader.source.limits import SourceLimits
from grader.source.notebooks.assembly import assemble_notebooks
from grader.source.notebooks.line_map import LineMap
from grader.source.package import describe_choice, find_package
from grader.source.tree import Tree


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tree whose top goes on the import path, and what the student should know about it."""

    tree: Tree
    lines: LineMap
    notes: tuple[str, ...]
    unreadable: tuple[str, ...] = ()  # sentences about source files that Python cannot read; in `notes`, too


def prepare_package(tree: Tree, package: str, notebooks: str = "older", limits: SourceLimits | None = None) -> Prepared:
    """Return the tree seen from the folder that holds `package`.

    notebooks: a policy of `grader.source.notebooks.assembly`. Raises SourceError if the package is missing or ambiguous.
    """
    assembly = assemble_notebooks(tree, notebooks, package, limits)
    place = find_package(assembly.tree, package)
    inner, lines = assembly.tree.under(place.root), assembly.lines.under(place.root)
    unreadable = list_unreadable(inner, package, lines)
    notes = (*describe_choice(assembly.tree, place), *unreadable, *tree.notes(), *assembly.notes)
    return Prepared(inner, lines, notes, unreadable)
