"""Entering a developer key, and connecting a course by it: the way to Canvas and back, and what comes of it.

Canvas is asked for the token in the queue `sync`. Until then its code is kept encrypted, for one use.
"""

import re
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.identity.guards.sealed import seal, unseal
from course_admin.identity.models import User
from course_admin.integrations.canvas.developer_key.granting import LONGEST, Key, opened, redeem
from course_admin.integrations.canvas.models import CanvasCourse, DeveloperKey
from course_admin.integrations.canvas.own_token.bearer import KEY_PURPOSE, not_readable
from course_admin.integrations.canvas.own_token.tokens import (
    NotToKeep,
    Place,
    drop_token,
    link_to_keep_for,
    store_token,
)
from course_admin.integrations.outbox.lms import LmsProblem
from course_admin.policy import Action, Refused, require

ENTERED, CONNECTED = "who leads the course entered its developer key", "who leads the course connected it with Canvas"
NOBODY = "Nobody says any more who connected the course: connect it with Canvas again."
_WORD = re.compile(rf"[!-~]{{1,{LONGEST}}}")


def keep_key(
    *, course: Course, place: Place | None, client_id: str, secret: str, actor: User | None, at: datetime
) -> DeveloperKey:
    """Keep a developer key for a course's Canvas, in the place of the one before; return it. A token of that one is given back.

    place: where that is; None: where the course is linked to. Raises Refused, or NotToKeep.
    """
    require(actor, Action.KEEP_LMS_TOKEN, course)
    if not _WORD.fullmatch(client_id) or not _WORD.fullmatch(secret):
        raise NotToKeep(
            gettext("Copy the key's ID and the key from Canvas as they are, without a space or a line end.")
        )
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        link = link_to_keep_for(course, place, actor, at)
        drop_token(link, only_granted=True, actor=actor, at=at, reason=ENTERED)
        row = DeveloperKey.objects.filter(link=link).first() or DeveloperKey(link=link)
        row.address, row.client_id, row.sealed = link.address, client_id, seal(secret, KEY_PURPOSE)
        row.entered_by, row.entered_at = actor, at
        row.sealed_code, row.redirect_uri, row.connected_by, row.problem = "", "", None, ""
        save_audited(thing=row, actor=actor, at=at, reason=ENTERED)
    return row


def keep_code(*, course: Course, code: str, redirect_uri: str, actor: User | None, at: datetime) -> DeveloperKey | None:
    """Keep the code that Canvas sent somebody back with; return its key, which the caller sends a task for.

    None: there is no key any more, or it is no code. Raises Refused.
    """
    require(actor, Action.KEEP_LMS_TOKEN, course)
    with transaction.atomic():
        row = DeveloperKey.objects.select_for_update().filter(link__course=course).first()
        if row is None or not _WORD.fullmatch(code):
            return None
        row.sealed_code, row.redirect_uri = seal(code, KEY_PURPOSE), redirect_uri
        row.connected_by, row.problem = actor, ""
        save_audited(thing=row, actor=actor, at=at, reason=CONNECTED)
    return row


def connect(*, key: int, at: datetime) -> CanvasCourse | None:
    """Ask Canvas for the token of a code, once; return the link that can be sent over, None with the reason on the key."""
    with transaction.atomic():
        row = DeveloperKey.objects.select_for_update().select_related("link__course").filter(pk=key).first()
        if row is None or not row.sealed_code:
            return None
        sealed_code, redirect_uri = row.sealed_code, row.redirect_uri
        DeveloperKey.objects.filter(pk=row.pk).update(sealed_code="")
    try:
        known = Key(row.client_id, unseal(row.sealed, KEY_PURPOSE))
        with opened(row.address) as outgoing:
            granted = redeem(outgoing, known, unseal(sealed_code, KEY_PURPOSE), redirect_uri)
        if row.connected_by is None:
            raise Refused(NOBODY)
        with transaction.atomic():
            Course.objects.select_for_update().get(pk=row.link.course_id)
            # A key that was replaced or removed meanwhile, or a link that leads elsewhere, grants nothing.
            if not DeveloperKey.objects.filter(pk=row.pk, sealed=row.sealed, link__address=row.address).exists():
                return None
            return store_token(
                link=CanvasCourse.objects.select_for_update().get(pk=row.link_id),
                token=granted.token,
                refresh=granted.refresh,
                expires_at=at + timedelta(seconds=granted.expires_seconds),
                actor=row.connected_by,
                at=at,
            )
    except (LmsProblem, Refused, NotToKeep) as problem:
        words = str(problem)
    except InvalidToken:
        words = not_readable()
    DeveloperKey.objects.filter(pk=row.pk, sealed=row.sealed).update(problem=words)
    return None
