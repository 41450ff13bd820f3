"""Second factors: encrypted at rest, and nobody is locked out of theirs: `course_admin/identity/guards/codes.py`."""

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from cryptography.fernet import InvalidToken
from django.test import Client


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def second_factor(account) -> str:
    """Give an account an authenticator app and recovery codes, and return the app's secret."""
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(account, secret)
    RecoveryCodes.activate(account)
    return secret


def test_secrets_of_second_factors_are_encrypted_at_rest(client, world, settings):
    """Who reads a copy of the database can make no code; a new key opens what the old one closed."""
    secret = second_factor(world.student.account)
    rows = Authenticator.objects.filter(user=world.student.account)
    stored = json.dumps(list(rows.values_list("data", flat=True)))
    assert secret not in stored
    factor = rows.get(type="totp")
    assert factor.wrap().validate_code(code_of(secret))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key that is long enough " * 3
    assert decrypt(factor.data["secret"]) == secret
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        decrypt(factor.data["secret"])


def wrong_code(client, address: str, code: str = "000000"):
    headers = {"X-Forwarded-For": address}
    return client.post("/accounts/second-factor/authenticate/", {"code": code}, REMOTE_ADDR="10.0.0.1", headers=headers)


@pytest.mark.slow
def test_one_clients_wrong_codes_lock_nobody_else_out(world, settings):
    """Neither other people nor the same person elsewhere."""
    settings.ASSAY_TRUSTED_PROXIES = 1
    secret = second_factor(world.student.account)
    password = {"username": world.student.account.email, "password": "a long password"}
    attacker, owner = Client(), Client()
    attacker.post("/accounts/login/", password)
    words = [wrong_code(attacker, "198.51.100.7").content.decode() for _ in range(200)]
    assert "Too many wrong codes" in words[-1]
    assert "Too many wrong codes" in wrong_code(attacker, "198.51.100.7", code_of(secret)).content.decode()
    owner.post("/accounts/login/", password)
    assert wrong_code(owner, "203.0.113.9", code_of(secret)).status_code == 302
