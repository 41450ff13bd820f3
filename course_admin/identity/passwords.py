"""Forgotten passwords, which their owners set anew by a link in a mail.

The page says the same whether an address has an account or not. A link is good once, for an hour, and until the next log-in;
a second factor is asked for afterwards as ever. Who logs in elsewhere only has no password, and gets no mail.
"""

import logging
import smtplib
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.identity.guards.client_address import client_address
from course_admin.identity.guards.guesses import reset_guess
from course_admin.identity.proven.proofs import prove_by_mail
from course_admin.languages.own import language_of
from course_admin.web.mailed_links import mailed_origin

log = logging.getLogger(__name__)

WAIT = _("Too many mails were asked for from where you are. Please wait an hour.")


class NewPasswordForm(SetPasswordForm):
    """A new password, after a link."""

    has_taken_off = False  # log-ins elsewhere, which were connected before the address was proven

    def save(self, commit: bool = True) -> Any:
        """Set it, audited; whatever else of the account was changed meanwhile stays."""
        user, now = super().save(commit=False), timezone.now()
        user.credential_set_at = now
        with transaction.atomic():
            save_audited(thing=user, actor=user, at=now, reason="changed by its owner")
            self.has_taken_off = prove_by_mail(account=user, at=now)
        return user


class ForgottenForm(PasswordResetForm):
    """An address; a mail server that is away is no fault of its owner, and tells nobody whether there is an account."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send the mail in the language of its reader, or log why it was not sent."""
        context: dict[str, Any] = kwargs.get("context") or args[2]
        try:
            with translation.override(language_of(context.get("user"))):
                super().send_mail(*args, **kwargs)
        except (smtplib.SMTPException, OSError) as problem:
            log.error("A mail about a forgotten password was not sent: %s", problem)


class Afterwards(HttpResponseRedirect):
    """A redirect that does something once it has been sent: how long that takes, and whether it is done, nobody can tell."""

    def __init__(self, to: str, work: Callable[[], object]) -> None:
        super().__init__(to)
        self._work: Callable[[], object] | None = work

    def close(self) -> None:
        """Do it; web servers close an answer when all of it has left."""
        work, self._work = self._work, None
        try:
            if work is not None:
                work()
        finally:
            super().close()


class ForgottenView(views.PasswordResetView):
    """Asks for an address, and sends its account a link; an address without one gets the same answer as soon."""

    form_class = ForgottenForm
    template_name = "identity/password_forgotten.html"
    email_template_name = "identity/password_mail.txt"
    subject_template_name = "identity/password_mail_subject.txt"
    success_url = reverse_lazy("password-sent")

    def form_valid(self, form: Any) -> HttpResponse:
        """Send it, unless too many were asked for."""
        if not reset_guess(client_address(self.request), form.cleaned_data["email"]).begin():
            form.add_error(None, WAIT)
            answer = self.form_invalid(form)
            answer.status_code = 429
            return answer
        self.extra_email_context = {"site": mailed_origin(self.request)}
        return Afterwards(self.get_success_url(), partial(super().form_valid, form))


class SentView(views.PasswordResetDoneView):
    """Says that a mail was sent, if there is an account."""

    template_name = "identity/password_sent.html"


class SetView(views.PasswordResetConfirmView):
    """Takes a new password from whoever has the link."""

    form_class = NewPasswordForm
    template_name = "identity/password_set.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, and say so on the log-in page."""
        answer = super().form_valid(form)
        messages.success(self.request, gettext("Your new password holds. Log in with it."))
        if form.has_taken_off:
            messages.info(self.request, gettext("Log-ins elsewhere open this account no more: connect yours again."))
        return answer
