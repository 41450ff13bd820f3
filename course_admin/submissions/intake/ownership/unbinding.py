"""Staff take back that they have said whose a repository is: nobody's it is again, with its attempts, until they say it anew.

An attempt is never without a person. While a repository is nobody's, its attempts are those of a line of the roster that stands for
it: called as the repository is, with no account and nothing that identifies anybody, not in the course. The line goes once it
stands for nothing.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.courses.audit import StillNeeded, delete_audited, save_audited
from course_admin.courses.models import Enrollment
from course_admin.policy import Action, require
from course_admin.submissions.intake.ownership.binding import BY_STAFF, NotBound, require_student
from course_admin.submissions.intake.ownership.following import hand_over
from course_admin.submissions.models import Repository


def give_to(*, repository: Repository, student: Enrollment, by: Any, at: datetime) -> None:
    """Make a bound repository another student's of its course, with its attempts. Raises Refused, or NotBound.

    What was pushed while it was nobody's is graded after all, from when it came.
    """
    require(by, Action.SET_UP, repository.course)
    require_student(student, repository.course_id)
    require(by, Action.BIND_REPOSITORY, student)
    with transaction.atomic():
        held = _held(repository)
        require(by, Action.BIND_REPOSITORY, held)
        stood_for_it = held.student if held.is_nobodys else None
        if held.student_id != student.pk:
            hand_over(moves=[(held, student)], actor=by, at=at, reason=BY_STAFF)
        Repository.objects.filter(pk=held.pk).update(is_settled=True, is_nobodys=False)
        if stood_for_it is not None:
            with suppress(StillNeeded):  # something else hangs on it by now, as marks that somebody gave
                delete_audited(thing=stood_for_it, actor=by, at=at, reason=BY_STAFF)


def unbind(*, repository: Repository, by: Any, at: datetime) -> None:
    """Make a repository that staff have bound nobody's again, with its attempts. Raises Refused, or NotBound."""
    require(by, Action.SET_UP, repository.course)
    with transaction.atomic():
        held = _held(repository)
        require(by, Action.BIND_REPOSITORY, held)
        if held.is_nobodys:
            raise NotBound(gettext("{repository} is nobody's already.").format(repository=held))
        nobody = Enrollment(course=held.course, name=held.full_name, is_active=False)
        save_audited(thing=nobody, actor=by, at=at, reason=BY_STAFF)
        hand_over(moves=[(held, nobody)], actor=by, at=at, reason=BY_STAFF)
        Repository.objects.filter(pk=held.pk).update(is_settled=True, is_nobodys=True)


def _held(repository: Repository) -> Repository:
    rows = Repository.objects.select_for_update(of=("self",)).select_related("student", "course")
    return rows.get(pk=repository.pk)
