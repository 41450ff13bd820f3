"""Receipts: what was handed in and when, signed with Ed25519, so that anybody can check it with the public key. Side: any.

What is signed is the JSON of `receipt`, with sorted keys and no spaces, in ASCII. A receipt that says anything in another form
than this one is none. Source: RFC 8032.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from grader.errors import UsageError

SCHEMA = "assay.receipt/1"
RECEIPT_BYTES = 64 << 10
KEY_BYTES, SIGNATURE_BYTES = 32, 64
FIELDS = {
    *("service", "course", "assignment", "attempt", "number", "students", "source", "commit", "upload_sha256"),
    *("tree_digest", "refusal", "received_at", "uploaded_at", "found_at"),
}
#: The same, as a reader sees them; a field without a value is not shown.
LABELS = {
    "service": "issued by",
    "course": "course",
    "assignment": "assignment",
    "students": "students",
    "attempt": "attempt",
    "number": "number",
    "source": "handed in by",
    "commit": "commit",
    "upload_sha256": "SHA-256 of the upload",
    "tree_digest": "digest of the files",
    "refusal": "refused",
    "uploaded_at": "uploaded",
    "found_at": "found by asking",
    "received_at": "received",
}


class BadReceipt(UsageError):
    """A receipt is none, or its signature does not hold; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt whose signature holds."""

    facts: dict[str, Any]
    key_id: str

    def lines(self) -> list[tuple[str, str]]:
        """Return what it says, as pairs of a label and a value."""
        values = [(LABELS[name], self.facts[name]) for name in LABELS]
        return [
            (label, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
            for label, value in values
            if value not in ("", None, [])
        ]


def key_id_of(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_key_of(seed: bytes) -> bytes:
    """Return the public key of a private one, 32 bytes each."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(facts: dict[str, Any], seed: bytes) -> str:
    """Return a signed receipt as JSON; the same facts and key give the same text."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if facts.keys() != FIELDS:
        raise ValueError(f"a receipt has the fields {sorted(FIELDS)}, not {sorted(facts)}")
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed_bytes(facts))
    document = {
        "schema": SCHEMA,
        "receipt": facts,
        "key": key_id_of(public_key_of(seed)),
        "signature": base64.b64encode(signature).decode(),
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def verify(text: str | bytes, public_key: bytes) -> Receipt:
    """Return a receipt whose signature holds under a public key. Raises BadReceipt."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    facts, key_id, signature = _parse(text)
    if key_id != key_id_of(public_key):
        raise BadReceipt(f"The receipt was signed with another key ({key_id}) than this one ({key_id_of(public_key)}).")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _signed_bytes(facts))
    except (InvalidSignature, ValueError):
        raise BadReceipt("The signature does not hold: the receipt was changed, or is not ours.") from None
    return Receipt(facts, key_id)


def read_key(text: str) -> bytes:
    """Return the 32 bytes of a key written in base64. Raises BadReceipt."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadReceipt("A key is 32 bytes, written in base64: 44 characters.")
    return key


def _parse(text: str | bytes) -> tuple[dict[str, Any], str, bytes]:
    if len(text) > RECEIPT_BYTES:
        raise BadReceipt(f"A receipt has at most {RECEIPT_BYTES} bytes.")
    try:
        document = json.loads(text, object_pairs_hook=_without_doubles)
        signature = base64.b64decode(document["signature"], validate=True)
        schema, facts, key_id = document["schema"], document["receipt"], document["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadReceipt("This is no receipt: a receipt is the JSON file that an attempt's page offers.") from None
    is_whole = isinstance(facts, dict) and facts.keys() == FIELDS and isinstance(key_id, str)
    if schema != SCHEMA or not is_whole or len(signature) != SIGNATURE_BYTES or len(document) != 4:
        raise BadReceipt(f"This is no receipt of the form {SCHEMA}.")
    return facts, key_id, signature


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's pairs; one name twice would mean two things to two readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _signed_bytes(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
