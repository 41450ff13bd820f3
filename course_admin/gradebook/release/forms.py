"""The form of the page where grades are held and published."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.pages.times import CourseTimeField


class ReleaseForm(forms.Form):
    """When to publish, and why anything changes; which of the three is asked for is the button's name."""

    publishes_at = CourseTimeField(
        required=False,
        label=_("Publish at"),
        help_text=_("For the button “Publish at this time”."),
    )
    why = forms.CharField(required=False, max_length=500, label=_("Why"), help_text=_("For the audit log."))

    def clean(self) -> dict[str, Any]:
        """Refuse to publish at a time that was left empty."""
        super().clean()
        if "publish_later" in self.data and not self.errors and not self.cleaned_data["publishes_at"]:
            self.add_error("publishes_at", gettext("Say when, or publish now."))
        return self.cleaned_data
