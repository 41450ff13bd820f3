"""Find the one package that a submission is graded by, and say where else one was seen. Side: worker.

The rule: the package P is a folder `P/` with Python files in it, or a file `P.py`. It is looked for at the top, in
`src/`, and, where everything handed in lies in one single folder, in that folder and in its `src/`; if it is in none of
these, anywhere, with a note. It must be found exactly once, in exactly that spelling. A folder `P/` that itself holds
`P/`, and has no `__init__.py`, is taken for the project's folder, whatever capitals its name has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from grader.errors import SourceError
from grader.source.hints.ignored import describe_ignored
from grader.source.hints.missing_file import describe_look_alike
from grader.source.names import escape_name
from grader.source.tree import Tree

PLACES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Package:
    """Where a package lies: `root` goes on the import path, `path` is the package's own folder or file."""

    root: str  # an empty string is the top of the tree
    path: str


def find_package(tree: Tree, package: str, required_files: Sequence[str] = ()) -> Package:
    """Return the place of `package`; raises SourceError if it is missing, misspelt, or there more than once.

    required_files: paths that the assignment asks for, by which a file at a wrong place is known.
    """
    found = find_candidates(tree, package)
    if len(found) > 1:
        places = " and ".join(f"'{escape_name(place.path)}'" for place in found[:PLACES_NAMED])
        raise SourceError(f"The submission holds the package '{package}' more than once: {places}; keep one of them.")
    if not found:
        raise SourceError(
            f"The submission has no package '{package}': a folder '{package}/' with Python files, or '{package}.py', "
            f"belongs at its top or in 'src/'.{_meant(tree, package, required_files)}{describe_ignored(tree, _expected(package))}"
        )
    if _name(found[0].path) != package:
        shown = escape_name(found[0].path)
        raise SourceError(f"The package must be named '{package}', but the submission names it '{shown}'; rename it.")
    return found[0]


def _expected(package: str) -> tuple[str, ...]:
    """Return where a module of the package, or the notebook that it is exported from, would lie."""
    return (
        f"{package}/core/module.py",
        f"{package}/module.py",
        "modules/01_module/module.ipynb",
        "modules/module.ipynb",
    )


def _meant(tree: Tree, package: str, required_files: Sequence[str]) -> str:
    """Return a sentence about the file at a wrong place, or the name that is probably a misspelt package, if there is one."""
    misplaced = [sentence for path in required_files if (sentence := describe_look_alike(tree, path))]
    names = {_name(path): path for path in _children(tree, "")}
    close = get_close_matches(package, names, 1)
    if misplaced and not close:
        return "".join(f" {sentence}" for sentence in misplaced[:PLACES_NAMED])
    close = close or (list(names) if tree.paths == tuple(names.values()) else [])
    if not close:
        return ""
    ending = ".py" if names[close[0]].endswith(".py") else "/"
    return f" If '{escape_name(close[0])}{ending}' is meant, rename it to '{package}{ending}'."


def describe_choice(tree: Tree, package: Package) -> tuple[str, ...]:
    """Return the note that a student needs who has the package at an odd place, or in several."""
    name = _name(package.path)
    others = [path for path in _packages_anywhere(tree, name) if not f"{path}/".startswith(f"{package.path}/")]
    shown = escape_name(package.path)
    if others:
        places = " and ".join(f"'{escape_name(path)}'" for path in others[:PLACES_NAMED])
        return (
            f"Graded was the package '{shown}'. There is another one in {places}, which was not looked at: if your work "
            f"is there, move it to '{shown}' and hand in again.",
        )
    if package.root not in _roots(tree):
        return (f"The package was found in '{shown}' and graded there; it belongs at the top of the submission.",)
    return ()


def find_candidates(tree: Tree, package: str) -> list[Package]:
    """Return every place where the package, in any spelling of upper and lower case, could be meant to be."""
    found: list[Package] = []
    projects = _project_folders(tree, package)
    for root in _roots(tree):
        if any(place.path == root for place in found):
            break  # the only folder is the package itself
        for path in _children(tree, root):
            if _name(path).casefold() == package.casefold() and path not in projects:
                found.append(Package(root, path))
    return found or [Package(path.rpartition("/")[0], path) for path in _packages_anywhere(tree, package)]


def new_package_path(tree: Tree, package: str) -> str:
    """Return where a package that is not there yet belongs: at the top, or in the project's folder of its name in other letters."""
    tops = [folder for folder in _project_folders(tree, package) if folder.casefold() == package.casefold()]
    return f"{tops[0]}/{package}" if tops else package


def _packages_anywhere(tree: Tree, package: str) -> list[str]:
    """Return every outermost folder of the package's name with Python files; where there is none, such files."""
    folders: dict[str, None] = {}
    files = []
    projects = _project_folders(tree, package)
    for path in tree.paths:
        if not path.endswith(".py"):
            continue
        *above, name = path.split("/")
        for depth, folder in enumerate(above, start=1):
            if folder.casefold() != package.casefold():
                continue
            place = "/".join(above[:depth])
            if place not in projects:
                folders[place] = None
                break
        if name.removesuffix(".py").casefold() == package.casefold():
            files.append(path)
    return list(folders) or files


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


def _project_folders(tree: Tree, package: str) -> frozenset[str]:
    """Return every folder that itself holds a folder of its name, in any letters, with Python files, and no `__init__.py`.

    One of the package's name in other letters that holds notebooks, or `src/`, is a clone of the course's repository, too.
    """
    paths = frozenset(tree.paths)
    projects: set[str] = set()
    for path in paths:
        *above, name = path.split("/")
        if name.endswith(".py"):
            projects.update("/".join(above[: depth + 1]) for depth in _doubled(above))
        is_work = name.endswith(".ipynb") or above[1:2] == ["src"]
        if is_work and above and above[0] != package and above[0].casefold() == package.casefold():
            projects.add(above[0])
    return frozenset(folder for folder in projects if f"{folder}/__init__.py" not in paths)


def _doubled(names: list[str]) -> list[int]:
    """Return where a name of a path is followed by itself, in small or capital letters."""
    return [index for index in range(len(names) - 1) if names[index].casefold() == names[index + 1].casefold()]
