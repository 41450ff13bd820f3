"""The end points that Gitea, Forgejo and GitLab announce pushes to: check the proof, store, answer."""

import re

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from course_admin.integrations.deliveries import Refusal, Reply, answered, parsed, raw_body, take
from course_admin.integrations.forges import gitea, gitlab
from course_admin.liveness.clock import now
from course_admin.submissions.models import Forge

SET_UP = "The webhook is set up: pushes will be announced."
NO_INTEREST = "This event is of no interest here."
_DELIVERY = re.compile(r"[0-9A-Za-z-]{8,56}")


@csrf_exempt
@require_POST
def gitea_hook(request: HttpRequest) -> JsonResponse:
    """Answer one delivery of Gitea's or Forgejo's."""
    return answered("Gitea", lambda: _of_gitea(request))


@csrf_exempt
@require_POST
def gitlab_hook(request: HttpRequest) -> JsonResponse:
    """Answer one delivery of GitLab's."""
    return answered("GitLab", lambda: _of_gitlab(request))


def _of_gitea(request: HttpRequest) -> Reply:
    secrets = _secrets(Forge.GITEA)
    body = raw_body(request)
    if not gitea.is_signed(body, gitea.header(request.headers, "Signature"), secrets):
        raise Refusal(401, "The signature in X-Gitea-Signature is missing or wrong.")
    delivery = _usable(gitea.header(request.headers, "Delivery"), "X-Gitea-Delivery")
    if gitea.header(request.headers, "Event") != "push":
        return 202, NO_INTEREST
    payload = parsed(request, body)
    announced = gitea.announcement(payload, delivery)
    return (200, SET_UP) if gitea.is_test(payload) else take(announced, now())


def _of_gitlab(request: HttpRequest) -> Reply:
    secrets = _secrets(Forge.GITLAB)
    if not gitlab.is_known(request.headers.get("X-Gitlab-Token", ""), secrets):
        raise Refusal(401, "The token in X-Gitlab-Token is missing or wrong.")
    body = raw_body(request)
    payload = parsed(request, body)
    if gitlab.kind_of(payload) not in gitlab.KINDS:
        return 202, NO_INTEREST
    delivery = _usable(gitlab.delivery_id(request.headers, body), "Idempotency-Key")
    return take(gitlab.announcement(payload, delivery), now())


def _secrets(forge: Forge) -> list[str]:
    """Return what a forge proves itself by. Raises Refusal if nothing is agreed with it."""
    told = settings.ASSAY_FORGES[forge]
    name = f"ASSAY_{forge.upper()}"
    if not told["secrets"]:
        raise Refusal(503, f"No webhook secret is configured ({name}_SECRETS), so no delivery can be trusted.")
    if not told["url"]:
        raise Refusal(503, f"It is not configured where its code is fetched from ({name}_URL).")
    return list(told["secrets"])


def _usable(delivery: str, header: str) -> str:
    if not _DELIVERY.fullmatch(delivery):
        raise Refusal(400, f"The header {header} is missing or is no delivery id.")
    return delivery
