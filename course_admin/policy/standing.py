"""What somebody is, and where: read once from their active places on rosters, then asked as often as needed."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.http import HttpRequest

from course_admin.courses.models import Enrollment, Role, Scope

#: Who sees other people's work, and who leads a course.
STAFF_ROLES = (Role.TA, Role.HEAD_TA, Role.INSTRUCTOR)
LEADING_ROLES = (Role.HEAD_TA, Role.INSTRUCTOR)


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's places. Everything is empty for a visitor and for an account that is closed."""

    account_id: int | None = None
    is_administrator: bool = False
    is_let_in: bool = False  # to the back office by an administrator, to look
    account: Any = field(default=None, compare=False, repr=False)
    places: frozenset[int] = frozenset()  # their own lines of rosters, whatever their state
    courses: dict[str, frozenset[int]] = field(default_factory=dict)  # role -> courses where they have it now
    whole_courses: frozenset[int] = frozenset()  # where they are TA of everybody
    sections: frozenset[int] = frozenset()  # whose TA they are, elsewhere

    def courses_as(self, *roles: str) -> frozenset[int]:
        """Return the courses where they have one of some roles."""
        return frozenset().union(*(self.courses.get(role, frozenset()) for role in roles))

    def has_permission(self, name: str) -> bool:
        """Say whether an administrator gave them a permission of Django's; administrators have all."""
        return self.is_administrator or (self.account is not None and self.account.has_perm(name))


def standing_of(actor: Any) -> Standing:
    """Return what an account is; one query, one more for a TA of listed sections. A Standing is returned as it is."""
    if isinstance(actor, Standing):
        return actor
    if not (actor.is_authenticated and actor.is_active):
        return Standing()
    if isinstance(held := getattr(actor, "held_standing", None), Standing):
        return held
    rows = list(
        Enrollment.objects.of(actor).values_list(
            "pk", "role", "course_id", "section_id", "scope", "is_active", "section__course_id"
        )
    )
    courses: dict[str, set[int]] = {}
    for _, role, course, _, _, is_active, _ in rows:
        if is_active:
            courses.setdefault(role, set()).add(course)
    tas = [row for row in rows if row[1] == Role.TA and row[5]]
    # A section of another course, whoever put it there, shows nobody.
    listed = {pk: own if there == course else None for pk, _, course, own, scope, _, there in tas if scope != Scope.ALL}
    more = Enrollment.other_sections.through.objects.filter(
        enrollment__in=listed, section__course=F("enrollment__course")
    )
    taught = more.values_list("section_id", flat=True) if listed else ()
    return Standing(
        account_id=actor.pk,
        is_administrator=actor.is_superuser,
        is_let_in=actor.is_staff,
        account=actor,
        places=frozenset(row[0] for row in rows),
        courses={role: frozenset(keys) for role, keys in courses.items()},
        whole_courses=frozenset(row[2] for row in tas if row[4] == Scope.ALL),
        sections=frozenset(own for own in listed.values() if own is not None) | frozenset(taught),
    )


def viewer(request: HttpRequest) -> Standing:
    """Return what the viewer is, asked once a request."""
    if not hasattr(request, "_standing"):
        request._standing = standing_of(request.user)  # type: ignore[attr-defined]
    return request._standing  # type: ignore[attr-defined]


def seen_by_another(place: Enrollment) -> Any:
    """Return a student's account for somebody else who looks at their pages: in their course it is them, elsewhere nobody.

    Whatever else the account is, in another course or as an administrator, is not lent with it. It must not be saved.
    """
    account: Any = place.account
    account.held_standing = Standing(
        account_id=account.pk,
        places=frozenset({place.pk}),
        courses={place.role: frozenset({place.course_id})} if place.is_active else {},
    )
    return account
