"""A second factor for staff, where the setting asks for one.

Whoever has one is asked for it at every log-in, by allauth, before the session is theirs. What is left to do here: a member
of staff without one sees nothing but the pages that set one up.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from course_admin.policy import is_anybodys_staff

OPEN = (
    "login",
    "logout",
    "health",
    "health-ready",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "admin:logout",
)


def needs_second_factor(user: Any) -> bool:
    """Say whether somebody must set up a second factor before anything else."""
    if not (settings.ASSAY_STAFF_SECOND_FACTOR and user.is_authenticated):
        return False
    return is_anybodys_staff(user) and not is_mfa_enabled(user)


class RequireSecondFactor:
    """Middleware: staff without a second factor are sent to set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Send staff away from every page but those that are open."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN or name.startswith("mfa_") or not needs_second_factor(request.user):
            return None
        return redirect("mfa_activate_totp")
