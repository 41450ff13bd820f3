"""The forms that set up a course: what it consists of and when, then one for each line of the proposal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.course_setup.plan import read_plan
from course_admin.assignments.course_setup.proposal import Line
from course_admin.assignments.patterns import LOGIN, validate_pattern
from course_admin.courses.holidays import HOLIDAYS_LENGTH, read_holidays
from course_admin.pages.times import CourseDayField, CourseTimeField
from grader.errors import SuiteError
from grader.suite.course_table import read_course_table


class SetUpForm(forms.Form):
    """Path, term and organisation."""

    edition = forms.ChoiceField(
        label=_("Edition of the course"),
        required=False,
        choices=[],
        help_text=_("What your students' repositories follow."),
    )
    path = forms.ChoiceField(label=_("Learning path"), choices=[])
    modules = forms.MultipleChoiceField(
        label=_("Modules to choose"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    starts_on = CourseDayField(label=_("Term starts on"))
    ends_on = CourseDayField(label=_("Last due date"), help_text=_("Everything is due at 23:59, unless you change it."))
    holidays = forms.CharField(
        label=_("Holidays"),
        required=False,
        max_length=HOLIDAYS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One day a line, such as 2026-12-25 Christmas, or several: 2026-12-24 to 2027-01-03 winter break. Nothing is "
            "due on them, or on a Sunday, unless you choose it."
        ),
    )
    owner = forms.CharField(
        label=_("GitHub organisation"), max_length=39, help_text=_("Owner of the students' repositories.")
    )

    with_milestones = forms.BooleanField(
        label=_("Milestones, too"),
        required=False,
        initial=True,
        help_text=_("Those whose modules are all in the course, each after the last of them."),
    )
    trusted = forms.CharField(
        label=_("Trust suites that are not checked yet, because"),
        required=False,
        max_length=500,
        help_text=_(
            "Empty: they are checked first, and their assignments are drafts that open by themselves once they pass."
        ),
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

    def clean_holidays(self) -> str:
        """Refuse a line that is no day."""
        text: str = self.cleaned_data["holidays"]
        read_holidays(text)
        return text

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
            self.add_error("ends_on", gettext("The last due date must lie after the start of the term."))
        path = self.plan.paths.get(cleaned.get("path", ""))
        if path is not None and not path.modules and not cleaned.get("modules"):
            self.add_error(
                "modules", gettext("Path {path} is a choice of modules: tick at least one.").format(path=path.name)
            )
        return cleaned

    @property
    def chosen(self) -> tuple[int, ...]:
        """The modules after the first, in the order they are due."""
        own = tuple(sorted(int(number) for number in self.cleaned_data["modules"]))
        return self.plan.paths[self.cleaned_data["path"]].modules or own


class LineForm(forms.Form):
    """One line of a proposal; times are by the course's clock, which the view makes the current one."""

    is_included = forms.BooleanField(required=False, label=_("Make it"))
    title = forms.CharField(max_length=200, label=_("Title"))
    releases_at = CourseTimeField(required=False, label=_("Released"))
    due_at = CourseTimeField(label=_("Due"), error_messages={"required": _("Say when it is due.")})
    is_due_day_chosen = forms.BooleanField(required=False, label=_("Due on this day all the same"))

    def __init__(self, line: Line, data: Mapping[str, Any] | None = None) -> None:
        self.line = line
        initial = {name: getattr(line, name) for name in self.base_fields}
        super().__init__(data, prefix=line.slug, initial=initial, label_suffix="")
        for name, field in self.fields.items():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["aria-label"] = f"{field.label}: {line.slug}"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    def clean(self) -> dict[str, Any]:
        """Ask nothing more of a line that is left out."""
        super().clean()
        if not self.cleaned_data.get("is_included"):
            self.errors.clear()
        return self.cleaned_data
