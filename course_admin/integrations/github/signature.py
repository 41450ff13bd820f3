"""GitHub's signature of a delivery: HMAC-SHA256 over the raw body, compared in constant time.

Source: GitHub documentation, "Validating webhook deliveries".
"""

from collections.abc import Iterable

from course_admin.integrations.proof import hmac_of, is_one_of

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256 for a body."""
    return PREFIX + hmac_of(body, secret)


def is_signed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed the body; several hold while one is being replaced. No secret, no signature."""
    return is_one_of(signature, [sign(body, secret) for secret in secrets if secret])
