"""The institution's logo, and the page on which all components stand beside each other, for whoever makes or reviews pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from course_admin.liveness import clock
from course_admin.pages.times import CourseTimeInput
from course_admin.policy import is_anybodys_staff, viewer


class SampleForm(forms.Form):
    """A field of each kind."""

    text = forms.CharField(label=_("Text"), help_text=_("What it is for stands between its name and the field."))
    choice = forms.ChoiceField(
        label=_("Choice"), choices=[("a", _("The newest attempt of each student")), ("b", _("Every attempt"))]
    )
    moment = forms.DateTimeField(label=_("Moment"), widget=CourseTimeInput, required=False)
    file = forms.FileField(label=_("File"), required=False)
    long = forms.CharField(label=_("Long text"), widget=forms.Textarea, required=False)
    tick = forms.BooleanField(label=_("Show it to the student at once"), required=False)


@require_safe
@login_required
def styles(request: HttpRequest) -> HttpResponse:
    """Show every component; for everybody but staff the page does not exist."""
    if not is_anybodys_staff(viewer(request)):
        raise Http404
    now = clock.now()
    shown: dict[str, Any] = {
        "form": SampleForm(),
        "refused": SampleForm({"choice": "a"}, auto_id="refused_%s"),
        "single": SampleForm(auto_id="single_%s"),
        "moments": [now + timedelta(days=3), now - timedelta(hours=2), now + timedelta(minutes=1, seconds=1)],
    }
    return render(request, "components/styles.html", shown)


@require_safe
@cache_control(public=True, max_age=3600)
def institution_logo(request: HttpRequest) -> HttpResponse:
    """Return the logo of the institution, where it has one."""
    logo = settings.ASSAY_INSTITUTION.logo
    if logo is None:
        raise Http404
    return HttpResponse(logo.data, content_type=logo.content_type)
