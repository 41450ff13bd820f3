"""The page on which a repository is named by its address: by its student, or by who leads the course for one of them."""

from collections.abc import Mapping, Sequence

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.code import tips
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, may, viewer
from course_admin.submissions.intake.ownership.addresses import (
    ADDRESS_LETTERS,
    NotNamed,
    name_address,
    named_address,
    takes_addresses,
)
from course_admin.submissions.models import Forge


class AddressForm(forms.Form):
    """Whose repository, for who leads the course, and where it is."""

    student = forms.ModelChoiceField(Enrollment.objects.none(), label=_("Student"), empty_label=_("Choose"))
    address = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LETTERS + 10,
        help_text=_(
            "As https://host/owner/name, without a name or a password in it. Everybody must be able to read it."
        ),
    )

    def __init__(self, *args: object, students: object, is_led: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["student"].queryset = students  # type: ignore[attr-defined]
        if not is_led:
            del self.fields["student"]


def _ask(address: str, branches: Sequence[str]) -> Mapping[str, str]:
    return tips(address, branches, forge=Forge.ADDRESS)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def named_repository(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show what is named, and name another."""
    rows = Assignment.objects.filter(is_draft=False).select_related("course")
    thing = get_object_or_404(rows, course__slug=slug, slug=assignment)
    is_led = may(viewer(request), Action.SET_UP, thing)
    students = Student.objects.active().filter(course=thing.course_id).order_by("name", "pk")
    own = allowed(viewer(request), Action.HAND_IN, students).select_related("course").first()
    if own is None and not is_led:
        raise Http404
    form = AddressForm(request.POST or None, students=students, is_led=is_led)
    if request.method == "POST" and form.is_valid():
        student = form.cleaned_data.get("student") or own
        try:
            repository = name_address(
                student=student,
                assignment=thing,
                address=form.cleaned_data["address"],
                ask=_ask,
                by=request.user,
                at=clock.now(),
            )
        except NotNamed as refused:
            form.add_error("address", str(refused))
        else:
            sentence = gettext("{repository} is looked at from now on, for {student}.")
            messages.success(request, sentence.format(repository=repository, student=student.name))
            return redirect("named-repository", slug=slug, assignment=assignment)
    shown = {
        "assignment": thing,
        "form": form if takes_addresses(thing) else None,
        "named": named_address(own, thing) if own else None,
        "is_led": is_led,
        "hosts": settings.ASSAY_PUBLIC_HOSTS,
        "minutes": max(settings.ASSAY_POLL_SECONDS // 60, 1),
    }
    return render(request, "addresses/named_repository.html", shown)
