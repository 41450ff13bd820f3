"""The page of a course's audit log, for those who lead the course; for everybody else it does not exist."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.audit_log.forms import WantedForm
from course_admin.audit_log.sentences import sentences_of
from course_admin.courses.models import Course
from course_admin.policy import Action, allowed, viewer

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def audit_log(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what was changed in a course, by whom and why, the newest first."""
    course = get_object_or_404(allowed(viewer(request), Action.READ_AUDIT_LOG, Course.objects.all()), slug=slug)
    form = WantedForm(request.GET)
    page = Paginator(form.events_of(course), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"course": course, "form": form, "page": page, "sentences": sentences_of(page.object_list)}
    return render(request, "courses/audit_log.html", shown)
