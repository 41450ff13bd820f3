"""What writes choices."""

from datetime import datetime

from course_admin.assignments.deadlines import deadlines_of
from course_admin.assignments.late import is_closed
from course_admin.assignments.models import CountingRule
from course_admin.courses.models import Enrollment
from course_admin.gradebook.models import Choice
from course_admin.submissions.models import Attempt


class NotToChoose(ValueError):
    """An attempt cannot be chosen; its text is a sentence for the student."""


def choose_attempt(*, attempt: Attempt, student: Enrollment, at: datetime) -> Choice:
    """Let an attempt count for one of those whose it is, by their choice, until they choose another.

    Raises NotToChoose if the assignment does not let students choose, or the attempt has no grade or came too late for one.
    """
    if attempt.assignment.counting != CountingRule.CHOSEN:
        rule = attempt.assignment.get_counting_display()
        raise NotToChoose(f"In {attempt.assignment} the attempt that counts is not chosen: it is the {rule}.")
    if not attempt.runs.graded().exists():
        raise NotToChoose(f"Attempt {attempt.number} has no grade yet. Choose it when it is graded.")
    if is_closed(attempt.received_at, deadlines_of(student, attempt.assignment)):
        raise NotToChoose(
            f"Attempt {attempt.number} arrived after the hard close, so it cannot count. Choose an earlier one."
        )
    choice, _ = Choice.objects.update_or_create(
        student=student, assignment=attempt.assignment, defaults={"attempt": attempt, "chosen_at": at}
    )
    return choice
