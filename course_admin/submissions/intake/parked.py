"""Pushes that arrive before their student is on the roster: kept, and taken in once they are, from when they arrived.

A roster that is a day late costs nobody a late minute. What fits no assignment's pattern is refused by the webhook instead.
"""

import logging
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from course_admin.submissions.intake.announcement import Announcement, Found
from course_admin.submissions.intake.ingest import UnknownRepository, fitting, receive
from course_admin.submissions.models import ParkedPush

log = logging.getLogger(__name__)

MOST = 5_000  # of a course: more of them are a wrong pattern, and no late roster
AT_ONCE = 50


def park(*, announcement: Announcement, at: datetime) -> ParkedPush | None:
    """Keep an announcement whose login no roster has yet, once; None if no assignment's pattern fits, or too many wait."""
    fit = next(fitting(announcement.full_name), None)
    if fit is None:
        return None
    assignment, login = fit
    if ParkedPush.objects.filter(course=assignment.course).count() >= MOST:
        log.error("A push to %s is not kept: too many of unknown logins wait.", announcement.full_name)
        return None
    kept, _ = ParkedPush.objects.get_or_create(
        delivery_id=announcement.delivery_id,
        defaults={
            "course": assignment.course,
            "full_name": announcement.full_name,
            "login": login,
            "announcement": {name: value for name, value in asdict(announcement).items() if name != "pushed_at"},
            "received_at": announcement.counts_from(at),
        },
    )
    return kept


def take_parked(*, at: datetime) -> int:
    """Take in what was parked and whose student is on the roster by now; return how many. Forgets what is too old."""
    ParkedPush.objects.outdated(at).delete()
    return sum(_take(each, at) for each in ParkedPush.objects.of_known_students()[:AT_ONCE])


def _take(parked: ParkedPush, at: datetime) -> bool:
    with transaction.atomic():
        held = ParkedPush.objects.select_for_update().filter(pk=parked.pk).first()
        if held is None:
            return False
        try:
            announcement = Announcement(**held.announcement)
            receive(announcement=announcement, at=at, found=Found(received_at=held.received_at, asked_at=None))
        except UnknownRepository:  # the roster has the login, and a longer pattern of another course fits by now
            return False
        held.delete()
    return True
