"""What all webhooks share: the size of a body, its shape, and that each delivery is answered with one sentence of JSON.

Nothing is parsed before the host's proof holds, nothing is answered before it is stored, and nothing that is refused leaves
anything behind. A fault of ours answers 503 and says that nothing was stored.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, JsonResponse

from course_admin.submissions.intake.announcements import rush
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.intake.ownership.owner import UnknownRepository
from course_admin.submissions.intake.ownership.parked import park
from course_admin.submissions.models import PushState
from course_admin.submissions.models.parked import KEPT_FOR

log = logging.getLogger(__name__)

Reply = tuple[int, str]  # a status and a sentence
BODY_BYTES = 25 << 20  # GitHub sends nothing larger. Source: GitHub documentation, "Webhook events and payloads"
STORED = "Very many come at the moment: it was stored, and is looked at within a minute."
NOT_STORED = "The push was NOT stored, for a reason of ours: deliver it again, or wait until its host is asked for it."


class Refusal(Exception):
    """A delivery that is not taken: an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class BadPayload(ValueError):
    """A payload is not what the event's description says; the text names the field."""


def answered(host: str, work: Callable[[], Reply]) -> JsonResponse:
    """Answer one delivery of a host, whatever becomes of it."""
    try:
        status, sentence = work()
    except Refusal as refusal:
        log.warning("A %s delivery was refused with %s: %s", host, refusal.status, refusal.sentence)
        status, sentence = refusal.status, refusal.sentence
    except BadPayload as problem:
        log.warning("A %s delivery was refused with 400: %s", host, problem)
        status, sentence = 400, str(problem)
    except Exception:  # whatever it is, the host must not read that the push is safe
        log.exception("A %s delivery failed and was not stored", host)
        status, sentence = 503, NOT_STORED
    return JsonResponse({"message": sentence}, status=status)


def raw_body(request: HttpRequest) -> bytes:
    """Return the raw body once its size is right: past Django's own, smaller limit for forms, never past ours. Raises Refusal."""
    try:
        announced = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Refusal(400, "The header Content-Length is no number.") from None
    body = request.read(BODY_BYTES + 1) if announced <= BODY_BYTES else b""
    if announced > BODY_BYTES or len(body) > BODY_BYTES:
        raise Refusal(413, f"The delivery is larger than {BODY_BYTES} bytes.")
    return body


def parsed(request: HttpRequest, body: bytes) -> dict:
    """Return the object that a proven body holds. Raises Refusal."""
    if request.content_type != "application/json":
        raise Refusal(415, "The webhook's content type must be application/json.")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The delivery is not JSON.") from None
    if not isinstance(payload, dict):
        raise Refusal(400, "The delivery is not a JSON object.")
    return payload


def take(announced: Announcement, at: datetime) -> Reply:
    """Store what a host announced, and say what becomes of it; in a rush, only that it is stored.

    Raises Refusal if that is nothing.
    """
    if not rush.pace.is_kept():
        rush.store(announced, at)
        return 202, STORED
    try:
        receipt = receive(announcement=announced, at=at)
    except UnknownRepository as problem:
        if park(announcement=announced, why=str(problem), at=at) is None:
            raise Refusal(404, str(problem)) from problem
        return 202, f"Kept for {KEPT_FOR.days} days, and shown to staff: {problem}"
    if not receipt.is_new:
        return 200, "This delivery was already received."
    if receipt.push.state == PushState.IGNORED:
        return 202, f"Not graded: {receipt.push.reason}"
    return 202, "The push was stored and will be graded."
