"""Dynamic registration: a platform that was invited tells us its addresses, and is told ours.

An invitation is made by an administrator, holds for an hour, and for one platform. Source: 1EdTech LTI Dynamic
Registration 1.0; OpenID Connect Discovery 1.0, section 3 (the configuration's issuer must own the configuration's address).
"""

import json
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.identity.models import User
from course_admin.integrations.lti.advantage.answers import id_text
from course_admin.integrations.lti.advantage.client import SCOPES
from course_admin.integrations.lti.advantage.members import MEMBERS_SCOPE
from course_admin.integrations.lti.launch.claims import DEEP_LINKING, RESOURCE
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.launch.state import digest
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.safe_http import NotAllowed, Outgoing, Unreachable, origin_of, with_lower_host
from grader.sanitize import clean

INVITED_SECONDS = 3600
CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
WORDS_BYTES = 500


class NotRegistered(LaunchRefused):
    """A registration that did not come about; the text is a sentence."""


def invite(administrator: User) -> str:
    """Return the name of a new invitation."""
    name = secrets.token_urlsafe(24)
    cache.set(_key(name), administrator.pk, INVITED_SECONDS)
    return name


def is_invited(name: str) -> bool:
    """Say whether an invitation holds."""
    return cache.get(_key(name)) is not None


def register(
    *, invitation: str, configuration_url: str, token: str, addresses: dict[str, str], at: datetime
) -> Platform:
    """Exchange addresses with a platform, and keep it, audited. Raises NotRegistered; the invitation is used up then, too.

    addresses: ours, by `login`, `launch`, `keys`; token: what the platform gave for this one registration.
    """
    administrator = User.objects.filter(pk=cache.get(_key(invitation))).first()
    if administrator is None or not cache.delete(_key(invitation)):
        raise NotRegistered(
            _("This invitation was used, or is more than an hour old. Ask Assay's administrators for another.")
        )
    try:
        told = _json("GET", configuration_url, {})
        issuer = _text(told, "issuer")
        if urlsplit(issuer).hostname != urlsplit(configuration_url).hostname:
            raise NotRegistered(_("The platform's configuration speaks for another host than the one that it lies on."))
        headers = {"Authorization": f"Bearer {token}"} if token and token.isprintable() and token.isascii() else {}
        answer = _json("POST", _text(told, "registration_endpoint"), headers, _about_us(addresses))
        return _keep(told, answer, administrator, at)
    except (NotAllowed, Unreachable) as problem:
        raise NotRegistered(clean(str(problem), WORDS_BYTES)) from None


def _keep(told: dict[str, Any], answer: dict[str, Any], administrator: User, at: datetime) -> Platform:
    about = told.get(CONFIGURATION)
    family = about.get("product_family_code") if isinstance(about, dict) else None
    tool = answer.get(TOOL)
    deployment = id_text(tool.get("deployment_id")) if isinstance(tool, dict) else ""
    host = urlsplit(_text(told, "issuer")).hostname
    platform = Platform(
        name=f"{clean(family, 100) if isinstance(family, str) else 'Platform'} at {host}"[:200],
        issuer=_text(told, "issuer"),
        client_id=_text({"client_id": id_text(answer.get("client_id"))}, "client_id"),
        deployment_ids=deployment or _later(),
        auth_login_url=with_lower_host(_text(told, "authorization_endpoint")),
        auth_access_url=with_lower_host(_text(told, "token_endpoint")),
        auth_audience=str(told.get("authorization_server") or _if_changed(told))[:500],
        jwks_url=with_lower_host(_text(told, "jwks_uri")),
    )
    try:
        platform.full_clean(validate_constraints=False)
        with transaction.atomic():
            save_audited(thing=platform, actor=administrator, at=at, reason="registered itself by an invitation")
    except ValidationError as problem:
        raise NotRegistered(
            _("The platform's answer cannot be used: {problems}"), problems=" ".join(problem.messages)
        ) from None
    except IntegrityError:
        raise NotRegistered(_("This platform is registered already.")) from None
    return platform


def _if_changed(told: dict[str, Any]) -> str:
    """Return the platform's token URL as it writes it, where that is not how we ask it: assertions are for that audience."""
    written = _text(told, "token_endpoint")
    return "" if with_lower_host(written) == written else written


def _later() -> str:
    """Return a deployment that no launch has, until an administrator writes down which it is."""
    return f"not-known-yet-{secrets.token_hex(4)}"


def _about_us(addresses: dict[str, str]) -> dict[str, Any]:
    """Return what a platform needs to know of us."""
    launch = addresses["launch"]
    messages = [{"type": RESOURCE}, {"type": DEEP_LINKING, "target_link_uri": launch, "label": "Assay"}]
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": addresses["login"],
        "redirect_uris": [launch],
        "client_name": "Assay",
        "jwks_uri": addresses["keys"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join((*SCOPES, MEMBERS_SCOPE)),
        TOOL: {
            "domain": urlsplit(launch).netloc,
            "target_link_uri": launch,
            "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],  # the last ones for the roster
            "messages": messages,
        },
    }


def _json(method: str, url: str, headers: dict[str, str], body: object = None) -> dict[str, Any]:
    """Return what a platform answers. Raises NotRegistered, NotAllowed, Unreachable."""
    private = frozenset(settings.ASSAY_LTI_PRIVATE_HOSTS)
    with Outgoing(origin_of(url), headers={"Accept": "application/json", **headers}, private_hosts=private) as out:
        answer = out.request(method, url, body)
    try:
        found = json.loads(answer.body) if 200 <= answer.status < 300 else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotRegistered(
            _("{host} answered {status}, and not with what a registration needs."),
            host=origin_of(url),
            status=answer.status,
        )
    return found


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 500:
        raise NotRegistered(_("The platform does not say its {name}."), name=name)
    return value


def _key(name: str) -> str:
    return f"lti-invitation-{digest(name)}"
