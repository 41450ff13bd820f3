"""Who we are at GitHub: the App's id and key from the settings, and the short-lived JWT that proves it.

Source: GitHub documentation, "Generating a JSON Web Token (JWT) for a GitHub App".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from course_admin.integrations.safe_http import NotAllowed, origin_of

LASTS = timedelta(minutes=9)  # GitHub takes ten at most
CLOCKS_DIFFER = timedelta(seconds=60)  # a JWT of the future is refused
DOCUMENT = "docs/github.md has the steps."


@dataclass(frozen=True, slots=True)
class Credentials:
    """The App: its client id, or its number, and its private key."""

    app_id: str
    key: RSAPrivateKey = field(repr=False)

    def token(self, at: datetime) -> str:
        """Return a JWT that proves us for nine minutes."""
        times = {"iat": int((at - CLOCKS_DIFFER).timestamp()), "exp": int((at + LASTS).timestamp())}
        return jwt.encode({**times, "iss": self.app_id}, self.key, algorithm="RS256")

    def is_ours(self, app: object) -> bool:
        """Say whether an `app` of a delivery is this App; a delivery gives both, its number and its client id."""
        return isinstance(app, dict) and self.app_id in (str(app.get("id")), app.get("client_id"))


def credentials() -> Credentials | None:
    """Return the App that the settings name; None if they name none, or not all of it."""
    key = _key()
    return Credentials(settings.ASSAY_GITHUB_APP_ID, key) if key and settings.ASSAY_GITHUB_APP_ID else None


def app_problems() -> Iterator[str]:
    """Say what is missing of an App that is half configured; nothing if there is none, or all of it."""
    app_id, key = settings.ASSAY_GITHUB_APP_ID, settings.ASSAY_GITHUB_APP_KEY
    if not app_id and not key:
        return
    if not app_id:
        yield f"The GitHub App has a key and no id: set ASSAY_GITHUB_APP_ID. {DOCUMENT}"
    if not key:
        yield f"The GitHub App has an id and no key: set ASSAY_GITHUB_APP_KEY. {DOCUMENT}"
    elif _key() is None:
        yield f"ASSAY_GITHUB_APP_KEY holds no RSA private key (PEM with \\n for line ends, or its base64). {DOCUMENT}"
    if not settings.ASSAY_WEBHOOK_SECRETS:
        yield f"The GitHub App's deliveries are all refused: set ASSAY_WEBHOOK_SECRETS. {DOCUMENT}"
    try:
        origin_of(settings.ASSAY_GITHUB_API_URL)
    except NotAllowed as problem:
        yield f"ASSAY_GITHUB_API_URL cannot be asked. {problem} {DOCUMENT}"


def _key() -> RSAPrivateKey | None:
    return _read_key(settings.ASSAY_GITHUB_APP_KEY)


@lru_cache(maxsize=2)
def _read_key(pem: str) -> RSAPrivateKey | None:
    """Return a key from its text; checking its numbers takes longer than signing with them, so it is done once."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None
