"""What the page of a course's audit log is asked for."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import AuditEvent, AuditKind, Course


class WantedForm(forms.Form):
    """Filters in the page's address; what cannot be read is named, and filters nothing."""

    q = forms.CharField(required=False, max_length=200, label=_("What or why"))
    who = forms.CharField(required=False, max_length=200, label=_("By whom"))
    kind = forms.ChoiceField(required=False, choices=[("", _("anything")), *AuditKind.choices], label=_("Kind"))

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")

    def events_of(self, course: Course) -> QuerySet[AuditEvent]:
        """Return the events of a course that are asked for, the newest first."""
        self.is_valid()
        told = {name: value.strip() for name, value in self.cleaned_data.items()}
        found = AuditEvent.objects.filter(course=course).select_related("actor", "course")
        if words := told.get("q"):
            found = found.filter(Q(subject__icontains=words) | Q(reason__icontains=words))
        if who := told.get("who"):
            # By what the page calls them: an address that it does not show would be read letter by letter.
            found = found.filter(Q(actor__name__icontains=who) | Q(actor__name="", actor__email__icontains=who))
        if kind := told.get("kind"):
            found = found.filter(kind=kind)
        return found
