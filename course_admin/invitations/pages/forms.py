"""The forms by which people come in: a password that they choose, an address that they prove, a code."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.identity.models import User
from course_admin.identity.proven.email import fold_email


class NewAccountForm(forms.Form):
    """A name and a password for a new account; the address too, where it is not known yet."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("You log in with it."))
    name = forms.CharField(label=_("Your name"), max_length=200)
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters."),
    )
    again = forms.CharField(
        label=_("The password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address
        if address:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        """Refuse a weak password, two that differ, and an address that has an account."""
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["email"] = fold_email(self.address or str(cleaned.get("email", "")))
        if User.objects.filter(email=cleaned["email"]).exists():
            raise ValidationError(
                gettext("This address has an account already: log in with it, then open the link again.")
            )
        if cleaned.get("password") and cleaned.get("again"):
            if cleaned["password"] != cleaned["again"]:
                self.add_error("again", gettext("The two passwords differ."))
            account = User(email=cleaned["email"], name=str(cleaned.get("name", "")))
            try:
                validate_password(cleaned["password"], account)
            except ValidationError as problem:
                self.add_error("password", problem)
        return cleaned


class CodeForm(forms.Form):
    """The code of a course."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("Your course staff tell it. Empty if you have none."),
    )


class AddressForm(CodeForm):
    """An address that is to be proven, and the code of a course."""

    email = forms.EmailField(label=_("E-mail address"))


class SelfEnrolmentForm(forms.Form):
    """Who may join a course by themselves."""

    is_open = forms.BooleanField(label=_("Students may join by themselves"), required=False)
    with_code = forms.BooleanField(label=_("who know the course's code"), required=False)
    email_domains = forms.CharField(
        label=_("who proved an address of these domains"),
        max_length=500,
        required=False,
        help_text=_("Separated by commas."),
    )
    needs_approval = forms.BooleanField(label=_("Staff let each one in"), required=False)
