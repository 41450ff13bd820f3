"""The end point that GitHub announces pushes to: check the signature over the raw bytes, store, answer.

Nothing is parsed before its signature holds, nothing is answered before it is stored, and nothing that is refused
leaves anything behind. A fault of ours answers 503 and says that nothing was stored. Every answer is one sentence of
JSON, for whoever reads GitHub's delivery log.
"""

import json
import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from course_admin.integrations.github.app import events
from course_admin.integrations.github.push import BadPayload, announcement
from course_admin.integrations.github.signature import is_signed
from course_admin.liveness.clock import now
from course_admin.submissions.intake.ingest import UnknownRepository, receive
from course_admin.submissions.intake.parked import park
from course_admin.submissions.models import PushState
from course_admin.submissions.models.parked import KEPT_FOR

log = logging.getLogger(__name__)

BODY_BYTES = 25 << 20  # GitHub sends nothing larger. Source: GitHub documentation, "Webhook events and payloads"
NOT_STORED = "The push was NOT stored, for a reason of ours: deliver it again, or wait until its host is asked for it."
_DELIVERY = re.compile(r"[0-9A-Za-z-]{8,64}")


class Refusal(Exception):
    """A delivery that is not taken: an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> JsonResponse:
    """Answer one delivery."""
    try:
        body = _signed_body(request)
        delivery_id = request.headers.get("X-GitHub-Delivery", "")
        if not _DELIVERY.fullmatch(delivery_id):
            raise Refusal(400, "The header X-GitHub-Delivery is missing or is no delivery id.")
        event = request.headers.get("X-GitHub-Event", "")
        status, sentence = EVENTS.get(event, _ignore)(_parsed(body), delivery_id)
    except Refusal as refusal:
        log.warning("A GitHub delivery was refused with %s: %s", refusal.status, refusal.sentence)
        status, sentence = refusal.status, refusal.sentence
    except BadPayload as problem:
        log.warning("A GitHub delivery was refused with 400: %s", problem)
        status, sentence = 400, str(problem)
    except Exception:  # whatever it is, GitHub must not read that the push is safe
        log.exception("A GitHub delivery failed and was not stored")
        status, sentence = 503, NOT_STORED
    return JsonResponse({"message": sentence}, status=status)


def _signed_body(request: HttpRequest) -> bytes:
    """Return the raw body once its size and signature are right. Raises Refusal."""
    if not settings.ASSAY_WEBHOOK_SECRETS:
        raise Refusal(503, "No webhook secret is configured (ASSAY_WEBHOOK_SECRETS), so no delivery can be trusted.")
    try:
        announced = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Refusal(400, "The header Content-Length is no number.") from None
    # Read past Django's own, smaller limit for forms, but never past ours.
    body = request.read(BODY_BYTES + 1) if announced <= BODY_BYTES else b""
    if announced > BODY_BYTES or len(body) > BODY_BYTES:
        raise Refusal(413, f"The delivery is larger than {BODY_BYTES} bytes.")
    if not is_signed(body, request.headers.get("X-Hub-Signature-256", ""), settings.ASSAY_WEBHOOK_SECRETS):
        raise Refusal(401, "The signature in X-Hub-Signature-256 is missing or wrong.")
    if request.content_type != "application/json":
        raise Refusal(415, "The webhook's content type must be application/json.")
    return body


def _parsed(body: bytes) -> dict:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The delivery is not JSON.") from None
    if not isinstance(payload, dict):
        raise Refusal(400, "The delivery is not a JSON object.")
    return payload


def _push(payload: dict, delivery_id: str) -> tuple[int, str]:
    at = now()
    announced = announcement(payload, delivery_id)
    try:
        receipt = receive(announcement=announced, at=at)
    except UnknownRepository as problem:
        kept = park(announcement=announced, at=at)
        if kept is None:
            raise Refusal(404, str(problem)) from problem
        return 202, f"Kept for {KEPT_FOR.days} days: no student of {kept.course} has the login {kept.login} yet."
    if not receipt.is_new:
        return 200, "This delivery was already received."
    if receipt.push.state == PushState.IGNORED:
        return 202, f"Not graded: {receipt.push.reason}"
    return 202, "The push was stored and will be graded."


def _ping(payload: dict, _delivery_id: str) -> tuple[int, str]:
    hook = payload.get("hook")
    announced = hook.get("events", []) if isinstance(hook, dict) else []
    announced = announced if isinstance(announced, list) else []
    missing = [each for each in events.NEEDED_EVENTS if each not in announced and "*" not in announced]
    if isinstance(hook, dict) and hook.get("type") == "App" and "push" not in missing and missing:
        return 200, f"The App's webhook is set up for pushes; it lacks the events {', '.join(missing)}."
    if "push" not in missing:
        return 200, "The webhook is set up: pushes will be announced."
    return 200, "The webhook answers, but it does not announce pushes: add the event push."


def _ignore(_payload: dict, _delivery_id: str) -> tuple[int, str]:
    return 202, "This event is of no interest here."


#: Event -> what is done about it: a payload and a delivery id in, a status and a sentence out.
EVENTS: dict[str, Callable[[dict, str], tuple[int, str]]] = {
    "push": _push,
    "ping": _ping,
    "installation": events.installation,
    "installation_repositories": events.installation_repositories,
    "repository": events.repository,
    "member": events.member,
    "check_run": events.check_run,
    "check_suite": events.check_suite,
}
