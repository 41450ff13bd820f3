"""The forms of the page of a regrade preview."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.gradebook.regrade_preview.services import suites_to_try


class SuiteField(forms.ModelChoiceField):
    """One suite version, named so that two of one suite are told apart."""

    def label_from_instance(self, obj: SuiteVersion) -> str:
        """Say since when it is there."""
        return f"{obj}, added {obj.added_at:%Y-%m-%d %H:%M} UTC"


class BeginForm(forms.Form):
    """Which version to try, and why."""

    suite = SuiteField(
        queryset=SuiteVersion.objects.none(),
        label=_("Suite version"),
        empty_label=None,
        error_messages={"invalid_choice": _("Choose one of the versions that are listed.")},
    )
    why = forms.CharField(max_length=500, label=_("Why"), help_text=_("Goes to the audit log."))

    def __init__(self, assignment: Assignment, data: Any = None) -> None:
        super().__init__(data)
        choice: Any = self.fields["suite"]
        choice.queryset = suites_to_try(assignment)


class ShownForm(forms.Form):
    """Which preview a button was shown for, and beside which figures."""

    preview = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    seen = forms.CharField(required=False, max_length=64)
