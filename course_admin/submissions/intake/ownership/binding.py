"""Staff say whose a repository is that nobody knew; it is on record. What waited of it is taken in from when it came."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment
from course_admin.policy import Action, require
from course_admin.submissions.intake.announcements.announcement import Announcement, Found
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.models import ParkedPush, Repository
from course_admin.submissions.models.push import RepositoryQuerySet, named_for

BY_STAFF = "said by staff on the page of repositories"


class NotBound(ValueError):
    """A repository cannot be bound; the text is a sentence."""


def bind_parked(*, full_name: str, assignment: Assignment, student: Enrollment, by: Any, at: datetime) -> Repository:
    """Make an unknown repository a student's for an assignment, and take in what waited of it. Raises Refused, or NotBound."""
    require(by, Action.SET_UP, assignment)
    require_student(student, assignment.course_id)
    require(by, Action.BIND_REPOSITORY, student)
    if not assignment.repository_pattern:
        raise NotBound(
            gettext("The assignment has no repository pattern, so that nothing of a repository counts for it.")
        )
    with transaction.atomic():
        waiting = ParkedPush.objects.select_for_update().filter(course=assignment.course_id, full_name=full_name)
        parked = list(waiting.order_by("received_at", "pk"))
        if not parked:
            raise NotBound(gettext("Nothing waits of {repository} any more.").format(repository=full_name))
        told = Announcement.read(parked[-1].announcement)
        login = login_of(student)
        row, is_new = Repository.objects.get_or_create(
            forge=told.forge,
            host_id=told.repository_id,
            defaults={
                "course": assignment.course,
                "student": student,
                "full_name": full_name,
                "default_branch": told.default_branch,
                "bound_name": assignment.repository_pattern.replace(LOGIN, login),
                "bound_login": login.lower(),
                "is_settled": True,
            },
        )
        if not is_new:
            raise NotBound(
                gettext("{repository} is {name}'s by now.").format(repository=full_name, name=row.student.name)
            )
        event = new_event(assignment.course_id, AuditKind.ROLE, f"repository {row}", actor=by, at=at, reason=BY_STAFF)
        event.before, event.after = None, {"student": student.name, "assignment": assignment.slug}
        record([event])
        take_in_waiting(parked, at)
    return row


def take_in_waiting(parked: Iterable[ParkedPush], at: datetime) -> None:
    """Receive what waited of a repository that is bound by now, from when it came; part of the caller's transaction."""
    for each in parked:
        found = Found(received_at=each.received_at, asked_at=None)
        receive(announcement=Announcement.read(each.announcement), at=at, found=found)
        each.delete()


def bound_by_staff(assignment: Assignment) -> RepositoryQuerySet:
    """Return the repositories that staff have bound for an assignment: they count under another name than their own."""
    return Repository.objects.filter(named_for(assignment), is_settled=True).exclude(bound_name__iexact=F("full_name"))


def login_of(student: Enrollment) -> str:
    """Return what stands for a student in the name under which a repository that is called otherwise counts."""
    return student.github_login or student.university_login or f"student-{student.pk}"


def require_student(student: Enrollment, course: int) -> None:
    if student.course_id != course or not student.is_student or not student.is_active:
        raise NotBound(gettext("{name} is no active student of the course.").format(name=student.name))
