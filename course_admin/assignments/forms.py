"""The form that sets up the TinyTorch course."""

from typing import Any

from django import forms

from course_admin.assignments.patterns import LOGIN, validate_pattern
from course_admin.assignments.tinytorch import PATHS, READINESS, read_modules

PATH_CHOICES = [
    ("A", "A: 01 to 20 in order"),
    ("B", "B: 01 to 07, then 14 to 19"),
    ("C", "C: the modules chosen below"),
]


class SetUpForm(forms.Form):
    """Path, term and organisation."""

    path = forms.ChoiceField(label="Learning path", choices=PATH_CHOICES)
    modules = forms.MultipleChoiceField(
        label="Modules of path C", required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    starts_on = forms.DateField(label="Term starts on", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label="Last due date", widget=forms.DateInput(attrs={"type": "date"}), help_text="Everything is due at 23:59."
    )
    owner = forms.CharField(
        label="GitHub organisation", max_length=39, help_text="Owner of the students' repositories."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modules = read_modules().values()
        self.fields["modules"].choices = [
            (str(each.number), f"{each.number:02} {each.title}") for each in modules if each.number != READINESS
        ]

    def clean_owner(self) -> str:
        """Refuse what cannot be an organisation's name."""
        owner = self.cleaned_data["owner"]
        validate_pattern(f"{owner}/m00-{LOGIN}")
        return owner

    def clean(self) -> dict[str, Any]:
        """Refuse a term that ends before it starts, and path C without a module."""
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", "The last due date must lie after the start of the term.")
        if cleaned.get("path") == "C" and not cleaned.get("modules"):
            self.add_error("modules", "Path C is a choice of modules: tick at least one.")
        return cleaned

    @property
    def chosen(self) -> tuple[int, ...]:
        """The modules after readiness, in the order they are due."""
        own = tuple(sorted(int(number) for number in self.cleaned_data["modules"]))
        return PATHS.get(self.cleaned_data["path"], own)
