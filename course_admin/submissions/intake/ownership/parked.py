"""Pushes of repositories of which nothing says whose they are: kept, shown to staff, and taken in once something does.

A roster that is a day late, a pattern with a mistake in it, or a login that was renamed costs nobody a late minute: what was kept
counts from when it came.
"""

import logging
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import login_in
from course_admin.courses.models import Course, Student
from course_admin.submissions.intake.announcements.announcement import Announcement, Found
from course_admin.submissions.intake.attempts import BRANCH
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.intake.ownership.owner import UnknownRepository, fitting, owner_of
from course_admin.submissions.models import ParkedPush

log = logging.getLogger(__name__)

MOST = 5_000  # of a course, or of none: more of them are a wrong webhook, and no late roster
AT_ONCE = 50


def park(*, announcement: Announcement, why: str, at: datetime) -> ParkedPush | None:
    """Keep an announcement of a repository that nobody knows, once; None if there is nothing to grade, or too many wait.

    why: a sentence for staff. What a program pushed, as the files of a template, is nobody's hand-in, and neither is a deletion:
    they are kept behind work of the same repository, since they say what its branch holds.
    """
    is_work = not (announcement.is_deletion or announcement.sender_is_bot)
    if not announcement.ref.startswith(BRANCH) or not (is_work or _waits(announcement)):
        return None
    course, login = _told_to(announcement.full_name)
    if ParkedPush.objects.filter(course=course).count() >= MOST:
        log.error("A push to %s is not kept: too many of unknown repositories wait.", announcement.full_name)
        return None
    kept, _ = ParkedPush.objects.get_or_create(
        delivery_id=announcement.delivery_id,
        defaults={
            "course": course,
            "full_name": announcement.full_name,
            "login": login,
            "why": why,
            "announcement": replace(announcement, heard_at=at).stored(),
            "received_at": announcement.counts_from(at),
        },
    )
    return kept


def _waits(announcement: Announcement) -> bool:
    """Say whether something of a repository waits already, whatever it was called then."""
    told = {"announcement__forge": announcement.forge, "announcement__repository_id": announcement.repository_id}
    return ParkedPush.objects.filter(**told).exists()


def _told_to(full_name: str) -> tuple[Course | None, str]:
    """Return the course whose staff are shown a repository, and the login in its name, as far as a pattern fits.

    Where none does, it is the newest course that has repositories of the same owner.
    """
    if fit := next(fitting(full_name), None):
        return fit[0].course, fit[1]
    owner, slash, _ = full_name.partition("/")
    given = Course.objects.owning(full_name)
    near = Assignment.objects.filter(repository_pattern__istartswith=f"{owner}{slash}").order_by("-course")
    newest = near.select_related("course").first()
    return given or (newest.course if newest else None), ""


def take_parked(*, at: datetime) -> int:
    """Take in what was parked and whose student is known by now; return how many. Forgets what is too old.

    A repository's pushes are taken in in their order, some of them at a time.
    """
    ParkedPush.objects.outdated(at).delete()
    maybe = _Rosters()
    known: dict[tuple[str, str, int | None], bool] = {}
    for each in ParkedPush.objects.order_by("received_at", "pk").iterator():
        announcement = Announcement.read(each.announcement)
        key = (announcement.full_name, announcement.sender_login, announcement.sender_id)
        if key not in known:
            known[key] = maybe.know(announcement) and _is_known(announcement, at)
    names = {name for (name, _, _), is_known in known.items() if is_known}
    waiting = ParkedPush.objects.filter(full_name__in=names).order_by("received_at", "pk")
    return sum(_take(each, at) for each in waiting[:AT_ONCE])


class _Rosters:
    """All patterns, logins and numbers, read once: whatever they do not know is not asked for name by name."""

    def __init__(self) -> None:
        patterns = Assignment.objects.exclude(repository_pattern="").values_list("course", "repository_pattern")
        self._patterns = set(patterns)
        students = Student.objects.active().values_list("course", "github_login", "university_login", "github_id")
        self._keys = {
            (course, key)
            for course, *logins, number in students
            for key in (*(login.lower() for login in logins), number)
            if key
        }

    def know(self, announcement: Announcement) -> bool:
        """Say whether some pattern fits a repository, with a login or the number of somebody there."""
        logins = ((course, login_in(pattern, announcement.full_name)) for course, pattern in self._patterns)
        return any(
            (course, login) in self._keys or (course, announcement.sender_id) in self._keys
            for course, login in logins
            if login is not None
        )


def _is_known(announcement: Announcement, at: datetime) -> bool:
    try:
        owner_of(announcement, at)
    except UnknownRepository:
        return False
    return True


def _take(parked: ParkedPush, at: datetime) -> bool:
    with transaction.atomic():
        held = ParkedPush.objects.select_for_update().filter(pk=parked.pk).first()
        if held is None:
            return False
        try:
            announcement = Announcement.read(held.announcement)
            receive(announcement=announcement, at=at, found=Found(received_at=held.received_at, asked_at=None))
        except UnknownRepository:  # somebody else's push to it does not say whose it is
            return False
        held.delete()
    return True
