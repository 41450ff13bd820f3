"""What a cluster looks like in code: a few students' lines where it goes wrong, and the difference between two of them.

The files are those that were handed in, as they are stored; where they are not at hand, only the message is shown.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from course_admin.review.clusters.overview import Overview, Seen
from course_admin.review.clusters.signing.frames import frames_of
from course_admin.review.clusters.signing.wording import LAST_CALLS
from course_admin.review.models import Failure
from course_admin.submissions.models import Attempt, Run
from grader.errors import GraderError
from grader.source import unpack_archive
from grader.transport.archives import FolderArchives

EXAMPLES = 3
AROUND, BELOW = 3, 8  # lines before and after the one that is shown
FILE_CHARACTERS = 100_000  # of a file that is shown or compared
DIFFERENT_LINES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line of code."""

    number: int
    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One student's submission as an example of a cluster."""

    attempt: Attempt
    check: str
    message: str
    file: str
    lines: list[Line] = field(default_factory=list)


def examples(seen: Seen, found: Overview) -> list[Example]:
    """Return the submissions that show a cluster best, each with its lines."""
    runs = {found.runs[student]: student for student in seen.students[:EXAMPLES]}
    rows = Run.objects.filter(pk__in=runs).select_related("attempt").prefetch_related("attempt__memberships__student")
    of_run = {run.pk: run for run in rows}
    wanted = [each.pk for each in seen.signatures]
    failures: dict[int, Failure] = {}
    for failure in Failure.objects.filter(run__in=runs, signature__in=wanted).select_related("check_line"):
        best = failures.get(failure.run_id)
        if best is None or wanted.index(failure.signature_id or 0) < wanted.index(best.signature_id or 0):
            failures[failure.run_id] = failure
    return [_example(of_run[run].attempt, failures[run]) for run in runs if run in failures and run in of_run]


def _example(attempt: Attempt, failure: Failure) -> Example:
    check = failure.check_line
    assert check is not None  # the database holds it: a_failure_has_its_check
    files = files_of(attempt)
    frames = frames_of(check.message)
    said = check.message.split("\n  File ")[0].partition(LAST_CALLS)[0]
    if frames and frames[-1].file in files:
        file, line = frames[-1].file, frames[-1].line
    else:
        file, line = _called(check.message, files)
    lines = list(_around(files.get(file, ""), line)) if line else []
    return Example(attempt, f"{check.number} {check.name}".strip(), said, file if lines else "", lines)


def files_of(attempt: Attempt) -> dict[str, str]:
    """Return the Python files of an attempt by path; nothing if they are not at hand."""
    try:
        tree = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(attempt.archive_sha256))
    except GraderError:
        return {}
    return {
        file.path: file.data.decode("utf-8", "replace")
        for file in tree.files
        if file.path.endswith(".py") and file.size <= FILE_CHARACTERS
    }


def _called(message: str, files: dict[str, str]) -> tuple[str, int]:
    """Return file and line of the last function that the test called and a student defines; line 0 if none is found."""
    calls = message.partition(LAST_CALLS)[2]
    for name in reversed(re.findall(r"([A-Za-z_]\w*)\(", calls)):
        pattern = re.compile(rf"^\s*(?:def|class) {name}\b", re.MULTILINE)
        for path, text in files.items():
            if found := pattern.search(text):
                return path, text.count("\n", 0, found.end()) + 1
    return "", 0


def _around(text: str, line: int) -> Iterator[Line]:
    lines = text.splitlines()
    for number in range(max(line - AROUND, 1), min(line + BELOW, len(lines)) + 1):
        yield Line(number, lines[number - 1], number == line)


@dataclass(frozen=True, slots=True)
class Different:
    """One line of a difference: `sign` is +, - or a space, or @ before a new place."""

    sign: str
    text: str


def difference(one: Attempt, other: Attempt) -> list[Different]:
    """Return the difference between the Python files of two attempts, as much of it as is read at once."""
    files, others = files_of(one), files_of(other)
    found: list[Different] = []
    for path in sorted({*files, *others}):
        before, after = files.get(path, "").splitlines(), others.get(path, "").splitlines()
        if before != after:
            found.append(Different("@", path))
            found += _lines(before, after)
        if len(found) > DIFFERENT_LINES:
            break
    return found[:DIFFERENT_LINES]


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Different]:
    for line in list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]:
        yield Different("@", "") if line.startswith("@@") else Different(line[:1], line[1:])
