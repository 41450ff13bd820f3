"""Self-enrolment: joining a course as a student by its code, or by an address of its domains that was proven.

Where the course says so, staff let each one in. A line that is on the roster already is never taken by being alike: it becomes
somebody's by what they proved, or by an invitation.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course, Enrollment, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.email import fold_email
from course_admin.invitations.models import JoinRequest, RequestState, SelfEnrolment, new_code
from course_admin.policy import Action, require

CLOSED = _(
    "This course cannot be joined this way: its code is another one, or it is closed. Ask your course staff for an invitation."
)
DECLINED = _("Your course staff declined this. Talk to them if you think that is a mistake.")
THERE = _("You are in this course already.")
ON_THE_ROSTER = _(
    "Somebody with your address or GitHub account is on the roster already. Ask your course staff for an invitation to that "
    "line, so that your work is found."
)


class JoinRefused(ValueError):
    """Somebody cannot join; the text is a sentence for them."""


def set_self_enrolment(
    *,
    course: Course,
    is_open: bool,
    with_code: bool,
    email_domains: str,
    needs_approval: bool,
    actor: Any,
    at: datetime,
) -> SelfEnrolment:
    """Say who may join a course by themselves; a code that is there stays. Raises Refused, or JoinRefused."""
    require(actor, Action.INVITE, course)
    chosen = SelfEnrolment.objects.filter(course=course).first() or SelfEnrolment(course=course)
    chosen.is_open, chosen.email_domains, chosen.needs_approval = is_open, email_domains.strip(), needs_approval
    chosen.code = (chosen.code or new_code()) if with_code else ""
    if is_open and not (chosen.code or chosen.domains):
        raise JoinRefused(gettext("An open course needs a code, or domains of addresses."))
    save_audited(thing=chosen, actor=actor, at=at, reason="set on the page of invitations")
    return chosen


def admits(course: Course, code: str, domains: set[str]) -> bool:
    """Say whether a course is open to somebody who knows a code, or proved addresses of some domains."""
    chosen = SelfEnrolment.objects.filter(course=course, is_open=True).first()
    if chosen is None:
        return False
    knows = bool(chosen.code) and constant_time_compare(code.strip().upper().encode(), chosen.code.encode())
    return knows or not chosen.domains.isdisjoint(domains)


def domain_of(address: str) -> str:
    """Return an address's domain as it is compared."""
    return fold_email(address).rpartition("@")[2]


def join(*, course: Course, account: User, code: str, at: datetime) -> Enrollment | JoinRequest:
    """Put an account on a course's roster as a student, or have it ask. Raises JoinRefused, and then nothing is changed."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=account.pk)
        if Enrollment.objects.students().filter(course=course, account=account).exists():
            raise JoinRefused(THERE)
        if not admits(course, code, {domain_of(each) for each in _proven_addresses(account)}):
            raise JoinRefused(CLOSED)
        asked = JoinRequest.objects.filter(course=course, account=account).first()
        if asked is not None and asked.state == RequestState.DECLINED:
            raise JoinRefused(DECLINED)
        if not SelfEnrolment.objects.get(course=course).needs_approval:
            return _enrol(course, account, account, at)
        if asked is None:
            asked = JoinRequest(course=course, account=account, asked_at=at)
            save_audited(thing=asked, actor=account, at=at, reason="asked to join")
        return asked


def what_came_of(course: Course, account: User) -> Enrollment | JoinRequest | None:
    """Return an account's place among a course's students, or its request that waits; None: it can still join."""
    asked = JoinRequest.objects.filter(course=course, account=account, state=RequestState.WAITING)
    return Enrollment.objects.students().filter(course=course, account=account).first() or asked.first()


def decide(*, request: JoinRequest, lets_in: bool, actor: Any, at: datetime) -> Enrollment | None:
    """Let somebody in who asked, or decline. Raises Refused, or JoinRefused."""
    require(actor, Action.INVITE, request)
    with transaction.atomic():
        held = (
            JoinRequest.objects.select_for_update(of=("self",)).select_related("course", "account").get(pk=request.pk)
        )
        if held.state == RequestState.ACCEPTED:
            raise JoinRefused(gettext("They were let in already."))
        held.state = RequestState.ACCEPTED if lets_in else RequestState.DECLINED
        held.decided_at = at
        save_audited(thing=held, actor=actor, at=at, reason="decided on the page of invitations")
        return _enrol(held.course, held.account, actor, at) if lets_in else None


def _proven_addresses(account: User) -> list[str]:
    proven = ProvenIdentity.objects.filter(account=account, kind=IdentityKind.EMAIL)
    return list(proven.values_list("subject", flat=True))


def _enrol(course: Course, account: User, actor: Any, at: datetime) -> Enrollment:
    """Make an account's line of a roster, with what it proved. Raises JoinRefused where the roster knows that already."""
    github = ProvenIdentity.objects.filter(account=account, kind=IdentityKind.GITHUB).first()
    address = next(iter(_proven_addresses(account)), "")
    person = Enrollment(
        course=course,
        account=account,
        role=Role.STUDENT,
        name=str(account)[:200],
        email=address,
        github_login=github.label if github else "",
        github_id=int(github.subject) if github else None,
    )
    try:
        with transaction.atomic():
            save_audited(thing=person, actor=actor, at=at, reason="joined by self-enrolment")
    except IntegrityError:
        raise JoinRefused(ON_THE_ROSTER) from None
    return person
