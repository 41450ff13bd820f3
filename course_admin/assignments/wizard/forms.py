"""The forms of the wizard's steps: each asks for some fields of an assignment, and is bound to what was typed, kept or posted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.core.validators import EMPTY_VALUES
from django.forms.models import fields_for_model
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.wizard.drafts import Answers
from course_admin.courses.holidays import as_predicate, why_free
from course_admin.courses.models import Course
from course_admin.pages.number_fields import TypedDecimalField
from course_admin.pages.times import CourseTimeField

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FOLDER, VERSION = "folder:", "version:"
#: Fields whose name in the table is no good label on a page.
LABELS = {
    "slug": _("Short name"),
    "needs": _("Builds on"),
    "repository_pattern": _("Repositories"),
    "releases_at": _("Released"),
    "due_at": _("Due"),
    "closes_at": _("Hard close"),
    "holds_grades": _("Hold the grades"),
    "late_percent": _("Each costs, in percent"),
    "late_cap_percent": _("At most, in percent"),
    "late_grace_minutes": _("Grace, in minutes"),
}
#: Fields that people type as nobody else writes them.
FIELDS = {
    **dict.fromkeys(("releases_at", "due_at", "closes_at"), CourseTimeField),
    **dict.fromkeys(("points", "late_percent", "late_cap_percent"), TypedDecimalField),
}


class StepForm(forms.Form):
    """One step: fields of an assignment as the model has them, then its own."""

    step_title: "StrOrPromise" = ""  # of the page
    model_fields: tuple[str, ...] = ()
    required_fields: tuple[str, ...] = ()

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.course = course
        own = dict(self.fields)
        labels = cast(dict[str, str], LABELS)
        asked = fields_for_model(Assignment, self.model_fields, field_classes=FIELDS, labels=labels)
        self.fields = {**asked, **own}
        for name in self.required_fields:
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        """Have the model's own fields judge what they will hold."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.model_fields:
            if name in cleaned and cleaned[name] not in EMPTY_VALUES and name != "needs":
                try:
                    Assignment._meta.get_field(name).clean(cleaned[name], None)  # type: ignore[union-attr]
                except forms.ValidationError as problem:
                    self.add_error(name, problem)
        return cleaned

    def typed(self) -> Answers:
        """Return what was typed, as a draft keeps it: lists by field."""
        data = cast(MultiValueDict, self.data)
        return {name: data.getlist(name) for name in self.fields if name in data}

    def is_only_incomplete(self) -> bool:
        """Say whether nothing is wrong with it but what is not filled in yet."""
        return all(error.code == "required" for errors in self.errors.as_data().values() for error in errors)


class BasicsForm(StepForm):
    """What it is called, and what it is worth."""

    step_title = _("Basics")
    model_fields = ("title", "slug", "module", "points", "needs")

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(course, data)
        needs = cast(forms.ModelMultipleChoiceField, self.fields["needs"])
        needs.queryset = course.assignments.all()
        needs.widget = forms.CheckboxSelectMultiple(choices=needs.choices)  # type: ignore[arg-type]
        if not course.assignments.exists():
            del self.fields["needs"]

    def clean_slug(self) -> str:
        """Refuse a short name that is taken."""
        slug: str = self.cleaned_data["slug"]
        if self.course.assignments.filter(slug=slug).exists():
            raise forms.ValidationError(
                gettext("This course has an assignment {slug}: choose another short name.").format(slug=slug)
            )
        return slug


class SuiteForm(StepForm):
    """What judges it, and how it is handed in."""

    step_title = _("Suite")
    model_fields = ("repository_pattern", "branch", "takes_uploads", "group_size", "hidden_checks")
    suite = forms.ChoiceField(
        required=False,
        choices=[],
        help_text=_("Without one it is a draft. A suite of your own is added in the back office."),
        label=_("Suite"),
    )

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(course, data)
        self.fields = {"suite": self.fields.pop("suite"), **self.fields}
        cast(forms.ChoiceField, self.fields["suite"]).choices = [("", gettext("none yet")), *_suites()]
        self.fields["repository_pattern"].help_text = gettext(
            "Where students push: owner and name of their repositories, with {login} for a student's login, such as "
            "tinytorch-class/m01-{login}. Empty: nobody pushes."
        )

    def clean(self) -> dict[str, Any]:
        """Refuse an assignment to which nothing leads."""
        super().clean()
        if (
            not self.errors
            and not self.cleaned_data.get("repository_pattern")
            and not self.cleaned_data.get("takes_uploads")
        ):
            self.add_error(
                "repository_pattern",
                gettext("Say where students push, or let them upload: nothing could be handed in."),
            )
        return self.cleaned_data


def _suites() -> Sequence[tuple[str, str]]:
    """Return what can be chosen: the suites as they lie in their folder, and what was uploaded beside them."""
    folders = sorted(path.parent.name for path in Path(settings.ASSAY_SUITES).glob("*/suite.toml"))
    uploaded = SuiteVersion.objects.exclude(name__in=folders)
    return [
        *(
            (f"{FOLDER}{name}", gettext("{name}, as it lies in the suites' folder").format(name=name))
            for name in folders
        ),
        *((f"{VERSION}{each.pk}", f"{each} ({each.get_check_state_display()})") for each in uploaded),
    ]


class DatesForm(StepForm):
    """From when to when; by the course's clock, which the view makes the current one."""

    step_title = _("Dates")
    model_fields = ("releases_at", "due_at", "closes_at", "holds_grades")
    is_due_day_chosen = forms.BooleanField(
        required=False, label=_("Due on this day all the same"), help_text=_("For a Sunday or a holiday that you mean.")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse times out of order, and a day that is free unless it is meant."""
        super().clean()
        cleaned = self.cleaned_data
        releases_at, due_at, closes_at = (cleaned.get(name) for name in ("releases_at", "due_at", "closes_at"))
        if releases_at and due_at and releases_at >= due_at:
            self.add_error("due_at", gettext("It is due before it is released."))
        if due_at and closes_at and closes_at < due_at:
            self.add_error("closes_at", gettext("The hard close cannot lie before the due time."))
        day = due_at.astimezone(self.course.zone).date() if due_at else None
        why = why_free(day, self.course.free_days) if day else ""
        if why and day and not cleaned.get("is_due_day_chosen"):
            self.add_error(
                "due_at",
                gettext("{day} is {named}: choose another day, or say that it is due then all the same.").format(
                    day=date_format(day, gettext("l j F Y")), named=as_predicate(why)
                ),
            )
        return cleaned


class LateForm(StepForm):
    """What lateness costs, and which attempt counts."""

    step_title = _("Lateness")
    model_fields = (
        "late_kind",
        "late_percent",
        "late_cap_percent",
        "late_grace_minutes",
        "counting",
        "attempt_limit",
        "cool_down_minutes",
    )

    def policy(self) -> LatePolicy:
        """Return the policy that the valid form holds."""
        data = self.cleaned_data
        return LatePolicy(
            LateKind(data["late_kind"]), data["late_percent"], data["late_cap_percent"], data["late_grace_minutes"]
        )


#: In their order; the review follows.
STEPS: dict[str, type[StepForm]] = {"basics": BasicsForm, "suite": SuiteForm, "dates": DatesForm, "late": LateForm}
REVIEW = "review"


def bound(step: str, course: Course, answers: Answers) -> StepForm | None:
    """Return a step's form as it was answered; None if it was not yet."""
    kept = answers.get(step)
    return STEPS[step](course, MultiValueDict(kept)) if kept is not None else None
