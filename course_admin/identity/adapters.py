"""What allauth asks us: who may come in, as whom, and with which places on rosters."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.utils import timezone

from course_admin.identity.guards.client_address import client_address
from course_admin.identity.roster_claims import Identity, free_places, owner, take_places

GITHUB = "github"


def proven(login: SocialLogin) -> Identity:
    """Return what a log-in elsewhere proved."""
    data = login.account.extra_data or {}
    emails = tuple(address.email for address in login.email_addresses if address.verified)
    if login.account.provider != GITHUB:
        return Identity(emails=emails)
    number, name = data.get("id"), data.get("login")
    if isinstance(number, int) and isinstance(name, str):
        return Identity(number, name, emails)
    return Identity(emails=emails)


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
        """Give a known identity its new places, and an unknown one the account that has its places."""
        if sociallogin.is_existing:
            take_places(account=sociallogin.user, identity=proven(sociallogin), at=timezone.now())
        elif not request.user.is_authenticated and (account := owner(proven(sociallogin))):
            sociallogin.connect(request, account)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Say whether some roster waits for this identity."""
        return bool(free_places(proven(sociallogin)))

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Ask nothing more: the roster knows the person."""
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Make the account, and give it its places."""
        account = super().save_user(request, sociallogin, form)
        take_places(account=account, identity=proven(sociallogin), at=timezone.now())
        return account
