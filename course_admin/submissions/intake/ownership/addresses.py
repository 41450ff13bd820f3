"""A repository that anybody can read, at any git host: it is named by its address, and what it holds is found by asking.

Nothing announces pushes there. Hosts are those of the settings, names of accounts and passwords belong into no address, and whose
it is was said by its student, or by staff for them: no roster changes it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment
from course_admin.policy import Action, may, require
from course_admin.submissions.intake.ownership.binding import login_of
from course_admin.submissions.intake.polling import look
from course_admin.submissions.models import Forge, Repository
from grader.errors import GraderError
from grader.sanitize import clean
from grader.source.git.repository import URL

USUAL_BRANCHES = ("main", "master")
ADDRESS_LETTERS = 200
AN_HOUR_SECONDS, TRIES_AN_HOUR = 3600, 20  # of one account: each asks a host
SENTENCE_BYTES = 500
WITH_CREDENTIALS = _(
    "The address holds a name or a password. Give it without: a repository that is named here can be read by everybody."
)
NO_ADDRESS = _("This is no address of a repository: it must read https://host/owner/name.")
NOT_ENCRYPTED = _("The address is not encrypted; give the one that begins with https://.")
TOO_OFTEN = _("You have named very many addresses within this hour. Please wait a while.")
NOT_HERE = _("For this assignment no repository can be named. Its page says how to hand in.")
NOT_ACTIVE = _("Only for an active student of the course a repository can be named.")
SOMEBODYS = _(
    "This repository is named for somebody else of the course already. If it is yours, tell your course staff."
)

#: From an address and branches to the commit of each branch that is there.
Ask = Callable[[str, Sequence[str]], Mapping[str, str]]


class NotNamed(ValueError):
    """An address is not taken; the text is a sentence for whoever named it."""


def checked_address(text: str) -> str:
    """Return an address as it is kept: https, a host that is allowed, a path, and nothing else. Raises NotNamed."""
    address = text.strip().removesuffix("/").removesuffix(".git")
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotNamed(NO_ADDRESS) from None
    if "@" in parts.netloc or parts.password:
        raise NotNamed(WITH_CREDENTIALS)
    if parts.scheme == "http" and host:
        raise NotNamed(NOT_ENCRYPTED)
    address = f"https://{parts.netloc.lower()}{parts.path}"
    is_one = parts.scheme == "https" and not (parts.query or parts.fragment) and URL.fullmatch(address)
    if not is_one or len(address) > ADDRESS_LETTERS or "/.." in address:
        raise NotNamed(NO_ADDRESS)
    if host not in settings.ASSAY_PUBLIC_HOSTS or port not in (None, 443):
        sentence = gettext("Repositories on '{host}' are not accepted here. Accepted are those on: {hosts}.")
        known = ", ".join(settings.ASSAY_PUBLIC_HOSTS) or "–"
        raise NotNamed(sentence.format(host=clean(host, 100, 1), hosts=known))
    return address


def takes_addresses(assignment: Assignment) -> bool:
    """Say whether a repository elsewhere can be named for an assignment: where students may hand in without the course's own."""
    offered = assignment.repository_pattern and assignment.takes_uploads and not assignment.is_draft
    return bool(settings.ASSAY_PUBLIC_HOSTS and offered)


def named_address(student: Enrollment, assignment: Assignment) -> Repository | None:
    """Return what is named for a student and an assignment, if anything is."""
    mine = Repository.objects.filter(student=student, forge=Forge.ADDRESS).exclude(bound_name="").order_by("-pk")
    return next((each for each in mine if each.is_for(assignment)), None)


def name_address(
    *, student: Enrollment, assignment: Assignment, address: str, ask: Ask, by: Any, at: datetime
) -> Repository:
    """Name a student's repository for an assignment, in place of one that was named before, and take in what it holds.

    What it holds counts from now: nothing earlier can be shown. Raises Refused, or NotNamed with a sentence.
    """
    if not may(by, Action.SET_UP, assignment):
        require(by, Action.HAND_IN, student)
    if not student.is_active or not student.is_student or student.course_id != assignment.course_id:
        raise NotNamed(NOT_ACTIVE)
    if not takes_addresses(assignment):
        raise NotNamed(NOT_HERE)
    checked = checked_address(address)
    _count(by)
    wanted = (assignment.branch,) if assignment.branch else USUAL_BRANCHES
    try:
        tips = ask(checked, wanted)
    except (GraderError, OSError) as problem:
        sentence = gettext("It could not be read. {problem}")
        raise NotNamed(sentence.format(problem=clean(str(problem), SENTENCE_BYTES, 1))) from None
    branch = next((each for each in wanted if each in tips), None)
    if branch is None:
        sentence = gettext("It has none of these branches: {branches}. Push one, then name it again.")
        raise NotNamed(sentence.format(branches=", ".join(wanted)))
    repository = _bind(student, assignment, checked, branch, by, at)
    look(repository=repository, ask=lambda _repository, branches: _among(tips, branches), at=at)
    return repository


def _bind(student: Enrollment, assignment: Assignment, address: str, branch: str, by: Any, at: datetime) -> Repository:
    with transaction.atomic():
        Enrollment.objects.select_for_update().get(pk=student.pk)
        of_course = Repository.objects.filter(course=assignment.course_id, forge=Forge.ADDRESS).exclude(bound_name="")
        if of_course.filter(full_name__iexact=address).exclude(student=student).exists():
            raise NotNamed(SOMEBODYS)
        before = named_address(student, assignment)
        if before is not None and before.full_name == address:
            return before
        login = login_of(student)
        bound = {"bound_name": assignment.repository_pattern.replace(LOGIN, login), "bound_login": login.lower()}
        if before is not None:  # its attempts stay, and it is asked for no more
            Repository.objects.filter(pk=before.pk).update(bound_name="", bound_login="")
        repository, _ = Repository.objects.update_or_create(
            forge=Forge.ADDRESS,
            host_id=_number_of(f"{student.pk} {assignment.pk} {address}"),
            defaults={
                "course": assignment.course,
                "student": student,
                "full_name": address,
                "default_branch": branch,
                "is_settled": True,
                "asked_at": None,
                "answered_at": None,
                **bound,
            },
        )
        event = new_event(
            assignment.course_id,
            AuditKind.ROLE,
            f"repository {repository}",
            actor=by,
            at=at,
            reason="named by its address",
        )
        event.before = {"address": before.full_name} if before else None
        event.after = {"student": student.name, "assignment": assignment.slug}
        record([event])
    return repository


def _among(tips: Mapping[str, str], branches: Sequence[str]) -> Mapping[str, str]:
    return {branch: tips[branch] for branch in branches if branch in tips}


def _number_of(text: str) -> int:
    """Return a number in place of a host's own, which an address alone does not tell."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def _count(by: Any) -> None:
    """Count a question before it is asked. Raises NotNamed for one too many."""
    if by is None:
        return
    key = f"addresses-{by.pk}"
    cache.add(key, 0, AN_HOUR_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # the hour was over in between
        count = 1
    if count > TRIES_AN_HOUR:
        raise NotNamed(TOO_OFTEN)
