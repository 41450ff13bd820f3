"""What somebody reads before they hand an upload in: its files, what is missing, and what handing in now would mean."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from course_admin.assignments.deadlines import deadlines_of, lateness_of
from course_admin.assignments.suites.expectation import expectation_of
from course_admin.submissions.intake.groups import team_of
from course_admin.submissions.models import Attempt, Upload
from course_admin.submissions.queue.superseding import waiting_before
from course_admin.submissions.reports.stored_words import reworded
from grader.errors import Fault
from grader.source import TreeFile, unpack_archive

FILES_SHOWN = 200
LATE = _("Handed in now it is late: it was due on {when}.")
CLOSED = _("Handed in now it does not count: the assignment closed on {when}. You may hand in all the same.")
USED = ngettext_lazy(
    "Your {most} attempt is used: it would be kept, and not graded by itself.",
    "Your {most} attempts are used: it would be kept, and not graded by itself.",
    "most",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """One upload that waits, as its student sees it."""

    upload: Upload
    files: list[TreeFile]
    more: int  # files that are not listed
    total_bytes: int
    notes: list[str]  # what was left out or put elsewhere
    problems: list[str]  # what the suite will not find
    is_complete: bool  # as far as the suite's manifest says
    warnings: list[str]  # what handing in now means
    replaced: Attempt | None  # what waits and would not be graded any more


def preview(upload: Upload, at: datetime) -> Preview:
    """Return what an upload that waits holds, and what handing it in at this moment would mean."""
    tree = unpack_archive(bytes(upload.held or b""))
    expected = expectation_of(upload.assignment)
    try:
        problems = expected.problems(tree)
        is_complete = bool(expected.packages) and not problems
    except Fault:  # the machine is busy: the report will say it
        problems, is_complete = [], False
    people = [upload.student, *team_of(upload.student, upload.assignment).partners]
    waiting = waiting_before(people, upload.assignment, at)
    return Preview(
        upload=upload,
        files=list(tree.files[:FILES_SHOWN]),
        more=max(len(tree.files) - FILES_SHOWN, 0),
        total_bytes=tree.total_bytes,
        notes=[reworded(note) for note in upload.notes],
        problems=problems,
        is_complete=is_complete,
        warnings=_warnings(upload, at, is_in_place_of_another=waiting is not None),
        replaced=waiting.attempt if waiting else None,
    )


def _warnings(upload: Upload, at: datetime, *, is_in_place_of_another: bool) -> list[str]:
    assignment, course = upload.assignment, upload.assignment.course
    terms = deadlines_of(upload.student, assignment)
    found = []
    if terms.extended_closes_at and at > terms.extended_closes_at:
        found.append(CLOSED.format(when=course.by_its_clock(terms.extended_closes_at)))
    elif terms.extended_due_at and lateness_of(at, assignment, terms).is_late:
        found.append(LATE.format(when=course.by_its_clock(terms.extended_due_at)))
    limit = assignment.attempt_limit
    used = Attempt.objects.of(upload.student, assignment).graded_by_themselves(with_queued=not is_in_place_of_another)
    if limit and used.count() >= limit:
        found.append(USED.format(most=limit))
    return found
