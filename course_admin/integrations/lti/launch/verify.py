"""Whether a launch's token is believed: every check of it, in one place, and no other reader of tokens.

Whatever is wrong is said in a sentence that holds nothing of the token. Time is an argument. Source: 1EdTech Security
Framework 1.0, section 5.1.3; OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725 (algorithms are ours to choose).
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.utils.translation import gettext_lazy as _

from course_admin.integrations.lti.launch.claims import CORE, Launch, launch_of
from course_admin.integrations.lti.launch.platform_keys import ALGORITHM
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.launch.state import Begun
from course_admin.integrations.lti.models import Platform

SHORTEST_KEY = 2048  # bits. Source: RFC 7518, section 3.3
SKEW = timedelta(minutes=2)  # by which two clocks may differ
OLDEST = timedelta(minutes=10)
TOKEN_BYTES = 64 << 10
#: The signature alone is PyJWT's; what the claims must say is below, by our clock.
SIGNATURE_ONLY = {"verify_signature": True} | dict.fromkeys(
    ("verify_aud", "verify_exp", "verify_iat", "verify_nbf", "verify_iss", "verify_sub", "verify_jti"), False
)

KeyOf = Callable[[str], Mapping[str, Any]]


def verify(*, token: str, platform: Platform, begun: Begun, origin: str, key_of: KeyOf, at: datetime) -> Launch:
    """Return what a platform's token says, if all of it holds. Raises LaunchRefused.

    begun: the log-in that it answers; origin: ours, below which the launch's target must lie; key_of: finds the platform's
    key by its name, and may raise LaunchRefused itself.
    """
    claims = _signed(token, key_of)
    if claims.get("iss") != platform.issuer:
        raise LaunchRefused(_("The launch comes from another platform than the one that was asked."))
    _require_audience(claims, platform.client_id)
    _require_time(claims, at)
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), begun.nonce.encode()):
        raise LaunchRefused(_("The launch answers no log-in that began here, or one that was answered before."))
    deployment = claims.get(f"{CORE}deployment_id")
    if deployment not in platform.deployments or begun.deployment not in (None, deployment):
        raise LaunchRefused(
            _("The launch comes from a place in the platform where Assay is not known to be installed.")
        )
    launch = launch_of(claims, platform.pk)
    if not launch.target.startswith(f"{origin}/"):
        raise LaunchRefused(_("The launch is for an address that is not Assay's."))
    return launch


def _signed(token: str, key_of: KeyOf) -> Mapping[str, Any]:
    """Return a token's claims, if the platform's own key signed them by the one algorithm that there is."""
    try:
        if len(token) > TOKEN_BYTES:
            raise jwt.DecodeError
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError):
        raise LaunchRefused(_("The launch holds nothing that can be read as a platform's word.")) from None
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or not kid:
        raise LaunchRefused(_("The launch is not signed in the way that LTI asks for."))
    try:
        key = jwt.PyJWK.from_dict({**key_of(kid), "alg": ALGORITHM}).key
        if key.key_size < SHORTEST_KEY:
            raise LaunchRefused(
                _(
                    "The platform signs with a key that is too short to prove anything: its administrators can replace it."
                )
            )
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=SIGNATURE_ONLY)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, jwt.PyJWKError, jwt.InvalidKeyError, ValueError, TypeError, KeyError):
        raise LaunchRefused(_("The launch's signature is not the platform's.")) from None


def _require_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """Raise LaunchRefused unless a token is for us; where it is for several, its authorized party must be us."""
    said = claims.get("aud")
    audience = said if isinstance(said, list) else [said]
    party = claims.get("azp")
    if client_id not in audience or (party is not None and party != client_id) or (len(audience) > 1 and not party):
        raise LaunchRefused(_("The launch is meant for somebody else."))


def _require_time(claims: Mapping[str, Any], at: datetime) -> None:
    now, skew = at.timestamp(), SKEW.total_seconds()
    issued, ends, begins = claims.get("iat", 0), claims.get("exp", 0), claims.get("nbf", claims.get("iat", 0))
    if not (_is_time(issued) and _is_time(ends) and _is_time(begins)):
        raise LaunchRefused(_("The launch does not say from when to when it holds."))
    if ends <= now - skew or issued < now - OLDEST.total_seconds() - skew:
        raise LaunchRefused(_("The launch is too old. Open it again from your course."))
    if issued > now + skew or begins > now + skew:
        raise LaunchRefused(
            _("The launch holds from a time that has not come yet: the platform's clock is ahead of ours.")
        )


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11
