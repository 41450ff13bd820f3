"""Whose a repository is of which only its name and who pushed are known; and in which course, if somebody repeats one.

A login is a claim and a host's number a proof: where they disagree, the number counts, and where it does not say either, nobody
is guessed. Of several courses that expect one name, the one is meant in which it can still count.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import login_in
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Course, Enrollment, Student
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.due_repositories import is_open
from course_admin.submissions.models import Forge, Repository

log = logging.getLogger(__name__)

GOES_ON = "its student goes on with it in another course, and nothing of the earlier one is open any more"
NOT_GIVEN = Q(course__repository_prefix="")  # of courses that take repositories which nobody was given


class UnknownRepository(Exception):
    """No assignment's pattern, together with the roster, says whose repository this is; the text is a sentence for staff."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A student, and the login that stands for them in the repository's name."""

    student: Enrollment
    login: str


def fitting(full_name: str) -> Iterator[tuple[Assignment, str]]:
    """Yield the assignments whose pattern a repository's name fits, each with the login that it reads there.

    Of repositories that a course was given, only its own assignments. The longest pattern comes first, and of two courses'
    the newer one's.
    """
    owner = Course.objects.owning(full_name)
    assignments = Assignment.objects.filter(course=owner) if owner else Assignment.objects.filter(NOT_GIVEN)
    rows = assignments.select_related("course")
    for assignment in sorted(rows, key=lambda each: (-len(each.repository_pattern), -each.course_id)):
        login = login_in(assignment.repository_pattern, full_name)
        if login is not None:
            yield assignment, login


def owner_of(announcement: Announcement, at: datetime) -> Owner:
    """Return the student whose login stands where a pattern has {login}, in the course that it can count in.

    Raises UnknownRepository, which says why.
    """
    found: list[tuple[Assignment, Owner]] = []
    denied = ""
    for assignment, login in fitting(announcement.full_name):
        by_login = claimed(assignment.course_id, login, announcement.forge)
        by_number = _proven(assignment, login, announcement)
        if by_login and not by_number and _is_denied(by_login, login, announcement):
            denied = f"{by_login.name} has the login {login} on the roster, but with another number at GitHub than whoever pushed."
        elif student := by_number or by_login:
            found.append((assignment, Owner(student, login)))
    if not found:
        raise UnknownRepository(denied or why_unknown(announcement.full_name))
    pushed_by = announcement.sender_login.lower()  # of two people whose login a name may hold, whoever pushes to it
    found.sort(key=lambda pair: pair[1].login != pushed_by)
    if len({assignment.course_id for assignment, _ in found}) > 1:
        found.sort(key=lambda pair: not is_open_for(pair[1].student, pair[0], at))  # stable: equals keep their order
    return found[0][1]


def why_unknown(full_name: str) -> str:
    """Say why a name tells nobody's."""
    fit = next(fitting(full_name), None)
    if fit is None:
        return f"No assignment expects the repository {full_name}: no repository pattern fits its name."
    return f"No student of {fit[0].course} has the login {fit[1]}."


def claimed(course: int, login: str, forge: str) -> Enrollment | None:
    """Return whose login it is on a course's roster; a university's own host knows people by its own logins."""
    students = Student.objects.active().filter(course=course)
    at_home = students.filter(university_login__iexact=login).first() if forge != Forge.GITHUB else None
    return at_home or students.filter(github_login__iexact=login).first()


def _proven(assignment: Assignment, login: str, announcement: Announcement) -> Enrollment | None:
    """Return whose number it is that pushed, where the repository is named for whoever that is called."""
    if (
        announcement.forge != Forge.GITHUB
        or announcement.sender_id is None
        or announcement.sender_login.casefold() != login.casefold()
    ):
        return None
    students = Student.objects.active().filter(course=assignment.course_id)
    return students.filter(github_id=announcement.sender_id).first()


def _is_denied(student: Enrollment, login: str, announcement: Announcement) -> bool:
    """Say whether a login has changed hands: who has it now pushed, and is not whom the roster's number means."""
    is_named_so = announcement.sender_login.casefold() == login.casefold()
    numbers = (student.github_id, announcement.sender_id)
    return announcement.forge == Forge.GITHUB and is_named_so and None not in numbers and numbers[0] != numbers[1]


def is_open_for(student: Enrollment, assignment: Assignment, at: datetime) -> bool:
    """Say whether what a student hands in may still count for an assignment, or will."""
    terms = DeadlineBook(assignment.course, student).terms(student, assignment)
    return not assignment.is_draft and is_open(terms, at)


def moved_on(repository: Repository, announcement: Announcement, at: datetime) -> Owner | None:
    """Return whose a bound repository is in another course, if nothing of its own can count any more; else None.

    Who repeats a course goes on in last term's repository: then it is this term's.
    """
    owner, slash, _ = announcement.full_name.partition("/")
    elsewhere = Assignment.objects.exclude(course=repository.course_id)
    if not elsewhere.filter(repository_pattern__istartswith=f"{owner}{slash}").exists():
        return None  # for most pushes: one short question
    others = [
        (assignment, login)
        for assignment, login in fitting(announcement.full_name)
        if assignment.course_id != repository.course_id
    ]
    if not others or _still_counts(repository, at):
        return None
    for assignment, login in others:
        student = _same_person(repository.student, assignment.course_id, login)
        if student is not None and is_open_for(student, assignment, at):
            return Owner(student, login)
    return None


def record_move(repository: Repository, to: Owner, at: datetime) -> None:
    """Put on record, in both courses, that a repository is another course's from now on; its earlier attempts stay."""
    events = [
        new_event(course, AuditKind.ROLE, f"repository {repository}", actor=None, at=at, reason=GOES_ON)
        for course in (repository.course_id, to.student.course_id)
    ]
    before, after = ({"student": each.name, "course": each.course.title} for each in (repository.student, to.student))
    for event in events:
        event.before, event.after = before, after
    record(events)
    log.info("The repository %s goes on in %s.", repository, to.student.course)


def _still_counts(repository: Repository, at: datetime) -> bool:
    """Say whether something of a repository is still open; what has no times at all gives way to another course's."""
    if not repository.student.is_active:
        return False
    mine = Assignment.objects.filter(course=repository.course_id, is_draft=False).select_related("course")
    with_times = mine.filter(Q(due_at__isnull=False) | Q(closes_at__isnull=False) | Q(section_due_times__isnull=False))
    return any(repository.is_for(each) and is_open_for(repository.student, each, at) for each in with_times.distinct())


def _same_person(student: Enrollment, course: int, login: str) -> Enrollment | None:
    """Return the place of a person in another course: by account or number, else by a login that no number denies."""
    students = Student.objects.active().filter(course=course)
    same = Q(pk__in=[])
    if student.account_id is not None:
        same |= Q(account=student.account_id)
    if student.github_id is not None:
        same |= Q(github_id=student.github_id)
    if known := students.filter(same).first():
        return known
    named = students.filter(github_login__iexact=login).first()
    if named is None:
        return None
    both_known = named.account_id is not None and student.account_id is not None
    numbers_known = named.github_id is not None and student.github_id is not None
    return None if both_known or numbers_known else named
