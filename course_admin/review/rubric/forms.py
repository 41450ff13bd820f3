"""The forms of grading by hand."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.manual_grading.grading.deal import graders_of
from course_admin.manual_grading.models import Question

RUBRIC_CHARACTERS = 100_000


class RubricForm(forms.Form):
    """The questions as text, and whether names are hidden."""

    text = forms.CharField(
        label=_("Questions and rubric"),
        max_length=RUBRIC_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}),
        help_text=_("In the format of questions.toml, which docs/manual-grading.md describes."),
    )
    is_blind = forms.BooleanField(
        required=False,
        label=_("Blind"),
        help_text=_("Who grades sees no names until the grades are published."),
    )


class GradersForm(forms.Form):
    """People to whom work is given."""

    graders = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=[], label=_("Graders"))

    def __init__(self, assignment: Assignment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(each.pk): each for each in graders_of(assignment)}
        choices = [(key, f"{each.name}, {each.get_role_display()}") for key, each in self._people.items()]
        cast(forms.MultipleChoiceField, self.fields["graders"]).choices = choices

    def chosen(self) -> list[Enrollment]:
        """Return the people whom the valid form names."""
        return [self._people[key] for key in self.cleaned_data["graders"]]


class DealForm(GradersForm):
    """Who shares the work, and how."""

    by_section = forms.BooleanField(
        required=False,
        label=_("By section"),
        help_text=_("First to whom is in the student's section, then evenly."),
    )


def typed_marks(questions: list[Question], data: QueryDict) -> dict[str, dict[str, Any]]:
    """Return what a posted page of marks holds, by the key of each question."""
    return {
        str(each.pk): {
            "items": data.getlist(f"items-{each.pk}"),
            "adjustment": data.get(f"adjustment-{each.pk}", ""),
            "comment": data.get(f"comment-{each.pk}", ""),
        }
        for each in questions
    }
