"""What allauth asks us: who may come in, as whom, and with which places on rosters.

An identity that nobody has gets an account of its own, if some roster has a free place for it. It never gets one that is
there: whoever has that connects the identity while they are logged in.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import record_made
from course_admin.identity.guards.client_address import client_address
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.email import fold_email
from course_admin.identity.proven.proofs import Proof, keep
from course_admin.identity.proven.roster_claims import free_places, take_places

MADE = "account made by its owner"
AT_ONE_MOMENT = _("You logged in twice at this moment, or somebody took the same name. Please log in once more.")
ANOTHER_ISSUER = _(
    "Your university logs people in by another service now, and what it calls you there belongs to an account from the one "
    "before. If that is yours, ask an administrator to detach its old log-in; then log in again."
)
KINDS = {"github": IdentityKind.GITHUB, "saml": IdentityKind.SAML}


def proven(login: SocialLogin) -> Proof:
    """Return what a log-in elsewhere proved."""
    if not hasattr(login, "proof"):
        data = login.account.extra_data or {}
        emails = tuple(address.email for address in login.email_addresses if _is_yes(address.verified))
        provider, uid = login.account.provider, str(login.account.uid)
        kind = KINDS.get(provider, IdentityKind.OIDC)
        signed = data.get("id_token") or {}
        told = data.get("userinfo") or signed or data  # of OpenID Connect there are two answers
        label = told.get("login") if kind == IdentityKind.GITHUB else told.get("name") or told.get("email")
        issuer = "" if kind == IdentityKind.GITHUB else str(signed.get("iss") or provider)
        login.proof = Proof(kind, uid, issuer, label if isinstance(label, str) else "", emails)
    return login.proof


def _is_yes(verified: Any) -> bool:
    """Say whether a provider said that an address is verified; some write it as a word, and the word false is none."""
    return verified is True or (isinstance(verified, str) and verified.lower() == "true")


def _is_anothers(login: SocialLogin) -> bool:
    """Say whether a known number is of another issuer than the one that its owner proved: two can give one to two people."""
    proof = proven(login)
    same = ProvenIdentity.objects.filter(account=login.user, kind=proof.kind, subject=proof.subject)
    issuers = set(same.values_list("issuer", flat=True))
    return bool(issuers) and proof.issuer not in issuers


def _back_to_log_in(request: HttpRequest, sentence: Any) -> ImmediateHttpResponse:
    messages.error(request, sentence)
    return ImmediateHttpResponse(redirect("login"))


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
        if sociallogin.is_existing and _is_anothers(sociallogin):
            raise _back_to_log_in(request, ANOTHER_ISSUER)
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
        """Make the account, and give it its places; who does it twice at one moment gets one account."""
        addresses = [fold_email(each) for each in proven(sociallogin).emails]
        taken = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
        sociallogin.user.email = next((each for each in addresses if each not in taken), None)
        try:
            with transaction.atomic():
                account = super().save_user(request, sociallogin, form)
                record_made(thing=account, actor=account, at=timezone.now(), reason=MADE)
                settle(account, sociallogin)
        except IntegrityError:
            raise _back_to_log_in(request, AT_ONE_MOMENT) from None
        return account
