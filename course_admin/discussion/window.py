"""When a student may ask for a regrade: while the window of the course is open, and while they have not asked the same already.

The window begins when the grade stands: when it was given, when it was due for the student, when the results are published,
whichever is last; while grades are held and nobody has said until when, it has no end. What was decided is decided for that
judging; a later one can be asked about again.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from course_admin.assignments.deadlines import deadlines_of
from course_admin.courses.models import Enrollment
from course_admin.discussion.models import RegradeRequest, RequestState
from course_admin.submissions.models import Attempt, Run

NONE_HERE = _("This course takes no requests for regrades here: write a comment instead, or ask your course staff.")
NO_STUDENT = _("Only a student who is on the course's roster now can ask for a regrade.")
NOT_GRADED = _("Once this attempt is graded you can ask for a regrade.")
OVER = _("Requests about this attempt were taken until {until}. Ask your course staff in person if something is wrong.")
ASKED = _(
    "You have asked about this already, for attempt {number}; it waits for an answer. Write a comment to add to it."
)
DECIDED = _("Your request was decided on {when}. Write a comment if something is left to say.")


def closes_at(attempt: Attempt, run: Run, student: Enrollment) -> datetime | None:
    """Return until when a student may ask about an attempt that was graded; None where that is not known yet."""
    assignment = attempt.assignment
    if assignment.holds_grades and assignment.results_published_at is None:
        return None
    due_at = deadlines_of(student, assignment).extended_due_at
    begins = [each for each in (run.finished_at, due_at, assignment.results_published_at) if each is not None]
    return max(begins) + timedelta(days=assignment.course.regrade_request_days)


def why_not(*, attempt: Attempt, test_id: str, student: Enrollment, at: datetime) -> str:
    """Return the sentence why a student cannot ask for a regrade of an attempt, or of one of its checks; empty if they can."""
    course, run = attempt.assignment.course, attempt.shown_run
    if not course.regrade_request_days:
        return str(NONE_HERE)
    if not (student.is_active and student.is_student):
        return str(NO_STUDENT)
    if run is None or not run.is_graded:
        return str(NOT_GRADED)
    mine = RegradeRequest.objects.filter(student=student, assignment=attempt.assignment_id, test_id=test_id)
    waiting = mine.open().select_related("attempt").first()
    if waiting is not None:
        return ASKED.format(number=waiting.attempt.number)
    until = closes_at(attempt, run, student)
    if until is not None and at > until:
        return OVER.format(until=course.by_its_clock(until))
    decided = mine.filter(attempt=attempt, decided_at__gte=run.finished_at).exclude(state=RequestState.WITHDRAWN).last()
    return DECIDED.format(when=course.by_its_clock(decided.decided_at)) if decided and decided.decided_at else ""
