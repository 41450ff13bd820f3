"""What GitHub tells of a repository beside its pushes: whose it is made for, what it is called now, that it is gone.

A repository is bound by its host's number, so that another name changes nobody's work.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from course_admin.courses.models import Enrollment
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.attempts import BRANCH
from course_admin.submissions.intake.ownership.owner import UnknownRepository, owner_of
from course_admin.submissions.models import Forge, Push, PushState, Repository
from course_admin.submissions.models.push import MADE

MADE_WITH = gettext_noop("It was made with these files; nobody has handed them in.")
GONE = gettext_noop("Its repository was deleted at its host before its code was fetched.")
REASONS = (MADE_WITH, GONE)


class OfSomebodyElse(ValueError):
    """A repository is bound to another student already; the text is a sentence."""


def bind(*, student: Enrollment, login: str, host_id: int, full_name: str, default_branch: str) -> Repository:
    """Bind a repository that was made for a student to them, once; login: theirs, as it stands in its name.

    Raises OfSomebodyElse.
    """
    names = {"full_name": full_name, "bound_name": full_name, "bound_login": login.lower()}
    row, _ = Repository.objects.get_or_create(
        forge=Forge.GITHUB,
        host_id=host_id,
        defaults={"course": student.course, "student": student, "default_branch": default_branch, **names},
    )
    if row.student_id != student.pk:
        raise OfSomebodyElse(
            gettext("{repository} is {name}'s already.").format(repository=full_name, name=row.student.name)
        )
    row.is_settled = True
    row.save(update_fields=["is_settled"])
    return row


def has_start(repository: Repository) -> bool:
    """Say whether it is known which commit a repository was made with."""
    return Push.objects.filter(delivery_id=f"{MADE}{repository.host_id}").exists()


def note_start(repository: Repository, *, commit_id: str, at: datetime) -> None:
    """Note the commit that a repository was made with, once: whoever asks its host later finds nothing handed in yet."""
    Push.objects.get_or_create(
        delivery_id=f"{MADE}{repository.host_id}",
        defaults={
            "repository": repository,
            "ref": f"{BRANCH}{repository.default_branch}",
            "commit_id": commit_id,
            "received_at": at,
            "next_try_at": at,
            "state": PushState.IGNORED,
            "reason": MADE_WITH,
        },
    )


def bind_found(
    *,
    host_id: int,
    full_name: str,
    default_branch: str,
    pushed_at: datetime | None,
    at: datetime,
    forge: str = Forge.GITHUB,
) -> Repository | None:
    """Bind a repository that its host knows and no push announced, by its name; None if nothing says whose it is.

    pushed_at: by its host's clock, when it was last pushed to, if it says so.
    """
    told = Announcement(
        delivery_id="",
        repository_id=host_id,
        full_name=full_name,
        default_branch=default_branch,
        ref="",
        before_id="",
        commit_id="",
        is_forced=False,
        is_deletion=False,
        sender_login="",
        sender_is_bot=False,
        forge=forge,
    )
    try:
        owner = owner_of(told, at)
    except UnknownRepository:
        return None
    names = {"full_name": full_name, "bound_name": full_name, "bound_login": owner.login.lower()}
    row, is_new = Repository.objects.get_or_create(
        forge=forge,
        host_id=host_id,
        defaults={
            "course": owner.student.course,
            "student": owner.student,
            "default_branch": default_branch,
            "pushed_at": pushed_at,
            **names,
        },
    )
    return row if is_new else None


def note_name(*, host_id: int, full_name: str, default_branch: str) -> bool:
    """Note what a repository is called now; False if it is nobody's that we know."""
    known = Repository.objects.filter(forge=Forge.GITHUB, host_id=host_id)
    known.exclude(full_name=full_name, default_branch=default_branch).update(
        full_name=full_name, default_branch=default_branch
    )
    return known.exists()


def note_deletion(*, host_id: int) -> int:
    """Show staff at once what will never be fetched of a repository that is gone; return how many pushes. Attempts stay."""
    with transaction.atomic():
        waiting = Push.objects.filter(
            repository__forge=Forge.GITHUB, repository__host_id=host_id, state=PushState.RECEIVED
        )
        return waiting.update(state=PushState.NEEDS_ATTENTION, reason=GONE)
