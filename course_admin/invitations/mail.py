"""The mails of this app, in plain text, and the sending of invitations: one connection, and what fails is tried again."""

import logging
import smtplib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection, send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.invitations.inviting import token_of
from course_admin.invitations.models import Invitation
from course_admin.languages.own import language_of
from course_admin.web.visible import visible

log = logging.getLogger(__name__)

AT_ONCE = 50  # of one task: the next one sends the rest
INVITED = _("""Hello {name},

{inviter} has put you on the roster of {course} as {role}.

Open this link to join, by a log-in that you have or with a password that you choose:

{link}

It is yours alone and good until {until}. If you know nothing of this course, you need do nothing.
""")
CONFIRM = _("""Hello,

somebody, probably you, wants to join {course} with this address. Open this link to choose a password and go on:

{link}

It is good for a day. If it was not you, you need do nothing.
""")
HAS_ACCOUNT = _("""Hello,

somebody, probably you, wants to join {course} with this address. You have an account already: log in, then open

{link}

If it was not you, you need do nothing.
""")


def link_of(invitation: Invitation) -> str:
    """Return an invitation's link."""
    return invitation.origin + reverse("join", args=[token_of(invitation)])


def send_invitations(*, at: datetime) -> int:
    """Send the mails of invitations that have not left yet; return how many left.

    A mail server that is away, or takes none of one, is tried again by the next task.
    """
    waiting = list(Invitation.objects.to_send(at)[:AT_ONCE])
    if not waiting:
        return 0
    sent = 0
    with get_connection() as connection:
        for each in waiting:
            if _send(each, connection):
                sent += Invitation.objects.filter(pk=each.pk, mailed_at__isnull=True).update(mailed_at=at)
    return sent


def _worded(invitation: Invitation) -> tuple[str, str]:
    person, course = invitation.enrollment, invitation.enrollment.course
    body = INVITED.format(
        name=person.name,
        inviter=invitation.invited_by,
        course=course,
        role=person.get_role_display(),
        link=link_of(invitation),
        until=course.by_its_clock(invitation.expires_at),
    )
    return visible(" ".join(gettext("Your invitation to {course}").format(course=course).split())), visible(body)


def _send(invitation: Invitation, connection: Any) -> bool:
    with translation.override(language_of(invitation.invited_by)):  # the invited person's own is not known yet
        subject, body = _worded(invitation)
    try:
        return bool(EmailMessage(subject, body, None, [invitation.email], connection=connection).send())
    except smtplib.SMTPRecipientsRefused as problem:
        log.warning("The mail server refuses the address of %s: %s", invitation, problem)
        return True  # staff see it waits; another try changes nothing
    except (smtplib.SMTPException, OSError) as problem:
        log.warning("The mail of %s was not sent: %s", invitation, problem)
        return False


def send_address_mail(*, address: str, course: object, link: str, has_account: bool) -> bool:
    """Send somebody the link by which they prove an address, or the hint that they have an account; False if it cannot be sent."""
    body = (HAS_ACCOUNT if has_account else CONFIRM).format(course=course, link=link)
    try:
        return bool(
            send_mail(
                " ".join(gettext("Joining {course}").format(course=course).split()),
                body,
                settings.DEFAULT_FROM_EMAIL,
                [address],
            )
        )
    except (smtplib.SMTPException, OSError) as problem:
        log.error("A mail about joining %s was not sent: %s", course, problem)
        return False
