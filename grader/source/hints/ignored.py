"""Say that a repository's own `.gitignore` keeps the work out of every push: a student who pushes hands in nothing. Side: worker.

The course's installer brings such a file: it leaves out `modules/*` and what is generated below the package.
Source: gitignore(5), "Pattern format", without its classes of characters beyond those of fnmatch.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import pairwise

from grader.source.names import escape_name
from grader.source.tree import Tree

NAME = ".gitignore"
PATTERN_CHARACTERS = 200  # of a line that may be a pattern; longer ones are passed over


def describe_ignored(tree: Tree, paths: Iterable[str]) -> str:
    """Return a sentence, behind a space, if none of these paths is there and a `.gitignore` leaves one out; else nothing."""
    wanted = list(paths)
    if not any(path in tree.paths for path in wanted):
        for file in tree.files:
            folder, _, name = file.path.rpartition("/")
            if name != NAME:
                continue
            start = f"{folder}/" if folder else ""
            inside = [path.removeprefix(start) for path in wanted if path.startswith(start)]
            patterns = _patterns(file.data)
            for pattern in filter(None, (_ignoring(patterns, path) for path in inside)):
                return (
                    f" Your {escape_name(file.path)} keeps such work out of every push, by its line '{escape_name(pattern)}': take "
                    f"that line out, or use 'git add -f', and push again."
                )
    return ""


def _patterns(data: bytes) -> list[str]:
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return [line for line in lines if line and not line.startswith("#") and len(line) <= PATTERN_CHARACTERS]


def _ignoring(patterns: list[str], path: str) -> str:
    """Return the pattern that decides about a path or a folder above it, if it leaves the path out: of several the last."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):  # what is below a folder that is left out cannot be taken in again
        deciding = ""
        for pattern in patterns:
            if _matches(pattern.removeprefix("!"), parts[:end], is_folder=end < len(parts)):
                deciding = pattern
        if deciding and not deciding.startswith("!"):
            return deciding
    return ""


def _matches(pattern: str, parts: list[str], *, is_folder: bool) -> bool:
    if pattern.endswith("/") and not is_folder:
        return False
    pattern = pattern.removesuffix("/")
    if "/" not in pattern:
        return fnmatchcase(parts[-1], pattern)
    wanted = pattern.removeprefix("/").split("/")
    return _fits([part for part, after in pairwise([*wanted, ""]) if (part, after) != ("**", "**")], parts)


def _fits(pattern: list[str], parts: list[str]) -> bool:
    """Match part by part; `**` stands for any number of folders, and no two stand side by side: trying all is soon done."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(pattern[1:], parts[skip:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(pattern[1:], parts[1:])
