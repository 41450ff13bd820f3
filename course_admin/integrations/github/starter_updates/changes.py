"""Which files of an update belong into one repository: a pure comparison of what is there with what the template had and has.

A file is known by git's own name of its content. What a student has changed is never replaced unless the update says so, what
they have deleted never comes back, and what never changed in the template is no part of an update.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Self

FOLDER = "tree"


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file as the template has it; earlier: the contents that it had there before, by git's names; content: in base64.

    is_new: some version of the template had no such file, so that a repository without it need not have lost it.
    """

    path: str
    mode: str
    sha: str
    earlier: frozenset[str]
    is_new: bool
    content: str

    @classmethod
    def from_json(cls, path: str, told: Mapping[str, Any]) -> Self:
        """Return a file as it was stored."""
        return cls(path, told["mode"], told["sha"], frozenset(told["earlier"]), told["is_new"], told["content"])

    def as_json(self) -> dict[str, Any]:
        """Return what is stored of it beside its path."""
        versions = {"sha": self.sha, "earlier": sorted(self.earlier), "is_new": self.is_new}
        return {"mode": self.mode, **versions, "content": self.content}


@dataclass(frozen=True, slots=True)
class Changes:
    """What goes into a pull request, what of that replaces a student's own version, and what is left out since they have one."""

    files: tuple[StarterFile, ...]
    replaced: tuple[str, ...]
    left_out: tuple[str, ...]


def changes_for(files: Iterable[StarterFile], there: Mapping[str, str], *, replaces_changed: bool) -> Changes:
    """Return what an update changes in a repository. there: path to git's name of the content, or the word for a folder."""
    chosen: list[StarterFile] = []
    replaced: list[str] = []
    left_out: list[str] = []
    for each in files:
        held = there.get(each.path)
        if held == each.sha or (held is None and not each.is_new):
            continue  # they have it already, or have deleted it
        if held == FOLDER or _is_below_a_file(each.path, there):
            left_out.append(each.path)
        elif held is None or held in each.earlier:
            chosen.append(each)
        elif replaces_changed:
            chosen.append(each)
            replaced.append(each.path)
        else:
            left_out.append(each.path)
    return Changes(tuple(chosen), tuple(replaced), tuple(left_out))


def _is_below_a_file(path: str, there: Mapping[str, str]) -> bool:
    return any(there.get(str(folder), FOLDER) != FOLDER for folder in PurePosixPath(path).parents)
