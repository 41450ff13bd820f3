"""Secrets as the database keeps them: encrypted by keys that are derived from SECRET_KEY, which is not in it.

Each use has a purpose of its own, so that what one part sealed no other part opens. A SECRET_KEY that is replaced goes on
opening what it sealed while it stands in SECRET_KEY_FALLBACKS. Source: cryptography documentation, "Fernet".
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(text: str, purpose: bytes) -> str:
    """Return a secret as it is stored."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: bytes) -> str:
    """Return a stored secret. Raises InvalidToken for one that no key of ours sealed for this purpose."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: bytes) -> MultiFernet:
    """Return what encrypts with the present key, and decrypts with it and the previous ones."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hmac.digest(str(key).encode(), purpose, hashlib.sha256) for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
