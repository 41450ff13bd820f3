"""Which places on rosters an identity proves, and giving them to its account.

GitHub proves a login and a number; a verified e-mail address proves itself. A place that has an account keeps it: nobody
takes over an account, or somebody's place, by owning the same address elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Enrollment


@dataclass(frozen=True, slots=True)
class Identity:
    """What a log-in elsewhere proved; GitHub's fields are empty if it was not GitHub."""

    github_id: int | None = None
    github_login: str = ""
    emails: tuple[str, ...] = ()  # verified ones


def proven_by_github(identity: Identity) -> Q:
    """Return the condition that GitHub proves a place; a number counts before a login, which can change hands."""
    if identity.github_id is None or not identity.github_login:
        return Q(pk__in=())
    by_login = Q(github_id__isnull=True, github_login__iexact=identity.github_login)
    return Q(github_id=identity.github_id) | by_login


def free_places(identity: Identity) -> list[Enrollment]:
    """Return the active places that an identity proves and nobody has: at most one a course, GitHub's before an address's."""
    by_email = Q(pk__in=())
    for address in filter(None, identity.emails):  # a place without an address is not everybody's
        by_email |= Q(email__iexact=address)
    places = Enrollment.objects.active().filter(account__isnull=True).select_related("course").order_by("pk")
    found: dict[int, Enrollment] = {}
    for condition in (proven_by_github(identity), by_email):
        for place in places.filter(condition):
            found.setdefault(place.course_id, place)
    return list(found.values())


def owner(identity: Identity) -> User | None:
    """Return the one account that has a place which GitHub proves; None if there is none, or several, or it is privileged."""
    places = Enrollment.objects.active().filter(proven_by_github(identity), account__isnull=False)
    accounts = {place.account for place in places.select_related("account")}
    account = accounts.pop() if len(accounts) == 1 else None
    return None if account is None or account.is_staff or account.is_superuser else account


def take_places(*, account: User, identity: Identity, at: datetime) -> list[Enrollment]:
    """Give an account the free places that its identity proves, audited; none in a course where it has one already."""
    taken = set(Enrollment.objects.filter(account=account).values_list("course_id", flat=True))
    mine = [place for place in free_places(identity) if place.course_id not in taken]
    for place in mine:
        place.account = account
        if identity.github_login.casefold() == place.github_login.casefold() and identity.github_id is not None:
            place.github_id = identity.github_id
        save_audited(thing=place, actor=account, at=at, reason="logged in with a proven identity")
    return mine
