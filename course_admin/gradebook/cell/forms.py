"""The forms of a gradebook's cell: points by hand, more days, and taking either back; each knows what it was shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from course_admin.pages.number_fields import TypedDecimalField
from course_admin.pages.times import CourseTimeField

REASON_CHARACTERS = 2_000
MOST_DAYS = 365


class ShownForm(forms.Form):
    """A form that says what the page showed as granted, so that nobody takes back what they have not seen."""

    shown_state = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)


class PointsForm(ShownForm):
    """Points in place of what is computed."""

    points = TypedDecimalField(min_value=0, max_digits=9, decimal_places=4, label=_("Points"))
    reason = forms.CharField(max_length=REASON_CHARACTERS, label=_("Why"), help_text=_("The student reads it."))


class DaysForm(ShownForm):
    """Days beyond the due time, or the time until which they have."""

    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, required=False, label=_("Days"))
    due_at = CourseTimeField(required=False, label=_("Or until"), help_text=_("By the course's clock."))
    reason = forms.CharField(max_length=REASON_CHARACTERS, label=_("Why"), help_text=_("The student reads it."))


class WhyForm(ShownForm):
    """Why something is taken back."""

    reason = forms.CharField(max_length=REASON_CHARACTERS, label=_("Why"))
