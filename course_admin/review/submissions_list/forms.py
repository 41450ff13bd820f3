"""What staff ask of the list, read from an address: whatever cannot be meant is said beside its field and left out."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Section
from course_admin.review.desk.place import Place
from course_admin.review.submissions_list.listing import FLAGS, ORDERS, STATES, Wanted
from course_admin.submissions.models import Check, Run

FIRST = ("q", "state")
PERCENT: dict[str, Any] = {"min_value": 0, "max_value": 100, "required": False}


class WantedForm(forms.Form):
    """The filters, the search and the order of the list."""

    q = forms.CharField(label=_("Name, address, login or commit"), max_length=100, required=False)
    section = forms.ModelChoiceField(
        Section.objects.none(), required=False, empty_label=_("all sections"), label=_("Section")
    )
    state = forms.ChoiceField(choices=[("", _("any state")), *STATES], required=False, label=_("State"))
    percent_from = forms.IntegerField(label=_("Score from, in percent"), **PERCENT)
    percent_to = forms.IntegerField(label=_("Score to, in percent"), **PERCENT)
    failed = forms.ChoiceField(label=_("Check not passed"), required=False)
    late = forms.ChoiceField(
        choices=[("", _("late or not")), ("yes", _("late")), ("no", _("on time"))], required=False, label=_("Late")
    )
    flag = forms.ChoiceField(choices=[("", _("flagged or not")), *FLAGS.items()], required=False, label=_("Flagged"))
    newest = forms.BooleanField(label=_("The newest of each student alone"), required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=list(ORDERS.items()), required=False)

    def __init__(self, place: Place, data: Any) -> None:
        super().__init__(data, auto_id="wanted-%s", label_suffix="")
        fields: dict[str, Any] = self.fields
        fields["section"].queryset = Section.objects.filter(course=place.course).order_by("name")
        fields["failed"].choices = [("", gettext("any check")), *checks_of(place)]

    @property
    def first_fields(self) -> list[Any]:
        """What is asked most, for the top of the form."""
        return [self[name] for name in FIRST]

    @property
    def further_fields(self) -> list[Any]:
        """The other filters and the order, which are folded."""
        return [self[name] for name in self.fields if name not in FIRST]

    @property
    def is_narrowed(self) -> bool:
        """Whether one of those is in use, so that they are not folded."""
        return any(self.data.get(name) for name in self.fields if name not in FIRST)

    def wanted(self) -> Wanted:
        """Return what is wanted, without what cannot be meant."""
        self.is_valid()
        told = self.cleaned_data
        section = told.get("section")
        return Wanted(
            words=told.get("q", "").strip(),
            section=section.pk if section else None,
            state=told.get("state", ""),
            percent_from=told.get("percent_from"),
            percent_to=told.get("percent_to"),
            failed=told.get("failed", ""),
            late=told.get("late", ""),
            flag=told.get("flag", ""),
            newest=told.get("newest", False),
            order=told.get("sort") or "-received",
        )


def checks_of(place: Place) -> list[tuple[str, str]]:
    """Return the ids and names of the checks that the newest graded run of the assignment had."""
    newest = Run.objects.graded().filter(attempt__assignment=place.assignment).order_by("-pk").values("pk")[:1]
    rows = Check.objects.filter(run__in=newest).order_by("position").values_list("test_id", "number", "name")
    return [(test_id, f"{number} {name}".strip()) for test_id, number, name in rows]
