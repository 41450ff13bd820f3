"""At the end of a term repositories are set to archived: read-only at GitHub, with everything in them. Owners can undo it there.

What somebody can still hand in for is left alone. Source: GitHub's REST description, "Update a repository".
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from django.db import transaction

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.identity.models import User
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.models import ArchivingState, Installation, RepositoryArchiving
from course_admin.integrations.github.repositories.ledger import NotMade, advance, claim
from course_admin.integrations.github.repositories.making import REQUESTS_AN_HOUR, RIGHTS, requests_since
from course_admin.policy import Action, require
from course_admin.submissions.models import Forge, Repository
from course_admin.submissions.models.push import named_for

AT_ONCE = 5  # every ten seconds, one request each that changes something
HOUR = timedelta(hours=1)
MAY_NOT = "The GitHub App may not archive repositories of {owner}: it needs the permission Administration, write."
MOVED = "It is no longer in the organisation."


def archive_all(*, assignment: Assignment, by: User, at: datetime) -> tuple[int, int]:
    """Have the repositories of an assignment archived, on record; return how many, and how many can still be handed in from.

    What failed is tried again. Raises Refused.
    """
    require(by, Action.SET_UP, assignment)
    named = Repository.objects.filter(named_for(assignment), forge=Forge.GITHUB).select_related("student", "course")
    rows = [each for each in named.order_by("pk") if each.is_for(assignment)]
    assignments = list(Assignment.objects.filter(course=assignment.course_id, is_draft=False).select_related("course"))
    book = DeadlineBook(assignment.course)
    over = [each for each in rows if not _is_open(each, assignments, book, at)]
    with transaction.atomic():
        before = RepositoryArchiving.objects.filter(repository__in=over)
        again = before.filter(state=ArchivingState.FAILED).update(
            state=ArchivingState.WAITING, tries=0, words="", next_try_at=at
        )
        known = set(before.values_list("repository", flat=True))
        new = [
            RepositoryArchiving(repository=each, asked_at=at, next_try_at=at) for each in over if each.pk not in known
        ]
        RepositoryArchiving.objects.bulk_create(new, ignore_conflicts=True)
        asked = again + len(new)
        if asked:
            subject, reason = f"repositories of {assignment}", "archived from the page of repositories"
            event = new_event(assignment.course_id, AuditKind.COURSE, subject, actor=by, at=at, reason=reason)
            event.before, event.after = None, {"archived": asked}
            record([event])
    return asked, len(rows) - len(over)


def _is_open(repository: Repository, assignments: list[Assignment], book: DeadlineBook, at: datetime) -> bool:
    """Say whether something of a repository may still be handed in; without any time of its own, an assignment keeps none open."""
    for each in assignments:
        if repository.is_for(each) and repository.student.is_active:
            terms = book.terms(repository.student, each)
            ends_at = terms.extended_closes_at or terms.extended_due_at
            if ends_at is not None and ends_at >= at:
                return True
    return False


def archive_due(*, hub: GitHub) -> int:
    """Archive some of what is waiting; return how many."""
    at = hub.now()
    sent = RepositoryArchiving.objects.filter(begun_at__gt=at - HOUR).count()
    room = min(AT_ONCE, REQUESTS_AN_HOUR - sent - requests_since(at - HOUR))
    due = RepositoryArchiving.objects.filter(state=ArchivingState.WAITING, next_try_at__lte=at)
    done = 0
    for row in due.select_related("repository").order_by("asked_at", "pk")[: max(room, 0)]:
        done += claim(row, hub.now()) and _archive(row, hub)
    return done


def _archive(row: RepositoryArchiving, hub: GitHub) -> bool:
    owner = row.repository.bound_name.partition("/")[0]

    def step(installation: Installation) -> None:
        if row.repository.has_moved:
            raise NotMade(MOVED)
        row.begun_at = hub.now()
        row.save(update_fields=["begun_at"])
        path = f"/repos/{quote(row.repository.full_name)}"
        hub.as_installation(Access(installation.number, RIGHTS), "PATCH", path, {"archived": True})
        row.state, row.words = ArchivingState.ARCHIVED, ""
        row.save(update_fields=["state", "words"])

    needs, failed = {"administration": "write"}, {"state": ArchivingState.FAILED}
    return advance(
        row, hub=hub, owner=owner, needs=needs, may_not=MAY_NOT.format(owner=owner), step=step, failed=failed
    )
