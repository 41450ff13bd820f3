"""Logging in with a name and a password; somebody who guesses has to wait.

Failures are counted for a name and an address together, so that nobody can lock out somebody else from afar.
"""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.crypto import salted_hmac

FAILURES_ALLOWED = 10
WAIT_SECONDS = 600


class PatientForm(AuthenticationForm):
    """Django's form, closed for a while after too many failures."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "This name and password do not belong together. Mind upper and lower case.",
        "wait": "Too many failed tries. Please wait ten minutes, or ask your course staff for a new password.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, unless there were too many failures lately."""
        key = self._key()
        if cache.get(key, 0) >= FAILURES_ALLOWED:
            raise ValidationError(self.error_messages["wait"], code="wait")
        try:
            cleaned = super().clean()
        except ValidationError:
            cache.set(key, cache.get(key, 0) + 1, WAIT_SECONDS)
            raise
        cache.delete(key)
        return cleaned

    def _key(self) -> str:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = str(self.cleaned_data.get("username", "")).casefold()
        return "failed-logins-" + salted_hmac("failed-logins", f"{address}\0{name}").hexdigest()


class LoginView(DjangoLoginView):
    """The one log-in page, for students and staff."""

    form_class = PatientForm
    redirect_authenticated_user = True
    template_name = "login.html"

    def form_valid(self, form: PatientForm) -> HttpResponse:
        """Log in, after the second factor of who has one."""
        return perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())

    def form_invalid(self, form: PatientForm) -> HttpResponse:
        """Show the form again, with a status that says so."""
        response = super().form_invalid(form)
        response.status_code = 429 if form.has_error("__all__", "wait") else 200
        return response
