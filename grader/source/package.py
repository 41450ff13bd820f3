"""Find the one package that a submission is graded by. Side: worker.

The rule: the package P is a folder `P/` with Python files in it, or a file `P.py`. It is looked for at the top, in
`src/`, and, where everything handed in lies in one single folder, in that folder and in its `src/`. It must be found
exactly once, in exactly that spelling. A folder `P/` that itself holds `P/`, and has no `__init__.py`, is taken for
the project's folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import SourceError
from grader.source.names import escape_name
from grader.source.tree import Tree


@dataclass(frozen=True, slots=True)
class Package:
    """Where a package lies: `root` goes on the import path, `path` is the package's own folder or file."""

    root: str  # an empty string is the top of the tree
    path: str


def find_package(tree: Tree, package: str) -> Package:
    """Return the place of `package`; raises SourceError if it is missing, misspelt, or there more than once."""
    found = find_candidates(tree, package)
    exact = [place for place in found if _name(place.path) == package]
    if len(found) > 1:
        places = " and ".join(f"'{escape_name(place.path)}'" for place in found)
        raise SourceError(f"The submission holds the package '{package}' more than once: {places}; keep one of them.")
    if found and not exact:
        shown = escape_name(found[0].path)
        raise SourceError(f"The package must be named '{package}', but the submission names it '{shown}'; rename it.")
    if not found:
        raise SourceError(
            f"The submission has no package '{package}': a folder '{package}/' with Python files, or '{package}.py', "
            f"belongs at its top or in 'src/'."
        )
    return exact[0]


def find_candidates(tree: Tree, package: str) -> list[Package]:
    """Return every place where the package, in any spelling of upper and lower case, could be meant to be."""
    found: list[Package] = []
    for root in _roots(tree):
        if any(place.path == root for place in found):
            break  # the only folder is the package itself
        for path in _children(tree, root):
            if _name(path).casefold() == package.casefold() and not _is_project_folder(tree, path):
                found.append(Package(root, path))
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _roots(tree: Tree) -> Iterator[str]:
    yield from ("", "src")
    tops = {path.partition("/")[0] for path in tree.paths}
    if len(tops) == 1 and tops != {"src"}:
        top = tops.pop()
        yield from (top, f"{top}/src")


def _children(tree: Tree, root: str) -> list[str]:
    """Return the Python files directly below a folder, and the folders below it that hold one, each once."""
    start = f"{root}/" if root else ""
    below = [path.removeprefix(start) for path in tree.paths if path.startswith(start) and path.endswith(".py")]
    return list(dict.fromkeys(start + path.partition("/")[0] for path in below))


def _is_project_folder(tree: Tree, path: str) -> bool:
    inner = f"{path}/{path.rpartition('/')[2]}/"
    has_inner = any(other.startswith(inner) and other.endswith(".py") for other in tree.paths)
    return has_inner and f"{path}/__init__.py" not in tree.paths
