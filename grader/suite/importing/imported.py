"""What a reader makes of a source: a suite's files and settings, and the notes for the person who imported it. Side: worker."""

import re
from dataclasses import dataclass, field
from typing import Any

from grader.suite.manifest import MAX_FILE_BYTES, MAX_FILES

Contents = dict[str, bytes]
CONFTEST = "conftest.py"


@dataclass
class Notes:
    """Sentences for the page beside the suite."""

    taken: list[str] = field(default_factory=list)  # what was taken over
    person: list[str] = field(default_factory=list)  # what somebody has to look at
    differs: list[str] = field(default_factory=list)  # what is graded in another way than before, and why


@dataclass
class Imported:
    """A suite in the making."""

    kind: str  # what the source was: "a Gradescope autograder"
    title: str
    files: Contents  # below the suite's folder; suite.toml and the notes are added later
    notes: Notes
    packages: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)  # files of tests that are not called test_*.py
    required_files: list[str] = field(default_factory=list)
    reference: Contents = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)

    def keep_within_limits(self) -> None:
        """Leave out what no suite may hold, with a note."""
        for path in sorted(self.files, key=lambda path: (not path.endswith(".py"), path)):
            if len(self.files[path]) > MAX_FILE_BYTES:
                self.notes.person.append(
                    f"`{path}` was left out: a file of a suite has at most {MAX_FILE_BYTES} bytes."
                )
                del self.files[path]
        spare = sorted(self.files, key=lambda path: (not path.endswith(".py"), path))[MAX_FILES - 2 :]
        for path in spare:
            del self.files[path]
        if spare:
            self.notes.person.append(f"{len(spare)} files were left out: a suite has at most {MAX_FILES} files.")


def title_of(name: str) -> str:
    """Return a title made of the name of a file or folder."""
    words = re.sub(r"[^A-Za-z0-9]+", " ", name).strip()
    return (words[:1].upper() + words[1:])[:80] or "Imported suite"


def identifier(text: str, taken: set[str] | None = None) -> str:
    """Return a name of Python's made of a text, different from those taken, and take it."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:60] or "case"
    name = name if name[0].isalpha() else f"n{name}"
    if taken is None:
        return name
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def text_of(data: bytes) -> str:
    """Return a file's text, whatever bytes are no UTF-8 replaced."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
