"""Repositories that were made elsewhere, such as by GitHub Classroom, become their students': first shown, then bound, each once.

A name is held against the patterns of the whole course, the longest first, and what stands for the login against the roster; it is
never split at its hyphens. Where that says nothing, staff do. What was bound before stays as it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN, login_in
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment, Student
from course_admin.policy import Action, require
from course_admin.submissions.intake.ownership.binding import NotBound, login_of, require_student, take_in_waiting
from course_admin.submissions.models import Forge, ParkedPush, Repository

REASON = "taken over on the page of existing repositories"
_NUMBERED = re.compile(r"(.+)-\d{1,3}")  # GitHub Classroom numbers a name that is taken


@dataclass(frozen=True, slots=True)
class ExistingRepository:
    """A repository as its host lists it; pushed_at: None if it holds nothing but what it was made with."""

    host_id: int
    full_name: str
    default_branch: str
    pushed_at: datetime | None


class Standing(StrEnum):
    """What taking over would do with a repository."""

    THEIRS = "theirs"  # its name says whose it is
    UNCLEAR = "unclear"  # staff say whose it is, or leave it
    KNOWN = "known"  # bound already
    UNTOUCHED = "untouched"  # its first push binds it


@dataclass(frozen=True, slots=True)
class Adoption:
    """One repository, whose it is or may be, and a sentence for staff."""

    repository: ExistingRepository
    login: str
    standing: Standing
    student: Enrollment | None
    why: str


def propose_adoptions(assignment: Assignment, existing: Iterable[ExistingRepository]) -> list[Adoption]:
    """Return what taking over would do with the repositories that are an assignment's by their names, in their order."""
    of_course = Assignment.objects.filter(course=assignment.course_id).exclude(repository_pattern="")
    patterns = sorted(of_course.values_list("repository_pattern", flat=True), key=lambda each: -len(each))
    students = Student.objects.active().filter(course=assignment.course_id).exclude(github_login="")
    roster = {each.github_login.lower(): each for each in students}
    rows = [
        (each, login)
        for each in existing
        if (login := _login_for(assignment.repository_pattern, each.full_name, patterns, roster)) is not None
    ]
    numbers = [each.host_id for each, _ in rows]
    bound = Repository.objects.filter(forge=Forge.GITHUB, host_id__in=numbers).select_related("student", "course")
    known = {each.host_id: each for each in bound}
    found = [_adoption(each, login, known.get(each.host_id), roster, assignment) for each, login in rows]
    return sorted(found, key=lambda each: each.repository.full_name.lower())


def _login_for(mine: str, full_name: str, patterns: Sequence[str], roster: Mapping[str, Enrollment]) -> str | None:
    """Return what stands for the login in a name, unless a longer pattern finds somebody of the roster in it."""
    for pattern in patterns:
        login = login_in(pattern, full_name)
        if login in roster:
            return login if pattern == mine else None
    return login_in(mine, full_name)


def _adoption(
    existing: ExistingRepository,
    login: str,
    known: Repository | None,
    roster: Mapping[str, Enrollment],
    assignment: Assignment,
) -> Adoption:
    student = roster.get(login)
    if known is not None:
        words = gettext("It is {name}'s already.")
        if known.course_id != assignment.course_id:
            words = gettext("It is {name}'s in {course} already.")
        sentence = words.format(name=known.student.name, course=known.course)
        return Adoption(existing, login, Standing.KNOWN, known.student, sentence)
    if existing.pushed_at is None:
        sentence = gettext("Nothing was pushed to it since it was made: its first push binds it.")
        return Adoption(existing, login, Standing.UNTOUCHED, student, sentence)
    if student is not None:
        return Adoption(
            existing,
            login,
            Standing.THEIRS,
            student,
            gettext("{login} is {name}'s login.").format(login=login, name=student.name),
        )
    if (numbered := _NUMBERED.fullmatch(login)) and (maybe := roster.get(numbered[1])):
        words = gettext(
            "Nobody has the login {login}. It may be another repository of {name}'s: look before you choose."
        )
        sentence = words.format(login=login, name=maybe.name)
        return Adoption(existing, login, Standing.UNCLEAR, maybe, sentence)
    return Adoption(
        existing,
        login,
        Standing.UNCLEAR,
        None,
        gettext("No student of the course has the login {login}.").format(login=login),
    )


def adopt(
    *, assignment: Assignment, adoptions: Sequence[Adoption], chosen: Mapping[int, Enrollment], by: Any, at: datetime
) -> list[Repository]:
    """Bind the chosen repositories, by their host's numbers, to their students, as a whole and on record; return what is new.

    adoptions: as proposed from what the host lists at present. Raises Refused, or NotBound, and then nothing is bound.
    """
    require(by, Action.SET_UP, assignment)
    shown = {each.repository.host_id: each for each in adoptions}
    made: list[Repository] = []
    with transaction.atomic():
        for host_id, student in chosen.items():
            require_student(student, assignment.course_id)
            adoption = shown.get(host_id)
            if adoption is None or adoption.standing is Standing.UNTOUCHED:
                raise NotBound(gettext("What GitHub lists has changed meanwhile; nothing was taken over. Look again."))
            if not _is_by_name(adoption, student):
                require(by, Action.BIND_REPOSITORY, student)
            row, is_new = _bind(adoption, student, assignment)
            if not is_new and row.student_id != student.pk:
                raise NotBound(
                    gettext("{repository} is {name}'s by now; nothing was taken over.").format(
                        repository=row, name=row.student.name
                    )
                )
            if is_new:
                made.append(row)
                waiting = ParkedPush.objects.select_for_update().filter(full_name=row.full_name)
                take_in_waiting(
                    [
                        each
                        for each in waiting.order_by("received_at", "pk")
                        if each.announcement.get("repository_id") == host_id
                    ],
                    at,
                )
        events = [
            new_event(assignment.course_id, AuditKind.ROLE, f"repository {row}", actor=by, at=at, reason=REASON)
            for row in made
        ]
        for event, row in zip(events, made, strict=True):
            event.before, event.after = None, {"student": row.student.name, "assignment": assignment.slug}
        record(events)
    return made


def _is_by_name(adoption: Adoption, student: Enrollment) -> bool:
    """Say whether a repository is the student's by its name and the roster, so that nobody decides anything."""
    return adoption.standing is Standing.THEIRS and adoption.student == student


def _bind(adoption: Adoption, student: Enrollment, assignment: Assignment) -> tuple[Repository, bool]:
    """Bind one; what its name does not say of itself is staff's word, and no login on the roster changes it."""
    existing = adoption.repository
    is_by_name = _is_by_name(adoption, student)
    login = adoption.login if is_by_name else login_of(student)
    name = existing.full_name if is_by_name else assignment.repository_pattern.replace(LOGIN, login)
    return Repository.objects.get_or_create(
        forge=Forge.GITHUB,
        host_id=existing.host_id,
        defaults={
            "course": assignment.course,
            "student": student,
            "full_name": existing.full_name,
            "default_branch": existing.default_branch,
            "pushed_at": existing.pushed_at,
            "bound_name": name,
            "bound_login": login.lower(),
            "is_settled": not is_by_name,
        },
    )
