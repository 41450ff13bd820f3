"""The end point that GitHub announces pushes to, and tells of much else: check the signature over the raw bytes, store, answer."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from course_admin.integrations.deliveries import Refusal, Reply, answered, parsed, raw_body, take
from course_admin.integrations.github.app import events
from course_admin.integrations.github.push import announcement
from course_admin.integrations.github.signature import is_signed
from course_admin.liveness.clock import now

_DELIVERY = re.compile(r"[0-9A-Za-z-]{8,64}")


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> JsonResponse:
    """Answer one delivery."""
    return answered("GitHub", lambda: _of_github(request))


def _of_github(request: HttpRequest) -> Reply:
    body = _signed_body(request)
    delivery_id = request.headers.get("X-GitHub-Delivery", "")
    if not _DELIVERY.fullmatch(delivery_id):
        raise Refusal(400, "The header X-GitHub-Delivery is missing or is no delivery id.")
    event = request.headers.get("X-GitHub-Event", "")
    return EVENTS.get(event, _ignore)(parsed(request, body), delivery_id)


def _signed_body(request: HttpRequest) -> bytes:
    """Return the raw body once its size and signature are right. Raises Refusal."""
    if not settings.ASSAY_WEBHOOK_SECRETS:
        raise Refusal(503, "No webhook secret is configured (ASSAY_WEBHOOK_SECRETS), so no delivery can be trusted.")
    body = raw_body(request)
    if not is_signed(body, request.headers.get("X-Hub-Signature-256", ""), settings.ASSAY_WEBHOOK_SECRETS):
        raise Refusal(401, "The signature in X-Hub-Signature-256 is missing or wrong.")
    return body


def _push(payload: dict, delivery_id: str) -> Reply:
    return take(announcement(payload, delivery_id), now())


def _ping(payload: dict, _delivery_id: str) -> Reply:
    hook = payload.get("hook")
    announced = hook.get("events", []) if isinstance(hook, dict) else []
    announced = announced if isinstance(announced, list) else []
    missing = [each for each in events.NEEDED_EVENTS if each not in announced and "*" not in announced]
    if isinstance(hook, dict) and hook.get("type") == "App" and "push" not in missing and missing:
        return 200, f"The App's webhook is set up for pushes; it lacks the events {', '.join(missing)}."
    if "push" not in missing:
        return 200, "The webhook is set up: pushes will be announced."
    return 200, "The webhook answers, but it does not announce pushes: add the event push."


def _ignore(_payload: dict, _delivery_id: str) -> Reply:
    return 202, "This event is of no interest here."


#: Event -> what is done about it: a payload and a delivery id in, a status and a sentence out.
EVENTS: dict[str, Callable[[dict, str], Reply]] = {
    "push": _push,
    "ping": _ping,
    "installation": events.installation,
    "installation_repositories": events.installation_repositories,
    "repository": events.repository,
    "member": events.member,
    "check_run": events.check_run,
    "check_suite": events.check_suite,
}
