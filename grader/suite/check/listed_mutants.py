"""Mutants that a suite's author lists: one student's mistake each, with the test that must catch it. Side: worker.

A mutant is a text file `mutants/NAME.mutant`: header lines `# caught-by:`, `# also:`, `# file:`, `# why:`, `# core:`, then
hunks between <<<<<<<, ======= and >>>>>>>; the first part must occur exactly once in the reference's file.
"""

import fnmatch
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SuiteError
from grader.source import Tree

FOLDER = "mutants"
_START, _MIDDLE, _END = "<<<<<<<", "=======", ">>>>>>>"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: where, what is replaced by what, and which tests must, and which others may, lose points."""

    name: str
    path: Path
    file: str
    why: str
    caught_by: tuple[str, ...]
    also: tuple[str, ...]
    hunks: tuple[tuple[str, str], ...]
    core: str = ""  # the core operation that is missing in it, for which it may cost more than a slip

    def apply(self, tree: Tree) -> Tree:
        """Return the tree with the mistake in it; raises SuiteError if the reference has changed under the mutant."""
        if self.file not in tree.paths:
            raise SuiteError(f"{self.path}:1: the reference has no file {self.file}")
        text = tree.read(self.file).decode("utf-8")
        for old, new in self.hunks:
            if text.count(old) != 1:
                raise SuiteError(
                    f"{self.path}: the text to replace occurs {text.count(old)} times in {self.file}, not once"
                )
            text = text.replace(old, new)
        return Tree.of({**tree.contents(), self.file: text.encode("utf-8")})

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise SuiteError with the header's line if a test that must catch this is none of the suite's."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        for name in self.caught_by:
            if name not in known:
                line = next(number for number, line in enumerate(lines, 1) if line.rstrip().endswith(name))
                raise SuiteError(f"{self.path}:{line}: the suite has no test {name}")

    def must(self, check_id: str) -> bool:
        """Whether this check, or this case of a parametrized one, is named as a catcher."""
        return check_id.partition("[")[0] in self.caught_by or check_id in self.caught_by

    def may(self, check_id: str) -> bool:
        """Whether this check may lose points besides."""
        plain = check_id.partition("[")[0]
        return self.must(check_id) or any(fnmatch.fnmatchcase(plain, pattern) for pattern in self.also)


def load_mutants(suite_folder: Path) -> list[Mutant]:
    """Read all mutants of a suite in order of name; raises SuiteError with file and line."""
    return [read_mutant(path) for path in sorted((suite_folder / FOLDER).glob("*.mutant"))]


def read_mutant(path: Path) -> Mutant:
    """Read one mutant; raises SuiteError for one that names no test or replaces nothing."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    heads: dict[str, list[str]] = {"caught-by": [], "also": [], "file": [], "why": [], "core": []}
    body = 0
    while body < len(lines) and lines[body].startswith("#"):
        key, separator, value = lines[body][1:].strip().partition(":")
        if not separator or key not in heads:
            raise SuiteError(f"{path}:{body + 1}: a header is one of {', '.join(heads)}")
        heads[key].append(value.strip())
        body += 1
    if not heads["caught-by"]:
        raise SuiteError(f"{path}:1: a mutant names the test that must catch it: # caught-by: test_file.py::test_name")
    if len(heads["file"]) != 1:
        raise SuiteError(f"{path}:1: a mutant names one file of the reference: # file: package/module.py")
    hunks = _hunks(path, lines, body)
    return Mutant(
        name=path.stem,
        path=path,
        file=heads["file"][0],
        why=" ".join(heads["why"]),
        caught_by=tuple(heads["caught-by"]),
        also=tuple(heads["also"]),
        hunks=hunks,
        core=" ".join(heads["core"]),
    )


def _hunks(path: Path, lines: list[str], start: int) -> tuple[tuple[str, str], ...]:
    hunks = []
    parts: list[list[str]] = []
    for number, line in enumerate(lines[start:], start + 1):
        mark = line.rstrip("\n")
        expected = {0: _START, 1: _MIDDLE, 2: _END}[len(parts)]
        if mark == expected:
            if expected == _END:
                hunks.append(("".join(parts[0]), "".join(parts[1])))
                parts = []
            else:
                parts.append([])
        elif parts:
            parts[-1].append(line)
        elif mark:
            raise SuiteError(f"{path}:{number}: a hunk begins with {_START}")
    if parts or not hunks:
        raise SuiteError(f"{path}:{len(lines)}: a hunk is written {_START}, old lines, {_MIDDLE}, new lines, {_END}")
    return tuple(hunks)
