"""The forms that set up a course, and that take a suite."""

from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils import timezone

from course_admin.assignments.course_setup.plan import read_plan
from course_admin.assignments.models import SuiteVersion
from course_admin.assignments.patterns import LOGIN, validate_pattern
from course_admin.assignments.suites.versions import register_suite, register_upload
from grader.errors import SuiteError
from grader.suite.course_table import read_course_table

UPLOAD_BYTES = 20 << 20


class SuiteForm(forms.ModelForm):
    """A suite to keep: a folder beside the others, or an upload."""

    folder = forms.ChoiceField(required=False, choices=[], help_text="A suite that lies in the suites' folder.")
    upload = forms.FileField(
        required=False, help_text="Or a zip or tar file with one folder: the suite, its mutants, its reference."
    )

    class Meta:
        model = SuiteVersion
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = sorted(path.parent.name for path in Path(settings.ASSAY_SUITES).glob("*/suite.toml"))
        folder = cast(forms.ChoiceField, self.fields["folder"])
        folder.choices = [("", "---------"), *((name, name) for name in found)]

    def clean(self) -> dict[str, Any]:
        """Keep the suite, or say what is wrong with it: only what can be used becomes a version."""
        super().clean()
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        folder, upload = cleaned["folder"], cleaned["upload"]
        if bool(folder) == bool(upload):
            raise forms.ValidationError("Choose a folder, or upload a file: one of the two.")
        try:
            if folder:
                self.instance = register_suite(name=folder, at=timezone.now())
            else:
                self.instance = register_upload(data=upload.read(UPLOAD_BYTES + 1), at=timezone.now())
        except SuiteError as problem:
            raise forms.ValidationError(f"The suite cannot be used: {problem}") from problem
        return cleaned

    def _post_clean(self) -> None:
        """Leave the stored version as it is: nothing of the form is one of its fields."""


class SetUpForm(forms.Form):
    """Path, term and organisation."""

    edition = forms.ChoiceField(
        label="Edition of the course", required=False, choices=[], help_text="What your students' repositories follow."
    )
    path = forms.ChoiceField(label="Learning path", choices=[])
    modules = forms.MultipleChoiceField(
        label="Modules to choose", required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    starts_on = forms.DateField(label="Term starts on", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label="Last due date", widget=forms.DateInput(attrs={"type": "date"}), help_text="Everything is due at 23:59."
    )
    owner = forms.CharField(
        label="GitHub organisation", max_length=39, help_text="Owner of the students' repositories."
    )

    with_milestones = forms.BooleanField(
        label="Milestones, too",
        required=False,
        initial=True,
        help_text="Those whose modules are all in the course, due with the last of them.",
    )
    trusted = forms.CharField(
        label="Trust suites that are not checked yet, because",
        required=False,
        max_length=500,
        help_text="Empty: they are checked first, and their assignments stay drafts until then.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = read_plan()
        editions = read_course_table(Path(settings.ASSAY_SUITES)).editions.values()
        cast(forms.ChoiceField, self.fields["edition"]).choices = [(each.name, each.title) for each in editions]
        path = cast(forms.ChoiceField, self.fields["path"])
        path.choices = [(each.name, f"{each.name}: {each.title}") for each in self.plan.paths.values()]
        found = [each for each in self.plan.modules.values() if each.number != self.plan.first]
        modules = cast(forms.ChoiceField, self.fields["modules"])
        modules.choices = [(str(each.number), f"{each.number:02} {each.title}") for each in found]

    def clean_edition(self) -> str:
        """Refuse an edition that no suite grades yet."""
        edition: str = self.cleaned_data["edition"]
        try:
            read_plan(edition=edition)
        except SuiteError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return edition

    def clean_owner(self) -> str:
        """Refuse what cannot be an organisation's name."""
        owner = self.cleaned_data["owner"]
        validate_pattern(f"{owner}/m00-{LOGIN}")
        return owner

    def clean(self) -> dict[str, Any]:
        """Refuse a term that ends before it starts, and a path of chosen modules without any."""
        super().clean()
        cleaned = self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", "The last due date must lie after the start of the term.")
        path = self.plan.paths.get(cleaned.get("path", ""))
        if path is not None and not path.modules and not cleaned.get("modules"):
            self.add_error("modules", f"Path {path.name} is a choice of modules: tick at least one.")
        return cleaned

    @property
    def chosen(self) -> tuple[int, ...]:
        """The modules after the first, in the order they are due."""
        own = tuple(sorted(int(number) for number in self.cleaned_data["modules"]))
        return self.plan.paths[self.cleaned_data["path"]].modules or own
