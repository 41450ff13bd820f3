"""Entering, replacing and removing a course's own Canvas token. Each is one audited transaction; the token is in no event.

A new token takes the place of the old one even in a round that is under way, which sends nothing more. No grade starts over
because of it, and none is lost: what waits goes with the new one.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from course_admin.courses.audit import delete_audited, save_audited
from course_admin.courses.models import Course
from course_admin.identity.guards.sealed import seal
from course_admin.identity.models import User
from course_admin.integrations.canvas.developer_key.revoking import note
from course_admin.integrations.canvas.models import CanvasCourse, CourseToken, DeveloperKey
from course_admin.integrations.canvas.own_token.bearer import PURPOSE, host_of, mends, no_own
from course_admin.integrations.canvas.services import forget_the_other
from course_admin.integrations.outbox.models import Link
from course_admin.policy import Action, require

LONGEST = 512
ENTERED, REMOVED = "who leads the course entered its token", "who leads the course removed its token"
GRANTED = "Canvas granted the course its token"
_TOKEN = re.compile(rf"[!-~]{{1,{LONGEST}}}")


class NotToKeep(ValueError):
    """A token cannot be kept so; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """A course in a Canvas, by its host and its number there."""

    host: str
    number: int


def keep_token(*, course: Course, place: Place | None, token: str, actor: User | None, at: datetime) -> CanvasCourse:
    """Keep a token for a course's Canvas, in the place of the one before; return the link.

    place: where that is; None: where the course is linked to. A course that an administrator linked stays where it is.
    Raises Refused, or NotToKeep.
    """
    if not _TOKEN.fullmatch(token):
        require(actor, Action.KEEP_LMS_TOKEN, course)
        raise NotToKeep(
            gettext("Copy the token from Canvas as it is: letters, digits and signs, without a space or a line end.")
        )
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        return store_token(link=link_to_keep_for(course, place, actor, at), token=token, actor=actor, at=at)


def store_token(
    *,
    link: CanvasCourse,
    token: str,
    actor: User | None,
    at: datetime,
    refresh: str = "",
    expires_at: datetime | None = None,
) -> CanvasCourse:
    """Store a token that goes to a link's Canvas from now on; return the link. `refresh`: what renews a granted one.

    Part of the caller's transaction. Raises Refused, or NotToKeep.
    """
    require(actor, Action.KEEP_LMS_TOKEN, link.course)
    _require_host(link)
    row = CourseToken.objects.filter(link=link).first() or CourseToken(link=link)
    if row.pk:
        note(row, at)
    row.address, row.sealed = link.address, seal(token, PURPOSE)
    row.sealed_refresh, row.expires_at = seal(refresh, PURPOSE) if refresh else "", expires_at
    row.entered_by, row.entered_at, row.last_used_at, row.problem = actor, at, None, ""
    save_audited(thing=row, actor=actor, at=at, reason=GRANTED if refresh else ENTERED)
    if mends(link):
        link.is_paused, link.paused_reason = False, ""
        save_audited(thing=link, actor=actor, at=at, reason=ENTERED)
    Link.objects.filter(pk=link.pk).update(claim="", claimed_until=None, next_try_at=None)
    return link


def drop_token(
    link: CanvasCourse, *, actor: User | None, at: datetime, reason: str, only_granted: bool = False
) -> bool:
    """Delete the token of a link, which goes back to Canvas if that granted it; False if there is none.

    only_granted: one that somebody made by hand stays. Part of the caller's transaction.
    """
    row = CourseToken.objects.filter(link=link).first()
    if row is None or (only_granted and not row.sealed_refresh):
        return False
    note(row, at)
    delete_audited(thing=row, actor=actor, at=at, reason=reason)
    Link.objects.filter(pk=link.pk).update(claim="", claimed_until=None)
    return True


def remove_token(*, course: Course, actor: User | None, at: datetime) -> bool:
    """Remove a course's own token, and the developer key that renews it; False if there is neither. Raises Refused.

    A course that an administrator linked goes on with the administrator's token, if there is one for its host.
    """
    require(actor, Action.KEEP_LMS_TOKEN, course)
    with transaction.atomic():
        link = CanvasCourse.objects.select_for_update().filter(course=course).first()
        if link is None:
            return False
        had_token = drop_token(link, actor=actor, at=at, reason=REMOVED)
        key = DeveloperKey.objects.filter(link=link).first()
        if key is not None:
            delete_audited(thing=key, actor=actor, at=at, reason=REMOVED)
        if not had_token:
            return key is not None
        host = host_of(link.address)
        if link.is_linked_by_leader or host not in settings.ASSAY_CANVAS_TOKENS:
            changed = not link.is_paused
            link.is_paused, link.paused_reason = True, link.paused_reason if link.is_paused else no_own(host)
        else:
            changed = mends(link)
            link.is_paused, link.paused_reason = link.is_paused and not changed, "" if changed else link.paused_reason
        if changed:
            save_audited(thing=link, actor=actor, at=at, reason=REMOVED)
    return True


def _require_host(link: CanvasCourse) -> None:
    host = host_of(link.address)
    if host not in settings.ASSAY_CANVAS_COURSE_HOSTS:
        raise NotToKeep(
            gettext("The administrator does not let tokens of courses go to {host}: nothing was kept.").format(
                host=host
            )
        )


def link_to_keep_for(course: Course, place: Place | None, actor: User | None, at: datetime) -> CanvasCourse:
    """Return the link of a course that a token or key is kept for, made or corrected if that is for who leads it.

    Part of the caller's transaction. Raises Refused, or NotToKeep.
    """
    require(actor, Action.KEEP_LMS_TOKEN, course)
    link = CanvasCourse.objects.select_for_update().filter(course=course).first()
    address = f"https://{place.host}" if place else ""
    if link is None:
        if Link.objects.filter(course=course).exists():
            raise NotToKeep(
                gettext("{course} sends its grades to another learning platform already.").format(course=course)
            )
        if place is None:
            raise NotToKeep(gettext("Say which Canvas course this is, by the number in its address."))
        link = CanvasCourse(course=course, address=address, canvas_id=place.number, is_linked_by_leader=True)
        save_audited(thing=link, actor=actor, at=at, reason=ENTERED)
    elif place is not None and (link.address, link.canvas_id) != (address, place.number):
        if not link.is_linked_by_leader:
            raise NotToKeep(
                gettext("An administrator linked this course to Canvas, and only administrators lead it elsewhere.")
            )
        mended = mends(link)
        link.address, link.canvas_id = address, place.number
        if mended:
            link.is_paused, link.paused_reason = False, ""
        save_audited(thing=link, actor=actor, at=at, reason=ENTERED)
        forget_the_other(link, actor=actor, at=at, reason=ENTERED)
        link.refresh_from_db()
    _require_host(link)
    return link
