"""What writes choices."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.deadlines import deadlines_of
from course_admin.assignments.late import is_closed
from course_admin.assignments.models import CountingRule
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Enrollment
from course_admin.gradebook.models import Choice
from course_admin.policy import Action, require
from course_admin.submissions.models import Attempt


class NotToChoose(ValueError):
    """An attempt cannot be chosen; its text is a sentence for the student."""


def choose_attempt(*, attempt: Attempt, student: Enrollment, actor: Any, at: datetime) -> Choice:
    """Let an attempt count for one of those whose it is, by their own choice, until they choose another.

    Raises Refused if it is somebody else who chooses, and NotToChoose if the assignment does not let students choose, or the
    attempt has no grade or came too late for one.
    """
    require(actor, Action.CHOOSE, student)
    if student not in attempt.people:
        raise NotToChoose(
            gettext("Attempt {number} does not count for {student}, so it cannot be chosen for them.").format(
                number=attempt.number, student=student
            )
        )
    if attempt.assignment.counting != CountingRule.CHOSEN:
        rule = attempt.assignment.get_counting_display()
        raise NotToChoose(
            gettext("In {assignment} the attempt that counts is not chosen: it is the {rule}.").format(
                assignment=attempt.assignment, rule=rule
            )
        )
    if not attempt.runs.graded().exists():
        raise NotToChoose(
            gettext("Attempt {number} has no grade yet. Choose it when it is graded.").format(number=attempt.number)
        )
    if is_closed(attempt.received_at, deadlines_of(student, attempt.assignment)):
        raise NotToChoose(
            gettext("Attempt {number} arrived after the hard close, so it cannot count. Choose an earlier one.").format(
                number=attempt.number
            )
        )
    with transaction.atomic():
        mine = Choice.objects.select_for_update().filter(student=student, assignment=attempt.assignment)
        choice = mine.first() or Choice(student=student, assignment=attempt.assignment)
        choice.attempt, choice.chosen_at = attempt, at
        save_audited(thing=choice, actor=actor, at=at, reason="chosen by the student")
    return choice
