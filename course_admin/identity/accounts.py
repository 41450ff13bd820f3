"""Logging in with a name and a password, and changing that; somebody who guesses has to wait (guesses.py)."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.contrib.auth.views import PasswordChangeView as DjangoPasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.identity.guards.client_address import client_address
from course_admin.identity.guards.guesses import OF_A_NAME, change_guess, password_guess
from course_admin.identity.models import User

FAILURES_ALLOWED = OF_A_NAME.tries


class PatientForm(AuthenticationForm):
    """Django's form, closed for a while after too many failures."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("This name and password do not belong together. Mind upper and lower case."),
        "wait": _("Too many failed tries. Please wait ten minutes, or set a new one by mail."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, unless there were too many failures lately."""
        guess = password_guess(client_address(self.request), str(self.cleaned_data.get("username", "")))
        if not guess.begin():
            raise ValidationError(self.error_messages["wait"], code="wait")
        cleaned: dict[str, Any] = super().clean()
        if self.get_user() is not None:
            guess.was_right()
        return cleaned


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


class CarefulChangeForm(PasswordChangeForm):
    """Django's form, closed for a while after too many wrong tries of the present password."""

    def clean_old_password(self) -> str:
        """Check the present password, unless there were too many failures lately."""
        guess = change_guess(self.user.pk)
        if not guess.begin():
            raise ValidationError(PatientForm.error_messages["wait"], code="wait")
        given: str = super().clean_old_password()
        guess.was_right()
        return given


class PasswordChangeView(DjangoPasswordChangeView):
    """The page on which somebody changes their own password; all their other sessions end with it."""

    form_class = CarefulChangeForm
    template_name = "identity/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand on the account itself, as it is stored."""
        viewer: Any = self.request.user
        return {**super().get_form_kwargs(), "user": User.objects.get(pk=viewer.pk)}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep the new password, and when it was set."""
        user, now = form.save(commit=False), timezone.now()
        user.credential_set_at = now
        save_audited(thing=user, actor=user, at=now, reason="changed by its owner")
        update_session_auth_hash(self.request, user)
        messages.success(self.request, gettext("Your password is changed. You are logged out everywhere else."))
        return redirect("password-change")
