"""What is known of a repository beside its pushes: whose it is made for, what it is called now, that it is gone.

A repository is bound by its host's number, so that another name changes nobody's work.
"""

from django.db import transaction

from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Push, PushState, Repository

GONE = "Its repository was deleted at its host before its code was fetched."


class OfSomebodyElse(ValueError):
    """A repository is bound to another student already; the text is a sentence."""


def bind(*, student: Enrollment, login: str, host_id: int, full_name: str, default_branch: str) -> Repository:
    """Bind a repository that was made for a student to them, once; login: theirs, as it stands in its name.

    Raises OfSomebodyElse.
    """
    names = {"full_name": full_name, "bound_name": full_name, "bound_login": login.lower()}
    row, _ = Repository.objects.get_or_create(
        host_id=host_id,
        defaults={"course": student.course, "student": student, "default_branch": default_branch, **names},
    )
    if row.student_id != student.pk:
        raise OfSomebodyElse(f"{full_name} is {row.student.name}'s already.")
    return row


def note_name(*, host_id: int, full_name: str, default_branch: str) -> bool:
    """Note what a repository is called now; False if it is nobody's that we know."""
    known = Repository.objects.filter(host_id=host_id)
    known.exclude(full_name=full_name, default_branch=default_branch).update(
        full_name=full_name, default_branch=default_branch
    )
    return known.exists()


def note_deletion(*, host_id: int) -> int:
    """Show staff at once what will never be fetched of a repository that is gone; return how many pushes. Attempts stay."""
    with transaction.atomic():
        waiting = Push.objects.filter(repository__host_id=host_id, state=PushState.RECEIVED)
        return waiting.update(state=PushState.NEEDS_ATTENTION, reason=GONE)
