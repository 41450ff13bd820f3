"""Mails of news: each leaves once, whoever dies when; several pieces of news that are ready together share one.

A mail is claimed before it leaves, under a name that it keeps. Who claimed it and died before it left has lost nothing: the claim
ends, and another sends it. Who died between the server's yes and our note of it has it sent once more under the same
Message-ID, by which mail systems know it; nothing else can double one.
"""

import logging
import secrets
import smtplib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from course_admin.courses.models import Enrollment
from course_admin.languages.own import language_of
from course_admin.notifications.models import How, Kind, News
from course_admin.notifications.preferences import token_for, wanted_by
from course_admin.notifications.words import page_of, sentence
from course_admin.submissions.models import AttemptMember
from course_admin.submissions.receipts.issue import receipt_of
from course_admin.web.visible import visible

log = logging.getLogger(__name__)

AT_ONCE = 1_000  # pieces of news of one task; the next one sends the rest


def send_mails(*, at: datetime) -> int:
    """Send what should leave now; return how many mails left. A server that is away is asked again by the next task."""
    ready = list(News.objects.to_mail(at)[:AT_ONCE].values_list("pk", "mail_id", "account", "assignment__course"))
    mails: dict[tuple[str, int, int], list[int]] = {}
    for pk, mail_id, account, course in ready:
        mails.setdefault((mail_id, account, course), []).append(pk)
    if not mails:
        return 0
    sent = 0
    try:
        with get_connection() as connection:
            for (mail_id, _, _), pks in mails.items():
                wanted = _still_wanted(_claim(mail_id, pks, at), at)
                sent += bool(wanted) and _send(wanted, connection, at)
    except (smtplib.SMTPException, OSError) as problem:
        log.warning("The mail server does not answer, and is asked again: %s", problem)
    return sent


def _claim(mail_id: str, pks: Iterable[int], at: datetime) -> list[News]:
    """Take some news for one mail, or all of one that was tried before; what somebody else took meanwhile is left out."""
    mine: dict[str, Any] = {"mail_id": mail_id} if mail_id else {"mail_id": "", "pk__in": list(pks)}
    with transaction.atomic():
        free = list(News.objects.to_mail(at).filter(**mine).select_for_update())
        mail_id = mail_id or secrets.token_hex(16)
        News.objects.filter(pk__in=[each.pk for each in free]).update(sending_at=at, mail_id=mail_id)
    rows = News.objects.filter(pk__in=[each.pk for each in free], mail_id=mail_id)
    return list(rows.select_related("account", "assignment__course", "attempt").order_by("happened_at", "pk"))


def _still_wanted(mail: list[News], at: datetime) -> list[News]:
    """Return what of a mail is still true and wanted; the rest is not mailed any more."""
    if not mail:
        return []
    account = mail[0].account
    wanted = wanted_by([account.pk])[account.pk]
    kept = [
        each
        for each in mail
        if wanted[each.kind] != How.NEVER and account.is_active and (each.kind != Kind.DUE or _is_due(each, at))
    ]
    gone = {each.pk for each in mail} - {each.pk for each in kept}
    News.objects.filter(pk__in=gone).update(mail_at=None, sending_at=None)
    return kept


def _is_due(news: News, at: datetime) -> bool:
    handed_in = AttemptMember.objects.filter(assignment=news.assignment_id, student__account=news.account_id)
    return news.due_at is not None and at < news.due_at and not handed_in.exists()


def _send(mail: list[News], connection: Any, at: datetime) -> bool:
    rows = News.objects.filter(pk__in=[each.pk for each in mail])
    message = compose(mail, connection)
    try:
        left = message is None or message.send()
    except smtplib.SMTPRecipientsRefused as problem:
        log.warning("The mail server refuses the address of account %s: %s", mail[0].account_id, problem)
        left = 1  # another try changes nothing
    except (smtplib.SMTPException, OSError) as problem:
        log.warning("The mail %s was not sent, and is tried again: %s", mail[0].mail_id, problem)
        left = 0
    if not left:
        rows.update(sending_at=None)
        return False
    rows.update(mailed_at=at, sending_at=None)
    return message is not None


def _pieces(count: int) -> str:
    return ngettext("{count} piece of news", "{count} pieces of news", count).format(count=count)


def compose(mail: list[News], connection: Any = None) -> EmailMultiAlternatives | None:
    """Return a mail of some news of one person and course, in their language, as text and as HTML; None without an address."""
    account = mail[0].account
    with translation.override(language_of(account)):
        return _compose(mail, connection)


def _compose(mail: list[News], connection: Any) -> EmailMultiAlternatives | None:
    account, course = mail[0].account, mail[0].assignment.course
    address = account.email or Enrollment.objects.filter(account=account, course=course).exclude(email="").values_list(
        "email", flat=True
    ).first()  # fmt: skip
    if not address:
        return None
    site = settings.ASSAY_SITE_URL
    stop = site + reverse("unsubscribe", args=[token_for(account.pk, (each.kind for each in mail))])
    news = [(sentence(each), site + page_of(each)) for each in mail]
    shown = {
        "name": str(account),
        "course": course,
        "news": news,
        "settings_url": site + reverse("news-settings"),
        "stop_url": stop,
    }
    subject = news[0][0].rstrip(".") if len(mail) == 1 else _pieces(len(mail))
    headers = {
        "Message-ID": f"<{mail[0].mail_id}@{urlsplit(site).hostname}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    message = EmailMultiAlternatives(
        visible(" ".join(f"{course}: {subject}".split())),
        visible(render_to_string("notifications/mail.txt", shown)),
        None,
        [address],
        connection=connection,
        headers=headers,
    )
    for each in mail:
        if each.kind == Kind.RECEIPT and each.attempt is not None:
            receipt = receipt_of(each.attempt, site)
            message.attach(f"receipt-{each.attempt.public_id}.json", receipt, "application/json")
    message.attach_alternative(visible(render_to_string("notifications/mail.html", shown)), "text/html")
    return message
