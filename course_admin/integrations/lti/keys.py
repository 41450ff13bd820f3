"""Our own keys: made, sealed, published and replaced. What we send to platforms is signed by the newest.

Source: RFC 7517 (JWK), RFC 7518 section 6.3; 1EdTech Security Framework 1.0, sections 4.1 and 6.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.db import transaction
from jwt.algorithms import RSAAlgorithm

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.identity.guards.sealed import seal, unseal
from course_admin.identity.models import User
from course_admin.integrations.lti.models import ToolKey

PURPOSE = b"assay LTI keys, version 1"
BITS = 2048
WHY = "the first launch, answer or look at our keys needed one"


def sign(claims: Mapping[str, Any], at: datetime) -> str:
    """Return some claims as a JWT of ours; the first ever makes the key."""
    key = ToolKey.objects.filter(ended_at__isnull=True).first() or rotate(actor=None, at=at, reason=WHY)
    return jwt.encode(dict(claims), _opened(key.sealed), algorithm="RS256", headers={"kid": key.kid})


def key_set(at: datetime) -> dict[str, list[dict[str, str]]]:
    """Return the public keys by which platforms check what we sign, as a JWK set."""
    if not ToolKey.objects.filter(ended_at__isnull=True).exists():
        rotate(actor=None, at=at, reason=WHY)
    return {"keys": [_public(key) for key in ToolKey.objects.published(at)]}


def rotate(*, actor: User | None, at: datetime, reason: str) -> ToolKey:
    """Make a key that signs from now on, audited; those before stay published for a while."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with transaction.atomic():
        ended = list(ToolKey.objects.select_for_update().filter(ended_at__isnull=True))
        ToolKey.objects.filter(pk__in=[key.pk for key in ended]).update(ended_at=at)
        made = ToolKey.objects.create(kid=secrets.token_urlsafe(16), sealed=seal(pem, PURPOSE), made_at=at)
        event = new_event(None, AuditKind.ACCESS, "our LTI key", actor=actor, at=at, reason=reason)
        event.before, event.after = {"kid": ", ".join(key.kid for key in ended)}, {"kid": made.kid}
        record([event])
    return made


def _public(key: ToolKey) -> dict[str, str]:
    numbers = json.loads(RSAAlgorithm.to_jwk(_opened(key.sealed).public_key()))
    return {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": key.kid, "alg": "RS256", "use": "sig"}


@lru_cache(maxsize=4)  # reading one takes 40 ms of computing, and every token that we ask for is signed
def _opened(sealed: str) -> rsa.RSAPrivateKey:
    private = load_pem_private_key(unseal(sealed, PURPOSE).encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("A key of ours for platforms is no RSA key.")
    return private
