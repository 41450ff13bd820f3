"""What a believed launch says, in our words; and where each of it stands in the platform's token.

Source: 1EdTech LTI Core 1.3, Deep Linking 2.0, Assignment and Grade Services 2.0, Names and Role Provisioning Services 2.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext_lazy as _

from course_admin.courses.roster.files.clean import clean as cleaned
from course_admin.integrations.lti.advantage.answers import id_text
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.roles import teaches

CORE = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
VERSION = "1.3.0"
RESOURCE, DEEP_LINKING, REVIEW = "LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"
MESSAGES = (RESOURCE, DEEP_LINKING, REVIEW)
OURS = "assay_assignment"
LONGEST, WORDS = 1000, 200


@dataclass(frozen=True, slots=True)
class DeepLinking:
    """What a platform asks for when somebody chooses an assignment for it; `data` goes back as it came, if it came."""

    return_url: str
    takes_links: bool
    takes_line_items: bool
    data: str | None


@dataclass(frozen=True, slots=True)
class Launch:
    """One believed launch. What the platform did not say is empty."""

    platform: int  # its key here
    message: str
    deployment_id: str
    subject: str
    name: str
    target: str
    context_id: str
    context_title: str
    teaches: bool
    assignment: int | None  # our own number, that came back in `custom` or in the target's address
    line_item: str
    memberships_url: str
    for_subject: str  # of a review: whose submission
    deep_linking: DeepLinking | None = None


def launch_of(claims: Mapping[str, Any], platform: int) -> Launch:
    """Return what verified claims say. Raises LaunchRefused for what is no launch."""
    message = _text(claims, f"{CORE}message_type")
    if claims.get(f"{CORE}version") != VERSION:
        raise LaunchRefused(_("The launch is not one of LTI 1.3."))
    if message not in MESSAGES:
        raise LaunchRefused(_("The launch is of a kind that Assay does not know."))
    subject, target = id_text(claims.get("sub")), _text(claims, f"{CORE}target_link_uri")
    if not subject or len(subject) > 255:
        raise LaunchRefused(
            _("The launch does not say who opened it: Assay needs to know, and shows no one else's work.")
        )
    context, grades = _object(claims, f"{CORE}context"), _object(claims, GRADES)
    return Launch(
        platform=platform,
        message=message,
        deployment_id=_text(claims, f"{CORE}deployment_id"),
        subject=subject,
        name=_words(claims, "name"),
        target=target,
        context_id=id_text(context.get("id")),
        context_title=_words(context, "title") or _words(context, "label"),
        teaches=teaches(claims.get(f"{CORE}roles")),
        assignment=_number(_object(claims, f"{CORE}custom").get(OURS)) or _asked_for(target),
        line_item=_text(grades, "lineitem"),
        memberships_url=_text(_object(claims, MEMBERS), "context_memberships_url"),
        for_subject=id_text(_object(claims, f"{CORE}for_user").get("user_id")),
        deep_linking=_deep_linking(_object(claims, f"{DEEP}deep_linking_settings"))
        if message == DEEP_LINKING
        else None,
    )


def _deep_linking(settings: Mapping[str, Any]) -> DeepLinking:
    accepted = settings.get("accept_types")
    data = settings.get("data")
    return DeepLinking(
        return_url=_text(settings, "deep_link_return_url"),
        takes_links=isinstance(accepted, list) and "ltiResourceLink" in accepted,
        takes_line_items=settings.get("accept_lineitem") is not False,
        data=data if isinstance(data, str) else None,
    )


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _text(holder: Mapping[str, Any], name: str) -> str:
    """Return a text; what is none, too long, or holds what no page and no database can show, says nothing."""
    value = holder.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST and value.isprintable() else ""


def _words(holder: Mapping[str, Any], name: str) -> str:
    """Return what people read, a name or a title, in any script: what is not seen is taken away, and nothing depends on it."""
    value = holder.get(name)
    return cleaned(value[:LONGEST])[:WORDS] if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    """Return the number in our own a_312."""
    text = value.removeprefix("a_") if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _asked_for(target: str) -> int | None:
    """Return the assignment that a link names which was made by hand: .../lti/launch/?assignment=a_312."""
    try:
        return _number(parse_qs(urlsplit(target).query).get("assignment", [""])[0])
    except ValueError:  # it is no address; `verify` refuses it, since it is none of ours
        return None
