"""Who is in a course, filtered and searched, each with what was granted to them and how far they are with an account."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Extension
from course_admin.courses.models import Accommodation, Course, Enrollment, GroupMembership, Role, Section
from course_admin.invitations.models import Invitation


class AccountState(StrEnum):
    """How far somebody is with their account."""

    LINKED = "linked"
    INVITED = "invited"
    NONE = "none"


ACCOUNT_WORDS = {
    AccountState.LINKED: _("has an account"),
    AccountState.INVITED: _("invited, has not joined"),
    AccountState.NONE: _("no account, not invited"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the roster are asked for; empty: whichever."""

    words: str = ""
    role: str = ""
    section: Section | None = None
    account: str = ""
    is_granted: bool = False  # only those with an extension or an accommodation
    is_gone: bool = False  # only those who are in the course no longer


@dataclass
class Line:
    """One person."""

    person: Enrollment
    account: AccountState
    words: str
    extensions: list[Extension] = field(default_factory=list)
    accommodation: Accommodation | None = None


def people_of(course: Course, wanted: Wanted, at: datetime) -> QuerySet[Enrollment]:
    """Return the lines of a roster that are asked for, by name."""
    found: Any = Enrollment.objects.filter(course=course, is_active=not wanted.is_gone)
    found = found.named_like(wanted.words) if wanted.words else found
    found = found.filter(role=wanted.role) if wanted.role else found
    if wanted.section is not None:
        found = found.filter(Q(section=wanted.section) | Q(pk__in=wanted.section.also_enrolled.values("pk")))
    if wanted.is_granted:
        found = found.filter(
            Q(pk__in=_granted_to(course)) | Exists(Accommodation.objects.filter(student=OuterRef("pk")))
        )
    found = found.annotate(is_invited=Exists(_open_invitations(at).filter(enrollment=OuterRef("pk"))))
    match wanted.account:
        case AccountState.LINKED:
            found = found.filter(account__isnull=False)
        case AccountState.INVITED:
            found = found.filter(account__isnull=True, is_invited=True)
        case AccountState.NONE:
            found = found.filter(account__isnull=True, is_invited=False)
    return found.select_related("section").prefetch_related("other_sections").order_by("name", "pk")


def _open_invitations(at: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.standing().filter(expires_at__gt=at)


def _granted_to(course: Course) -> QuerySet[Any]:
    """Return the keys of whoever has an extension, their own or their group's."""
    own = Extension.objects.filter(assignment__course=course, student__isnull=False).values("student")
    groups = Extension.objects.filter(assignment__course=course, group__isnull=False).values("group")
    members = GroupMembership.objects.filter(group__in=groups).values("student")
    return Enrollment.objects.filter(Q(pk__in=own) | Q(pk__in=members)).values("pk")


def lines_of(people: Sequence[Enrollment]) -> list[Line]:
    """Return people as the page shows them, in a constant number of queries."""
    keys = [each.pk for each in people]
    extensions: dict[int, list[Extension]] = defaultdict(list)
    for each in Extension.objects.filter(student__in=keys).select_related("assignment"):
        extensions[each.student_id or 0].append(each)
    groups: dict[int, list[int]] = defaultdict(list)
    for membership in GroupMembership.objects.filter(student__in=keys):
        groups[membership.group_id].append(membership.student_id)
    for each in Extension.objects.filter(group__in=groups).select_related("assignment", "group"):
        for key in groups[each.group_id or 0]:
            extensions[key].append(each)
    accommodations = {each.student_id: each for each in Accommodation.objects.filter(student__in=keys)}
    return [_line(person, extensions[person.pk], accommodations.get(person.pk)) for person in people]


def _line(person: Any, extensions: list[Extension], accommodation: Accommodation | None) -> Line:
    state = AccountState.LINKED if person.account_id is not None else AccountState.NONE
    if state is AccountState.NONE and person.is_invited:
        state = AccountState.INVITED
    return Line(person, state, str(ACCOUNT_WORDS[state]), extensions, accommodation)


def counts_of(course: Course) -> dict[str, int]:
    """Return how many are in a course now: students, staff, observers, and those without an account."""
    active = Q(is_active=True)
    staff = Q(role__in=(Role.TA, Role.HEAD_TA, Role.INSTRUCTOR))
    counted: dict[str, int] = Enrollment.objects.filter(course=course).aggregate(
        students=Count("pk", filter=active & Q(role=Role.STUDENT)),
        staff=Count("pk", filter=active & staff),
        observers=Count("pk", filter=active & Q(role=Role.OBSERVER)),
        without_account=Count("pk", filter=active & Q(account__isnull=True)),
        gone=Count("pk", filter=~active),
    )
    return counted
