"""Deep linking: somebody who builds a course in a platform chooses the assignment that a link there is to open.

The choice happens inside of the platform's frame, where no session of ours is known: what may be chosen follows from the
launch, and a signed note of it in the form carries it on, for one answer within an hour. Source: 1EdTech Deep Linking 2.0.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from course_admin.assignments.models import Assignment
from course_admin.integrations.lti.keys import sign
from course_admin.integrations.lti.launch.claims import CORE, DEEP, OURS, VERSION, Launch
from course_admin.integrations.lti.launch.enter import link_of, owner_of
from course_admin.integrations.lti.launch.login import framed, refused
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.launch.state import digest
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.safe_http import NotAllowed, origin_of
from course_admin.policy import Action, may

SALT, SECONDS = "lti-deep-link", 3600
LASTS = timedelta(minutes=5)
OVER = _("This choice was answered already, or more than an hour ago. Begin again in your course.")


def offer(request: HttpRequest, launch: Launch) -> HttpResponse:
    """Show the assignments that somebody may choose from. Raises LaunchRefused."""
    link, asked = link_of(launch), launch.deep_linking
    if asked is None or not asked.takes_links:
        raise LaunchRefused(
            _("The learning platform asks for something else than links here: Assay has nothing to offer.")
        )
    if link is None:
        raise LaunchRefused(_("This course is not linked to one of Assay's yet: open Assay from it once, and link it."))
    account = owner_of(launch)
    if account is None or not may(account, Action.LINK_PLATFORM_COURSE, link.course):
        raise LaunchRefused(
            _(
                "Only who leads {course} in Assay may choose its assignments. If you do, open Assay from the course once, so that "
                "it knows you."
            ),
            course=link.course,
        )
    _require_address(asked.return_url)
    note = {
        **{"platform": launch.platform, "deployment_id": launch.deployment_id, "course": link.course_id},
        **{
            "url": asked.return_url,
            "line_item": asked.takes_line_items,
            "data": asked.data,
            "id": secrets.token_hex(8),
        },
    }
    rows = Assignment.objects.filter(course=link.course_id, is_draft=False)
    shown = {"assignments": rows, "course": link.course, "note": signing.dumps(note, salt=SALT)}
    return framed(render(request, "lti/choose.html", shown))


@csrf_exempt  # no cookie is needed: the signed note is what counts
@require_POST
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Answer the platform with the assignment that was chosen."""
    try:
        note = _note(request.POST.get("note", ""))
        number = request.POST.get("assignment", "")
        key = int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else 0
        chosen = Assignment.objects.filter(pk=key, course=note["course"], is_draft=False).first()
        if chosen is None:
            raise LaunchRefused(_("Choose one of the assignments. Begin again in your course."))
        if not cache.add(f"lti-answered-{digest(note['id'])}", 1, SECONDS):
            raise LaunchRefused(OVER)
    except LaunchRefused as refusal:
        return refused(request, refusal)
    launch_url = request.build_absolute_uri(reverse("lti-launch"))
    token = answer(note=note, assignment=chosen, launch_url=launch_url, at=timezone.now())
    shown = {"url": note["url"], "token": token, "assignment": chosen}
    leads_to = f"{origin_of(note['url'])} https:"  # and where the platform sends on from there
    return framed(render(request, "lti/answer.html", shown), **{"form-action": leads_to})


def _note(signed: str) -> dict[str, Any]:
    try:
        return signing.loads(signed, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise LaunchRefused(OVER) from None


def answer(*, note: dict[str, Any], assignment: Assignment, launch_url: str, at: datetime) -> str:
    """Return the signed answer that puts a link to an assignment, with its line item, into the platform's course."""
    platform = Platform.objects.get(pk=note["platform"])
    claims = {
        **{
            "iss": platform.client_id,
            "aud": platform.issuer,
            "iat": int(at.timestamp()),
            "nonce": secrets.token_urlsafe(24),
        },
        "exp": int((at + LASTS).timestamp()),
        f"{CORE}message_type": "LtiDeepLinkingResponse",
        f"{CORE}version": VERSION,
        f"{CORE}deployment_id": note["deployment_id"],
        f"{DEEP}content_items": [item(assignment, launch_url, with_line_item=note["line_item"])],
    }
    if note["data"] is not None:
        claims[f"{DEEP}data"] = note["data"]
    return sign(claims, at)


def item(assignment: Assignment, launch_url: str, *, with_line_item: bool) -> dict[str, Any]:
    """Return the link to an assignment as a content item."""
    name = f"a_{assignment.pk}"
    made: dict[str, Any] = {
        **{"type": "ltiResourceLink", "title": assignment.title, "url": launch_url, "custom": {OURS: name}},
    }
    if with_line_item and assignment.points > 0:
        review = {"reviewableStatus": ["Submitted", "Completed"], "label": "Report", "url": launch_url}
        made["lineItem"] = {
            **{"label": assignment.title, "scoreMaximum": float(assignment.points), "resourceId": name, "tag": "grade"},
            "submissionReview": {**review, "custom": {OURS: name}},
        }
    if assignment.due_at is not None:
        made["submission"] = {"endDateTime": assignment.due_at.isoformat().replace("+00:00", "Z")}
    return made


def _require_address(url: str) -> None:
    """Raise LaunchRefused unless an answer may be sent to an address."""
    try:
        parts = urlsplit(origin_of(url))
    except NotAllowed:
        raise LaunchRefused(_("The learning platform does not say where an answer goes.")) from None
    if parts.scheme != "https" and parts.hostname not in settings.ASSAY_LTI_PRIVATE_HOSTS:
        raise LaunchRefused(_("The learning platform wants the answer without encryption; Assay sends none so."))
