"""GitHub's signature of a delivery: HMAC-SHA256 over the raw body, compared in constant time.

Source: GitHub documentation, "Validating webhook deliveries".
"""

import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256 for a body."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed the body; several hold while one is being replaced. No secret, no signature."""
    given = signature.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets if secret]
    return any(matches)
