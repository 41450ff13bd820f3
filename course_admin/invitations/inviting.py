"""Invitations to places on rosters: made and taken back by who leads the course, accepted by whoever has the link.

A link is signed for this purpose alone, and for the role that its line has: whoever saw it before a line came to be more has
nothing. Accepting it gives the place to the account that is logged in, and proves nothing else: no address, no other place, no
other account.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course, Enrollment
from course_admin.identity.models import User
from course_admin.invitations.models import GOOD_FOR, Invitation
from course_admin.policy import Action, leads, may, require, require_change_of_line
from course_admin.task_sender import send_on_commit

SEND = "course_admin.invitations.tasks.send_invitations"
_SIGNER = signing.Signer(salt="assay.invitations.person")
OVER = _("This invitation is over, was taken back, or was used already. Ask your course staff for a new one.")
TAKEN = _(
    "Your account has a place of this kind in the course already, so it cannot take another. Ask your course staff."
)


class NotInvited(ValueError):
    """An invitation does not hold; the text is a sentence for whoever opened its link."""


def token_of(invitation: Invitation) -> str:
    """Return what stands in an invitation's link, which leads to its line in the role that this has now."""
    return _SIGNER.sign(f"{invitation.public_id}.{invitation.enrollment.role}")


def _read(token: str) -> tuple[str, str]:
    """Return the invitation's name and the role that a link was made for; nothing, if it is none of ours."""
    try:
        public_id, _, role = _SIGNER.unsign(token).partition(".")
    except signing.BadSignature:
        return "", ""
    return public_id, role


def invitation_of(token: str, at: datetime) -> Invitation:
    """Return the invitation of a link. Raises NotInvited if it is none of ours, or does not hold any more."""
    public_id, role = _read(token)
    found = Invitation.objects.select_related("enrollment__course").filter(public_id=public_id).first()
    if found is None or not found.is_good(at):
        raise NotInvited(OVER)
    line = found.enrollment
    if not line.is_active or line.account_id is not None or line.role != role:
        raise NotInvited(OVER)
    needed = Action.APPOINT if leads(role) else Action.INVITE
    if not line.is_student and not may(found.invited_by, needed, line):
        raise NotInvited(OVER)  # whoever made it has had its link, and gives no such place away any more
    return found


def has_accepted(*, token: str, account: Any) -> bool:
    """Say whether an account has come in by this very link: whoever opens it again is where it led."""
    public_id, _ = _read(token)
    mine = Invitation.objects.filter(public_id=public_id, accepted_at__isnull=False)
    return account.is_authenticated and mine.filter(account=account, enrollment__account=account).exists()


def can_be_invited(course: Course) -> Any:
    """Return the lines of a roster that have no account and no standing invitation."""
    standing = Invitation.objects.standing().values("enrollment")
    return Enrollment.objects.active().filter(course=course, account__isnull=True).exclude(pk__in=standing)


def invite(*, people: Iterable[Enrollment], origin: str, actor: Any, at: datetime) -> list[Invitation]:
    """Invite some people of a course, by mail where their line has an address; whoever has an account is left out.

    Raises Refused.
    """
    made = []
    with transaction.atomic():
        for person in people:
            require(actor, Action.INVITE, person.course)
            require_change_of_line(actor, person, {})
            held = Enrollment.objects.select_for_update(of=("self",)).get(pk=person.pk)
            if held.account_id is not None or not held.is_active:
                continue
            for old in Invitation.objects.standing().filter(enrollment=held):
                _take_back(old, actor, at)
            new = Invitation(enrollment=person, email=person.email, origin=origin, invited_by=actor)
            new.invited_at, new.expires_at = at, at + GOOD_FOR
            save_audited(thing=new, actor=actor, at=at, reason="invited")
            made.append(new)
        if made:
            send_on_commit(SEND, {})
    return made


def take_back(*, invitation: Invitation, actor: Any, at: datetime) -> bool:
    """Take an invitation back; False if it was over already. Raises Refused."""
    require(actor, Action.INVITE, invitation)
    require_change_of_line(actor, invitation.enrollment, {})
    with transaction.atomic():
        held = Invitation.objects.select_for_update(of=("self",)).select_related("enrollment").get(pk=invitation.pk)
        return held.is_good(at) and _take_back(held, actor, at)


def _take_back(invitation: Invitation, actor: Any, at: datetime) -> bool:
    invitation.revoked_at = at
    return save_audited(thing=invitation, actor=actor, at=at, reason="taken back") is not None


def accept(*, token: str, account: User, at: datetime) -> Enrollment:
    """Give the place of an invitation to an account. Raises NotInvited, and then nothing is changed."""
    with transaction.atomic():
        invitation = invitation_of(token, at)
        held = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        place = Enrollment.objects.select_for_update(of=("self",)).get(pk=held.enrollment_id)
        if not held.is_good(at) or place.account_id is not None or not place.is_active:
            raise NotInvited(OVER)
        if place.role != invitation.enrollment.role:
            raise NotInvited(OVER)
        others = Enrollment.objects.filter(course=place.course_id, account=account)
        if any(each.is_student == place.is_student for each in others):
            raise NotInvited(TAKEN)
        place.account = account
        save_audited(thing=place, actor=account, at=at, reason="accepted an invitation")
        held.accepted_at, held.account = at, account
        save_audited(thing=held, actor=account, at=at, reason="accepted")
        return place
