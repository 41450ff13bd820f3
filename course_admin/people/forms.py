"""What the page of a course's people is asked for."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course, Role, Section
from course_admin.people.listing import ACCOUNT_WORDS, Wanted


class WantedForm(forms.Form):
    """Filters in the page's address; what cannot be read is named, and filters nothing."""

    q = forms.CharField(required=False, max_length=200, label=_("Name, e-mail address or GitHub login"))
    role = forms.ChoiceField(required=False, choices=[("", _("any role")), *Role.choices], label=_("Role"))
    section = forms.ModelChoiceField(
        Section.objects.none(), required=False, empty_label=_("any section"), label=_("Section")
    )
    account = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("with or without")),
            *((each.value, words) for each, words in ACCOUNT_WORDS.items()),
        ],
        label=_("Account"),
    )
    granted = forms.BooleanField(required=False, label=_("Only with an extension or accommodation"))
    gone = forms.BooleanField(required=False, label=_("Only who has left the course"))

    def __init__(self, course: Course, data: Any) -> None:
        super().__init__(data, label_suffix="")
        cast(forms.ModelChoiceField, self.fields["section"]).queryset = course.sections.all()

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        self.is_valid()
        told = self.cleaned_data
        return Wanted(
            words=told.get("q", "").strip(),
            role=told.get("role", ""),
            section=told.get("section"),
            account=told.get("account", ""),
            is_granted=told.get("granted", False),
            is_gone=told.get("gone", False),
        )
