"""A platform's public keys: fetched from the address that it registered, kept for an hour.

A key that is not among them is looked for once more, since platforms replace theirs; but not more often than once a minute,
whoever asks: what a stranger sends must not make us ask.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.safe_http import NotAllowed, Outgoing, Unreachable, origin_of

ALGORITHM = "RS256"
KEPT_SECONDS, AGAIN_SECONDS = 3600, 60
UNKNOWN = _("The launch is signed by a key that the platform does not publish for signatures.")
AWAY = _("The platform's keys cannot be read at the moment. Try again in a few minutes.")


def key_of(platform: Platform, kid: str) -> Mapping[str, Any]:
    """Return a platform's RSA key by its name. Raises LaunchRefused if it has none, or cannot be asked."""
    name = f"lti-keys-{platform.pk}-{_hash_of(platform.jwks_url)}"
    keys = cache.get(name)
    if keys is None or kid not in keys:
        if not cache.add(f"{name}-asked", 1, AGAIN_SECONDS):
            raise LaunchRefused(UNKNOWN if keys is not None else AWAY)
        keys = _fetch(platform.jwks_url)
        cache.set(name, keys, KEPT_SECONDS)
    if kid not in keys:
        raise LaunchRefused(UNKNOWN)
    return keys[kid]


def _hash_of(url: str) -> str:
    """Return a short name of an address, for a key of the cache."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _fetch(url: str) -> dict[str, dict[str, Any]]:
    try:
        headers = {"Accept": "application/json"}
        with Outgoing(
            origin_of(url), headers=headers, private_hosts=frozenset(settings.ASSAY_LTI_PRIVATE_HOSTS)
        ) as out:
            answer = out.request("GET", url)
        found = json.loads(answer.body) if answer.status == 200 else None
    except (NotAllowed, Unreachable, ValueError, RecursionError):
        found = None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise LaunchRefused(AWAY)
    return {key["kid"]: key for key in keys if isinstance(key, dict) and _can_sign(key)}


def _can_sign(key: Mapping[str, Any]) -> bool:
    """Say whether a launch may be signed by a key: it has a name, is for our algorithm's signatures, and nobody else knows it.

    Source: RFC 7517, sections 4.2 to 4.4; RFC 7518, section 6.3.2 (a key with `d` is a private one, which anybody has read now).
    """
    told = key.get("kty"), key.get("use", "sig"), key.get("alg", ALGORITHM)
    operations = key.get("key_ops", ["verify"])
    is_for_signatures = isinstance(operations, list) and "verify" in operations
    return (
        told == ("RSA", "sig", ALGORITHM) and is_for_signatures and isinstance(key.get("kid"), str) and "d" not in key
    )
