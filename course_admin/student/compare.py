"""Two attempts of one assignment beside each other: first which checks changed, then what changed in the code."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.failures.sources import Sources
from course_admin.submissions.reports.visibility import ShownCheck
from grader.sanitize import clean

FILES, LINES = 20, 600  # shown at most
LINE_BYTES = 300
KINDS = {"+": "plus", "-": "minus", "@": "place", " ": ""}


@dataclass(frozen=True, slots=True)
class Change:
    """A check of both attempts, or of one of them, whose verdict is another than before."""

    number: str
    name: str
    before: ShownCheck | None
    after: ShownCheck | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The checks that changed, and how many did not."""

    fixed: list[Change]
    broken: list[Change]
    still: list[Change]
    others: int


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; kind: plus, minus, place, or nothing."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What changed in one file."""

    path: str
    lines: list[DiffLine]


def verdicts(before: list[ShownCheck], after: list[ShownCheck]) -> Verdicts:
    """Return what changed from one attempt's checks to another's."""
    old, new = ({check.test_id: check for check in checks} for checks in (before, after))
    fixed: list[Change] = []
    broken: list[Change] = []
    still: list[Change] = []
    others = 0
    for test_id in [*new, *(each for each in old if each not in new)]:
        one, two = old.get(test_id), new.get(test_id)
        known = two or one
        assert known is not None
        change = Change(known.number, known.name, one, two)
        passed = [check is not None and check.verdict == "passed" for check in (one, two)]
        if one is None or two is None or passed == [True, True]:
            others += 1
        elif passed == [False, True]:
            fixed.append(change)
        else:
            (broken if passed[0] else still).append(change)
    return Verdicts(fixed, broken, still, others)


def code_diff(before: Attempt, after: Attempt) -> list[FileDiff]:
    """Return what changed in the text files that were graded; as much of it as a page shows."""
    old, new = Sources(before).files, Sources(after).files
    found: list[FileDiff] = []
    left = LINES
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) == new.get(path) or len(found) == FILES or left <= 0:
            continue
        lines = list(_lines(old.get(path, ""), new.get(path, "")))[:left]
        left -= len(lines)
        found.append(FileDiff(clean(path, LINE_BYTES, 1), lines))
    return found


def _lines(old: str, new: str) -> Iterator[DiffLine]:
    for line in list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]:
        yield DiffLine(KINDS.get(line[:1], ""), clean(line, LINE_BYTES, 1))
