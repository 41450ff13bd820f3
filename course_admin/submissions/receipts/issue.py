"""The receipt of an attempt: its facts, none of which ever changes, signed with this installation's key."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from course_admin.submissions.models import Attempt
from grader.client.receipt import Receipt, public_key_of, sign, verify

PURPOSE = b"assay receipts, version 1"


def receipt_of(attempt: Attempt, service: str) -> str:
    """Return an attempt's receipt as JSON; service: the address at which it is issued."""
    push, upload = attempt.push, attempt.upload
    facts = {
        "service": service,
        "course": attempt.assignment.course.slug,
        "assignment": attempt.assignment.slug,
        "attempt": attempt.public_id,
        "number": attempt.number,
        "students": [person.name for person in attempt.people],
        "source": "upload" if upload else f"push to {push.repository.full_name}" if push else "",
        "commit": attempt.commit_id,
        "upload_sha256": upload.sha256 if upload else "",
        "tree_digest": attempt.tree_digest,
        "refusal": attempt.refusal,
        "received_at": attempt.received_at.isoformat(),
        "uploaded_at": _text(upload.uploaded_at if upload else None),
        "found_at": _text(push.found_at if push else None),
    }
    return sign(facts, _private_key())


def public_key() -> bytes:
    """Return the key by which anybody checks our receipts."""
    return public_key_of(_private_key())


def check(text: bytes) -> Receipt:
    """Return a receipt of ours whose signature holds. Raises BadReceipt."""
    return verify(text, public_key())


def _private_key() -> bytes:
    """Return the key that is set, or the one that the secret key determines: the same on every machine of an installation."""
    return settings.ASSAY_RECEIPT_KEY or hmac.digest(str(settings.SECRET_KEY).encode(), PURPOSE, hashlib.sha256)


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
