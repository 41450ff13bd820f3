"""Whose launch it is, and where it leads.

A subject of a platform is an identity like any other: it is its account's alone, and joins one that is there only by its
owner's own click while they are logged in. Somebody new gets an account if the roster of the linked course names this very
subject; an e-mail address that a platform tells proves nothing.
"""

from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course, Enrollment
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.proofs import Proof, keep
from course_admin.integrations.lti.launch.claims import REVIEW, DeepLinking, Launch
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.launch.state import Ticket
from course_admin.integrations.lti.models import LtiCourse, Platform
from course_admin.policy import Action, allowed
from course_admin.submissions.models import Attempt

WHY = "launched from the course's learning platform"
LINKING, LINKING_SECONDS = "lti-linking", 3600


class NobodyYet(Exception):
    """No account has this identity, no roster names it, and nobody is logged in who could connect it."""


def launch_of(ticket: Ticket) -> Launch:
    """Return the launch that a ticket holds."""
    told = dict(ticket.launch)
    deep = told.pop("deep_linking")
    return Launch(**told, deep_linking=DeepLinking(**deep) if deep else None)


def proof_of(launch: Launch) -> Proof:
    """Return what a launch proved: the platform's subject, and no address."""
    issuer = Platform.objects.get(pk=launch.platform).vouches_as
    return Proof(IdentityKind.LTI, launch.subject, issuer, launch.name)


def owner_of(launch: Launch) -> User | None:
    """Return the account that has proven to be a launch's subject, if one has."""
    proof = proof_of(launch)
    known = {"kind": proof.kind, "issuer": proof.issuer, "subject": proof.subject}
    identity = ProvenIdentity.objects.select_related("account").filter(**known).first()
    return identity.account if identity else None


def link_of(launch: Launch) -> LtiCourse | None:
    """Return the link of the platform's course that a launch came from, if it is linked."""
    if not launch.context_id:
        return None
    where = {"platform": launch.platform, "deployment_id": launch.deployment_id, "context_id": launch.context_id}
    return LtiCourse.objects.select_related("course", "platform").filter(**where).first()


def assignment_of(launch: Launch, link: LtiCourse) -> Assignment | None:
    """Return the assignment that a launch names, if it is one of the linked course's."""
    if launch.assignment is None:
        return None
    return Assignment.objects.filter(pk=launch.assignment, course=link.course_id).first()


def account_for(*, launch: Launch, user: Any, at: datetime) -> User:
    """Return the account that a launch logs in, with what the launch proved kept, and its place on the roster.

    user: who is logged in, and asked to connect the identity if nobody has it. Raises NobodyYet, LaunchRefused.
    """
    with transaction.atomic():
        account = owner_of(launch) or (user if user.is_authenticated else _newcomer(launch, at))
        if not account.is_active:
            raise LaunchRefused(_("The account that this launch belongs to is closed. Ask your course staff."))
        if not keep(proof=proof_of(launch), account=account, at=at):
            raise LaunchRefused(_("Somebody else has connected this learning platform's account just now."))
        _settle(launch, account, at)
    return account


def _newcomer(launch: Launch, at: datetime) -> User:
    """Make an account for somebody whom the roster waits for."""
    place = _named(launch).filter(account__isnull=True).first()
    if place is None:
        raise NobodyYet
    account = User(name=launch.name or place.name)
    account.set_unusable_password()
    save_audited(thing=account, actor=account, at=at, reason=WHY)
    return account


def _named(launch: Launch) -> Any:
    """Return the active lines of the linked course's roster that name a launch's subject."""
    link = link_of(launch)
    return Enrollment.objects.active().filter(course=link.course_id if link else None, lti_subject=launch.subject)


def _settle(launch: Launch, account: User, at: datetime) -> None:
    """Give an account the free places that name its subject; and note the subject on its own place, if none has it."""
    link = link_of(launch)
    if link is None:
        return
    mine = list(Enrollment.objects.of(account).filter(course=link.course_id))
    for place in _named(launch).filter(account__isnull=True):
        if all(place.is_student != each.is_student for each in mine):
            place.account = account
            save_audited(thing=place, actor=account, at=at, reason=WHY)
            mine.append(place)
    for place in mine:
        others = Enrollment.objects.filter(course=link.course_id, lti_subject=launch.subject)
        if not place.lti_subject and not any(place.is_student == each.is_student for each in others):
            place.lti_subject = launch.subject
            save_audited(thing=place, actor=account, at=at, reason=WHY)


def page_of(launch: Launch, account: User) -> str:
    """Return the address that a launch leads to; that page itself decides who may see it."""
    link = link_of(launch)
    if link is None:
        return _linking(launch, account) or reverse("home")
    assignment = assignment_of(launch, link)
    students = Enrollment.objects.students().filter(course=link.course_id)
    if launch.message == REVIEW and launch.for_subject:
        student = students.filter(lti_subject=launch.for_subject).first()
    else:
        student = students.of(account).first()
    if student is not None:
        attempts = Attempt.objects.of(student, assignment) if assignment else Attempt.objects.none()
        newest = attempts.by_arrival().last()
        return reverse("attempt", args=[newest.public_id]) if newest else reverse("grade-trace", args=[student.pk])
    taught = allowed(account, Action.OPEN_GRADEBOOK, Course.objects.filter(pk=link.course_id))
    return reverse("gradebook", args=[link.course.slug]) if taught.exists() else reverse("home")


def _linking(launch: Launch, account: User) -> str:
    """Return the page that links a platform's course, for one who teaches it there and leads a course here."""
    leads = allowed(account, Action.LINK_PLATFORM_COURSE, Course.objects.filter(lms__isnull=True))
    if not (launch.context_id and launch.teaches and leads.exists()):
        return ""
    told = {
        **{"account": account.pk, "platform": launch.platform, "deployment_id": launch.deployment_id},
        **{"context_id": launch.context_id, "title": launch.context_title, "memberships_url": launch.memberships_url},
    }
    return f"{reverse('lti-link')}?launch={signing.dumps(told, salt=LINKING)}"


def linking_told(signed: str, account: Any) -> dict[str, Any] | None:
    """Return what a launch said that began a linking within the last hour, for the account that launched."""
    try:
        told = signing.loads(signed, salt=LINKING, max_age=LINKING_SECONDS)
    except signing.BadSignature:
        return None
    return told if told["account"] == account.pk else None
