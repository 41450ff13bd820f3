"""Second factors as they are kept and asked for: encrypted in the database, and with a wait for somebody who guesses.

Whoever reads a copy of the database must not be able to make codes: secrets and recovery seeds are sealed (sealed.py).
"""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from course_admin.identity.guards.client_address import client_address
from course_admin.identity.guards.guesses import code_guess
from course_admin.identity.guards.sealed import seal, unseal

PURPOSE = b"assay second factors, version 1"
WAIT = _("Too many wrong codes from where you are. Please wait five minutes; your codes stay as they are.")


class EncryptingAdapter(DefaultMFAAdapter):
    """What allauth asks us about second factors."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret. Raises InvalidToken for one that no key of ours made."""
        return unseal(encrypted_text, PURPOSE)


class PatientCode(forms.BaseAuthenticateForm):
    """allauth's form of a code, closed for a while to an address that guesses somebody's; open to the person elsewhere."""

    def clean_code(self) -> str:
        """Check the code, unless there were too many wrong ones lately."""
        guess = code_guess(client_address(context.request), self.user.pk)
        if not guess.begin():
            raise ValidationError(WAIT, code="wait")
        code: str = super().clean_code()
        guess.was_right()
        return code


class AuthenticateForm(PatientCode, forms.AuthenticateForm):
    """The code at a log-in."""


class ReauthenticateForm(PatientCode, forms.ReauthenticateForm):
    """The code before something sensitive."""
