"""What a webhook proves itself by: an HMAC-SHA256 of its raw body, or a token, compared in constant time."""

import hashlib
import hmac
from collections.abc import Iterable


def hmac_of(body: bytes, secret: str) -> str:
    """Return the HMAC-SHA256 of a body in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Say whether a header's value is one of those expected; every one of them is looked at."""
    told = given.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(each.encode(), told) for each in expected]
    return any(matches)
