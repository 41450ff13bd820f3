"""Repositories follow the roster: where a login is corrected there, its repositories and their attempts are the right person's.

Two students who had each other's login get each other's attempts back, on record. Who renamed their account keeps what is theirs:
what a host's number proves, and what was made here for somebody, no login changes.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment, Student
from course_admin.submissions.intake.groups import team_of
from course_admin.submissions.intake.ownership.owner import claimed
from course_admin.submissions.models import Attempt, AttemptMember, Forge, Push, Repository

CORRECTED = "the roster has the repository's login for somebody else by now"
AT_ONCE = 200


def follow_roster(*, at: datetime) -> int:
    """Give repositories to whom the roster names for them by now, with their attempts; return how many changed hands."""
    moves: list[tuple[Repository, Enrollment]] = []
    with transaction.atomic():
        for row in _misnamed().select_related("student", "course").order_by("pk")[:AT_ONCE]:
            to = claimed(row.course_id, row.bound_login, row.forge)
            if to is None or to.pk == row.student_id:
                continue
            if _is_proven(row, to):
                Repository.objects.filter(pk=row.pk).update(is_settled=True)
            else:
                moves.append((row, to))
        hand_over(moves=moves, actor=None, at=at, reason=CORRECTED)
    return len(moves)


def _misnamed() -> QuerySet[Repository]:
    """Return the repositories whose login somebody else of their course has; at a forge the university's goes before GitHub's."""
    there = Student.objects.active().filter(course=OuterRef("course"))
    by_github = Exists(there.filter(github_login__iexact=OuterRef("bound_login")))
    by_university = Exists(there.filter(university_login__iexact=OuterRef("bound_login")))
    is_github = Q(student__github_login__iexact=F("bound_login"))
    is_university = Q(student__university_login__iexact=F("bound_login"))
    rows = Repository.objects.filter(is_settled=False)
    at_github = rows.filter(~is_github, by_github, forge=Forge.GITHUB)
    forges = rows.filter(~is_university, forge__in=(Forge.GITEA, Forge.GITLAB))
    at_forges = forges.filter(by_university | (~is_github & by_github))
    return Repository.objects.filter(Q(pk__in=at_github.values("pk")) | Q(pk__in=at_forges.values("pk")))


def _is_proven(repository: Repository, to: Enrollment) -> bool:
    """Say whether numbers show that a repository is its student's after all, or at least not whose login it has by now."""
    pushes = Push.objects.filter(repository=repository, sender_login__iexact=repository.bound_login)
    numbers = set(pushes.exclude(sender_id=None).values_list("sender_id", flat=True))
    if not numbers:
        return False
    return repository.student.github_id in numbers or (to.github_id is not None and to.github_id not in numbers)


def hand_over(*, moves: list[tuple[Repository, Enrollment]], actor: Any, at: datetime, reason: str) -> None:
    """Make repositories those of other students of their courses, with their attempts, as a whole; each is on record."""
    repositories = [row.pk for row, _ in moves]
    attempts = Attempt.objects.filter(push__repository__in=repositories).select_related("assignment", "push")
    theirs = list(attempts.with_people().order_by("pk"))
    before = {each.pk: [person.name for person in each.people] for each in theirs}
    AttemptMember.objects.filter(attempt__in=[each.pk for each in theirs]).delete()
    events = []
    owners = {row.pk: to for row, to in moves}
    for row, to in moves:
        event = new_event(row.course_id, AuditKind.ROLE, f"repository {row}", actor=actor, at=at, reason=reason)
        event.before, event.after = {"student": row.student.name}, {"student": to.name}
        events.append(event)
        Repository.objects.filter(pk=row.pk).update(student=to)
    for attempt in theirs:
        assert attempt.push is not None
        people = _give(attempt, owners[attempt.push.repository_id])
        event = new_event(
            attempt.assignment.course_id,
            AuditKind.GRADE,
            f"attempt {attempt.public_id} of {attempt.assignment}",
            actor=actor,
            at=at,
            reason=reason,
        )
        event.before, event.after = {"people": before[attempt.pk]}, {"people": [each.name for each in people]}
        events.append(event)
    record(events)


def _give(attempt: Attempt, to: Enrollment) -> list[Enrollment]:
    """Let an attempt count for somebody and their group, under its number if they have none of that; return whom."""
    people = [to, *team_of(to, attempt.assignment).partners]
    theirs = AttemptMember.objects.filter(student__in=people, assignment=attempt.assignment)
    if theirs.filter(number=attempt.number).exists():
        attempt.number = (theirs.aggregate(most=Max("number"))["most"] or 0) + 1
        Attempt.objects.filter(pk=attempt.pk).update(number=attempt.number)
    attempt.count_for(people)
    return people
