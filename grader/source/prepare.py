"""From a staged tree to what is put into the candidate's sandbox: notebooks assembled, package found. Side: worker."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.errors import SourceError
from grader.source.hints.rivals import refuse_rivals
from grader.source.hints.unreadable import list_unreadable
from grader.source.limits import SourceLimits
from grader.source.names import escape_name
from grader.source.notebooks.assembly import assemble_notebooks
from grader.source.notebooks.line_map import LineMap
from grader.source.package import describe_choice, find_package
from grader.source.tree import Tree

NOTEBOOKS_NAMED = 3  # where there is no package: why none was made of them
MOST_NOTES = 1_000  # far more than are shown


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tree whose top goes on the import path, and what the student should know about it."""

    tree: Tree
    lines: LineMap
    notes: tuple[str, ...]
    packages: tuple[str, ...] = ()  # those that were found
    unreadable: tuple[str, ...] = ()  # sentences about source files that Python cannot read; in `notes`, too

    def find_unreadable(self) -> tuple[str, ...]:
        """Return a sentence for each source file of the packages that Python cannot read: each is parsed, which takes its time."""
        return tuple(s for package in self.packages for s in list_unreadable(self.tree, package, self.lines))

    def with_unreadable(self, sentences: tuple[str, ...]) -> "Prepared":
        """Return this with the sentences about source files that Python cannot read."""
        return replace(self, notes=(*sentences, *self.notes), unreadable=sentences)


def prepare_package(tree: Tree, package: str, notebooks: str = "older", limits: SourceLimits | None = None) -> Prepared:
    """Return the tree seen from the folder that holds `package`; see `prepare_packages`."""
    return prepare_packages(tree, [package], notebooks, limits)


def prepare_packages(
    tree: Tree,
    packages: Sequence[str],
    notebooks: str = "older",
    limits: SourceLimits | None = None,
    required_files: Sequence[str] = (),
) -> Prepared:
    """Return the tree seen from the folder that holds all of `packages`, into the first of which notebooks export.

    notebooks: a policy of `grader.source.notebooks.assembly`. One package that is missing beside others is told of in a note.
    Raises SourceError if all are missing or ambiguous, if they lie in different folders, or if a file that is graded has a rival.
    """
    placed = place_packages(tree, packages, notebooks, limits, required_files)
    return placed.with_unreadable(placed.find_unreadable())


def place_packages(
    tree: Tree,
    packages: Sequence[str],
    notebooks: str = "older",
    limits: SourceLimits | None = None,
    required_files: Sequence[str] = (),
) -> Prepared:
    """Return what `prepare_packages` does, with no file read yet."""
    refuse_rivals(tree, packages, notebooks)
    assembly = assemble_notebooks(tree, notebooks, packages[0], limits)
    places, missing = {}, []
    for package in packages:
        try:
            places[package] = find_package(assembly.tree, package, required_files)
        except SourceError as problem:
            missing.append(str(problem))
    if not places:
        raise SourceError(" ".join([missing[0], *assembly.notes[:NOTEBOOKS_NAMED]]))
    roots = {place.root for place in places.values()}
    if len(roots) > 1:
        apart = " and ".join(f"'{escape_name(place.path)}'" for place in places.values())
        raise SourceError(f"The packages lie in different folders: {apart}; put them side by side.")
    root = roots.pop()
    inner, lines = assembly.tree.under(root), assembly.lines.under(root)
    choices = [sentence for place in places.values() for sentence in describe_choice(assembly.tree, place)]
    notes = (*missing, *choices, *tree.notes(), *assembly.notes)
    return Prepared(inner, lines, notes[:MOST_NOTES], tuple(places))
