"""What a log-in proved, and keeping it: the one place that writes proven identities.

An identity that is somebody's stays theirs: it is never moved, and never joins an account by being like it. Its owner
connects it while they are logged in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from course_admin.courses.audit import delete_audited, save_audited
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.email import fold_email
from course_admin.policy import Action, require

WHY = "proven by logging in"
BY_MAIL = "its address was proven by a mail"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a log-in elsewhere proved: who it was there, and the addresses that were verified there."""

    kind: IdentityKind
    subject: str
    issuer: str = ""
    label: str = ""
    emails: tuple[str, ...] = ()

    @property
    def github_id(self) -> int | None:
        """GitHub's number; None if it was not GitHub."""
        return int(self.subject) if self.kind == IdentityKind.GITHUB else None

    @property
    def github_login(self) -> str:
        """GitHub's login; empty if it was not GitHub."""
        return self.label if self.kind == IdentityKind.GITHUB else ""


def keep(*, proof: Proof, account: User, at: datetime) -> list[ProvenIdentity]:
    """Keep what an account's owner proved just now, audited; leave out what is another account's already."""
    told = [(proof.kind, proof.issuer, proof.subject, proof.label)]
    told += [(IdentityKind.EMAIL, "", fold_email(each), each) for each in proof.emails if each]
    with transaction.atomic():
        return [each for one in told if (each := _keep_one(account, at, *one)) is not None]


def _keep_one(
    account: User, at: datetime, kind: IdentityKind, issuer: str, subject: str, label: str
) -> ProvenIdentity | None:
    known = ProvenIdentity.objects.select_for_update().filter(kind=kind, issuer=issuer, subject=subject).first()
    if known is not None and known.account_id != account.pk:
        return None
    identity = known or ProvenIdentity(account=account, kind=kind, issuer=issuer, subject=subject)
    identity.label, identity.proven_at = label, at
    save_audited(thing=identity, actor=account, at=at, reason=WHY)
    return identity


def detach(*, identity: ProvenIdentity, actor: Any, at: datetime, reason: str) -> None:
    """Take an identity off its account, audited: it logs nobody in any more, and proves no place. Raises Refused.

    Whoever came in by it is out: the account's sessions end, and its API tokens.
    """
    require(actor, Action.DETACH_IDENTITY, identity)
    with transaction.atomic():
        account = identity.account
        _take_off(identity, actor, at, reason)
        account.credential_set_at = at
        save_audited(thing=account, actor=actor, at=at, reason=reason)


def _take_off(identity: ProvenIdentity, actor: Any, at: datetime, reason: str) -> None:
    if identity.kind != IdentityKind.EMAIL:
        SocialAccount.objects.filter(user=identity.account, uid=identity.subject).delete()
    delete_audited(thing=identity, actor=actor, at=at, reason=reason)


def prove_by_mail(*, account: User, at: datetime) -> bool:
    """Keep that an account is its address's owner's; what was connected before is taken off, the first time: says whether it was.

    An account can be named by an address that nobody has proven, by whoever made it: the link of an invitation is enough. What
    they connected would go on opening it when the address's owner has come into it by a mail.
    """
    address = account.email or ""
    with transaction.atomic():
        theirs = list(ProvenIdentity.objects.select_for_update().filter(account=account))
        if any((each.kind, each.subject) == (IdentityKind.EMAIL, address) for each in theirs):
            return False
        for identity in theirs:
            _take_off(identity, account, at, BY_MAIL)
        connected, _ = SocialAccount.objects.filter(user=account).delete()
        keep(proof=Proof(IdentityKind.EMAIL, address, label=address), account=account, at=at)
    return bool(theirs or connected)
