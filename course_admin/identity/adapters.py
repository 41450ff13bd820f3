"""What allauth asks us: who may come in, as whom, and with which places on rosters.

An identity that nobody has gets an account of its own, if some roster has a free place for it. It never gets one that is
there: whoever has that connects the identity while they are logged in.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.utils import timezone

from course_admin.courses.audit import record_made
from course_admin.identity.guards.client_address import client_address
from course_admin.identity.models import IdentityKind, User
from course_admin.identity.proven.email import fold_email
from course_admin.identity.proven.proofs import Proof, keep
from course_admin.identity.proven.roster_claims import free_places, take_places

MADE = "account made by its owner"
KINDS = {"github": IdentityKind.GITHUB, "saml": IdentityKind.SAML}


def proven(login: SocialLogin) -> Proof:
    """Return what a log-in elsewhere proved."""
    if not hasattr(login, "proof"):
        data = login.account.extra_data or {}
        emails = tuple(address.email for address in login.email_addresses if address.verified)
        provider, uid = login.account.provider, str(login.account.uid)
        kind = KINDS.get(provider, IdentityKind.OIDC)
        label = data.get("login") if kind == IdentityKind.GITHUB else data.get("name") or data.get("email")
        issuer = "" if kind == IdentityKind.GITHUB else provider
        login.proof = Proof(kind, uid, issuer, label if isinstance(label, str) else "", emails)
    return login.proof


def settle(account: User, login: SocialLogin) -> None:
    """Keep what an account's owner proved, and give the account the places that it proves."""
    at = timezone.now()
    keep(proof=proven(login), account=account, at=at)
    take_places(account=account, proof=proven(login), at=at)


def keep_connected(*, request: HttpRequest, sociallogin: SocialLogin, **_told: Any) -> None:
    """Settle what somebody connected while they were logged in; allauth tells of it by a signal only."""
    settle(sociallogin.user, sociallogin)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts with a password are made by administrators only."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that allauth's own limits count by."""
        return client_address(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes one by themselves."""
        return False


class RosterAdapter(DefaultSocialAccountAdapter):
    """An identity gets an account if some roster has a free place for it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Settle what a known identity proves by now; addresses are kept by us, not by allauth."""
        proven(sociallogin)
        sociallogin.email_addresses = []
        is_login = sociallogin.state.get("process") != "connect"
        if sociallogin.is_existing and (is_login or sociallogin.user == request.user):
            settle(sociallogin.user, sociallogin)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Say whether some roster waits for this identity."""
        return bool(free_places(proven(sociallogin)))

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Ask nothing more: the roster knows the person."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Take the person's name; the account's address is one that was verified, or none."""
        user = sociallogin.user
        names = (str(data.get(each) or "") for each in ("first_name", "last_name"))
        user.name = str(data.get("name") or " ".join(names).strip())[:200]
        user.email = None
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Make the account, and give it its places."""
        addresses = [fold_email(each) for each in proven(sociallogin).emails]
        taken = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
        sociallogin.user.email = next((each for each in addresses if each not in taken), None)
        account = super().save_user(request, sociallogin, form)
        record_made(thing=account, actor=account, at=timezone.now(), reason=MADE)
        settle(account, sociallogin)
        return account
