"""Which places on rosters are an account's: a roster's claims, matched to what the account's owner has proven.

GitHub proves a login and a number; a verified e-mail address proves itself. A login can change hands: it counts in the very
log-in that proves it, and later its number alone does. A place that has an account keeps it: nobody takes over an account, or
somebody's place, by owning the same address elsewhere.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Enrollment, OtherEmail
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.email import fold_email
from course_admin.identity.proven.proofs import Proof


def free_places(proof: Proof) -> list[Enrollment]:
    """Return the active places that a log-in proves and nobody has, GitHub's before an address's.

    In a course they are at most two: one among its students, and one elsewhere.
    """
    return _free_places([(proof.github_id, proof.github_login)] if proof.github_id is not None else [], proof.emails)


def take_places(*, account: User, proof: Proof, at: datetime) -> list[Enrollment]:
    """Give an account the free places that its identities prove, audited; none where it has one of that kind already.

    proof: what its owner proved just now. A GitHub login that was proven some other time may be somebody else's by now.
    """
    with transaction.atomic():
        identities = list(ProvenIdentity.objects.filter(account=account))
        numbers_proven = [int(each.subject) for each in identities if each.kind == IdentityKind.GITHUB]
        github = [(number, proof.github_login if number == proof.github_id else "") for number in numbers_proven]
        emails = [each.subject for each in identities if each.kind == IdentityKind.EMAIL]
        taken = {_kind(place) for place in Enrollment.objects.filter(account=account)}
        mine = _still_free(place for place in _free_places(github, emails) if _kind(place) not in taken)
        for place in mine:
            place.account = account
            numbers = [number for number, login in github if _is_login(place, login)]
            if numbers and place.github_id is None:
                place.github_id = numbers[0]
            save_audited(thing=place, actor=account, at=at, reason="logged in with a proven identity")
    return mine


def _free_places(github: list[tuple[int, str]], emails: Iterable[str]) -> list[Enrollment]:
    """Return the free places of some GitHub accounts and addresses; a number counts before a login, which changes hands."""
    folded = {fold_email(each) for each in emails if each}
    wanted = Q(pk__in=())
    for number, login in github:
        wanted |= Q(github_id=number)
        wanted |= Q(github_id__isnull=True, github_login__iexact=login) if login else Q(pk__in=())
    for address in folded:
        others = OtherEmail.objects.filter(address__iexact=address)
        wanted |= Q(email__iexact=address) | Q(pk__in=others.values("enrollment"))
    free = Enrollment.objects.active().filter(wanted, account__isnull=True).select_related("course").order_by("pk")
    free = free.prefetch_related("other_emails")
    # What a database calls equal is only a first choice: which letters it folds depends on which it is.
    by_github = [place for place in free if any(_is_proven(place, *each) for each in github)]
    by_email = [place for place in free if not folded.isdisjoint(map(fold_email, _emails_of(place)))]
    found: dict[tuple[int, bool], Enrollment] = {}
    for place in (*by_github, *by_email):
        found.setdefault(_kind(place), place)
    return list(found.values())


def _still_free(places: Iterable[Enrollment]) -> list[Enrollment]:
    """Return those of some places that nobody else has taken at this very moment, and hold them."""
    found = list(places)
    if not found:
        return []
    Enrollment.objects.hold(found)
    free = set(Enrollment.objects.filter(pk__in=[each.pk for each in found], account__isnull=True))
    return [each for each in found if each in free]


def _kind(place: Enrollment) -> tuple[int, bool]:
    """Return what an account may have one of: a student's place in a course, or another one."""
    return place.course_id, place.is_student


def _emails_of(place: Enrollment) -> list[str]:
    """Return every address that a place claims."""
    return [each for each in (place.email, *(other.address for other in place.other_emails.all())) if each]


def _is_proven(place: Enrollment, number: int, login: str) -> bool:
    return place.github_id == number or (place.github_id is None and _is_login(place, login))


def _is_login(place: Enrollment, login: str) -> bool:
    """Say whether a place's login is one; logins have letters of ASCII only."""
    return bool(login) and place.github_login.lower() == login.lower()
