"""The two forms of a gradebook's cell: points by hand, and more days."""

from django import forms

REASON_CHARACTERS = 2_000
MOST_DAYS = 365


class PointsForm(forms.Form):
    """Points in place of what is computed."""

    points = forms.DecimalField(min_value=0, max_digits=9, decimal_places=4, label="Points")
    reason = forms.CharField(max_length=REASON_CHARACTERS, label="Why", help_text="The student reads it.")


class DaysForm(forms.Form):
    """Days beyond the due time."""

    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, label="Days")
    reason = forms.CharField(max_length=REASON_CHARACTERS, label="Why", help_text="The student reads it.")


class WhyForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(max_length=REASON_CHARACTERS, label="Why")
