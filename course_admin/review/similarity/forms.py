"""The form by which a course adds a text to a comparison."""

from django import forms
from django.utils.translation import gettext_lazy as _

from course_admin.review.models import ADDED_CHARACTERS, TextKind


class TextForm(forms.Form):
    """A text that is added: a solution, or something that was given to everybody."""

    kind = forms.ChoiceField(label=_("It is"), choices=TextKind.choices)
    title = forms.CharField(max_length=200, label=_("Title"))
    text = forms.CharField(
        max_length=ADDED_CHARACTERS, widget=forms.Textarea(attrs={"rows": 8, "cols": 70}), strip=False, label=_("Text")
    )
