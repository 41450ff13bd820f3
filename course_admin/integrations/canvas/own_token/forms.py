"""The forms where a course's own Canvas token or developer key is entered. No secret is ever written back into them."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.canvas.own_token.bearer import host_of
from course_admin.integrations.canvas.own_token.tokens import LONGEST, Place


class PlaceForm(forms.Form):
    """The Canvas course that something is for, unless an administrator said that already."""

    host = forms.ChoiceField(label="Canvas", help_text=_("The administrator chooses which can be asked."))
    number = forms.IntegerField(
        label=_("Course number"),
        min_value=1,
        max_value=2**63 - 1,
        help_text=_("In the address of the course in Canvas: /courses/NUMBER."),
    )

    def __init__(self, link: CanvasCourse | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if link is not None and not link.is_linked_by_leader:
            del self.fields["host"], self.fields["number"]
            return
        hosts = settings.ASSAY_CANVAS_COURSE_HOSTS
        self.fields["host"].choices = [(each, each) for each in hosts]  # type: ignore[attr-defined]
        if link is not None:
            self.initial = {"host": host_of(link.address), "number": link.canvas_id}

    def place(self) -> Place | None:
        """Return the course that the valid form names; None: it asked for none."""
        data = self.cleaned_data
        return Place(data["host"], data["number"]) if "host" in self.fields else None


class TokenForm(PlaceForm):
    """The token, and where it is for."""

    token = forms.CharField(
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("In Canvas: Account, Settings, New access token. It is kept encrypted and never shown again."),
        label=_("Token"),
    )


class KeyForm(PlaceForm):
    """The developer key, and where it is for."""

    prefix = "key"
    client_id = forms.CharField(
        label="ID", max_length=200, help_text=_("The long number in the list of developer keys.")
    )
    secret = forms.CharField(
        label=_("Key"),
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("What Show Key shows there. It is kept encrypted and never shown again."),
    )
