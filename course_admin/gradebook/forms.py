"""The form of a what-if."""

from django import forms

from course_admin.assignments.audit import LATE_FIELDS
from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.gradebook.grading.grades import Rules


class RulesForm(forms.ModelForm):
    """Rules to try on an assignment; saving is the service's business."""

    why = forms.CharField(required=False, max_length=500, label="Why", help_text="Needed to apply: for the audit log.")

    class Meta:
        model = Assignment
        fields = list(LATE_FIELDS)

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
        self.add_error("why", "Say why: the audit log shows it beside the change.")
        return True
