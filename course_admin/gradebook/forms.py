"""The forms of a what-if and of an export."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.audit import LATE_FIELDS
from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.courses.audit import state_of
from course_admin.courses.csv_files import FILE_BYTES
from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.exports.export import Format, Wanted
from course_admin.gradebook.exports.registry import FORMATS, open_assignments
from course_admin.gradebook.grading.grades import Rules
from course_admin.pages.number_fields import TypedDecimalField


class RulesForm(forms.ModelForm):
    """Rules to try on an assignment; saving is the service's business."""

    why = forms.CharField(
        required=False,
        max_length=500,
        label=_("Why"),
        help_text=_("Needed to apply: for the audit log."),
    )

    shown_state = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    class Meta:
        model = Assignment
        fields = list(LATE_FIELDS)
        field_classes = dict.fromkeys(("late_percent", "late_cap_percent"), TypedDecimalField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown_state"] = state_of(self.instance)

    def rules(self) -> Rules:
        """Return the rules that the valid form holds."""
        data = self.cleaned_data
        policy = LatePolicy(
            LateKind(data["late_kind"]), data["late_percent"], data["late_cap_percent"], data["late_grace_minutes"]
        )
        return Rules(policy, CountingRule(data["counting"]))

    def refuse_without_reason(self) -> bool:
        """Add an error if there is no reason, and say whether."""
        if self.cleaned_data["why"]:
            return False
        self.add_error("why", gettext("Say why: the audit log shows it beside the change."))
        return True


class ExportForm(forms.Form):
    """Which grades are to leave in which format; the same choices as `manage.py export_grades` has."""

    format = forms.ChoiceField(choices=[(each.name, each.title) for each in FORMATS.values()], label=_("Format"))
    assignments = forms.MultipleChoiceField(
        required=False, help_text=_("None chosen: all that are no drafts."), label=_("Assignments")
    )
    file = forms.FileField(
        required=False,
        help_text=_("Canvas, Blackboard, Brightspace and Moodle's worksheet: the system's own file."),
        label=_("File"),
    )
    decimal = forms.ChoiceField(
        required=False,
        label=_("Decimal sign"),
        choices=[
            ("", _("as the file has it, else a point")),
            (".", _("point")),
            (",", _("comma, with semicolons between cells")),
        ],
    )

    def __init__(self, course: Course, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.course = course
        slugs = [(each.slug, f"{each.slug} {each.title}") for each in course.assignments.filter(is_draft=False)]
        self.fields["assignments"].choices = slugs  # type: ignore[attr-defined]

    def clean_file(self) -> bytes | None:
        """Return the file's bytes."""
        file = self.cleaned_data["file"]
        return file.read(FILE_BYTES + 1) if file else None

    def chosen(self) -> Format:
        """Return the format that the valid form names."""
        return FORMATS[self.cleaned_data["format"]]

    def wanted(self, among: QuerySet[Enrollment], at: datetime, kept: bytes | None) -> Wanted:
        """Return what the valid form asks for; `kept`: a file that was uploaded before. Raises CannotExport."""
        data = self.cleaned_data
        uploaded = data["file"] if data["file"] is not None else kept
        assignments = open_assignments(self.course, data["assignments"])
        return Wanted(self.course, among, assignments, at, uploaded, data["decimal"] or None)
