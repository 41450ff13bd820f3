"""The first step of a launch: a platform sends the browser here, and we send it back to say who it is.

Inside a platform's frame most browsers refuse cookies of ours. So the browser's secret goes into the platform's own storage
where it offers one, and into a partitioned cookie wherever that is taken. Source: 1EdTech Security Framework 1.0, section
5.1.1; 1EdTech LTI Client Side postMessages 1.0 and LTI Platform Storage.
"""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from course_admin.integrations.lti.launch import state as kept
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.safe_http import origin_of
from course_admin.web.security import widen

log = logging.getLogger(__name__)

COOKIE = "assay_lti_"
PASSED_ON = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "lti_deployment_id", "client_id")
LONGEST = 4000  # Canvas's message hints are tokens themselves


@csrf_exempt  # platforms post it without our cookies; it only begins something
@require_http_methods(["GET", "POST"])
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """Ask the platform who it is that comes."""
    told = request.POST if request.method == "POST" else request.GET
    try:
        platform = platform_of(told)
    except LaunchRefused as refusal:
        return refused(request, refusal)
    query = urlencode({name: told[name] for name in PASSED_ON if name in told})
    target = told.get("lti_storage_target", "")[:200]
    state, nonce, secret = kept.begin(platform=platform.pk, storage_target=target, query=query)
    asked = {
        **{"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"},
        **{"client_id": platform.client_id, "redirect_uri": request.build_absolute_uri(reverse("lti-launch"))},
        **{"login_hint": told["login_hint"], "state": state, "nonce": nonce},
        **({"lti_message_hint": told["lti_message_hint"]} if "lti_message_hint" in told else {}),
    }
    url = f"{platform.auth_login_url}{'&' if '?' in platform.auth_login_url else '?'}{urlencode(asked)}"
    if not target:
        return bind(HttpResponseRedirect(url), state, secret)
    shown = {"next": url, "target": target, "origin": origin_of(platform.auth_login_url), "key": state, "value": secret}
    return bind(framed(render(request, "lti/store.html", shown)), state, secret)


def platform_of(told: QueryDict) -> Platform:
    """Return the platform that begins a launch. Raises LaunchRefused for one that is not registered, or not named."""
    texts = [told.get(name, "") for name in (*PASSED_ON, "lti_storage_target")]
    if any(len(text) > LONGEST or not text.isprintable() for text in texts) or not told.get("login_hint"):
        raise LaunchRefused(_("This is not the beginning of a launch: open Assay from your course."))
    rows = Platform.objects.filter(issuer=told.get("iss", ""))
    if told.get("client_id"):
        rows = rows.filter(client_id=told["client_id"])
    found = list(rows)
    if len(found) > 1:  # of several clients under one issuer, the one with this deployment
        found = [each for each in found if told.get("lti_deployment_id") in each.deployments]
    if len(found) != 1:
        raise LaunchRefused(
            _("This learning platform is not registered here: its administrators can ask ours to do so.")
        )
    return found[0]


def bind(response: HttpResponse, state: str, secret: str) -> HttpResponse:
    """Give the browser its secret, in a cookie that belongs to us inside of this platform."""
    name = f"{COOKIE}{state[:16]}"
    response.set_cookie(
        name, secret, max_age=kept.KEPT_SECONDS, path="/lti/", secure=True, httponly=True, samesite="None"
    )
    response.cookies[name]["samesite"] = "None; Partitioned"  # Python 3.11 has no name for the attribute itself
    return response


def refused(request: HttpRequest, refusal: LaunchRefused) -> HttpResponse:
    """Say why a launch is not taken, on the page and in the log."""
    note_refusal(refusal)
    return framed(render(request, "lti/refused.html", {"sentence": str(refusal)}, status=400))


def note_refusal(refusal: LaunchRefused) -> None:
    """Write a line in the log, in the service's own language, about a launch that is not taken."""
    with override(settings.LANGUAGE_CODE):
        log.warning("LTI launch refused: %s", str(refusal))


def framed(response: HttpResponse, **directives: str) -> HttpResponse:
    """Let a page be opened in a platform's frame: it knows no session, so whoever frames it gains nothing."""
    private = [f"http://{host}:*" for host in settings.ASSAY_LTI_PRIVATE_HOSTS]
    return widen(response, {"frame-ancestors": " ".join(["https:", *private]), **directives})
