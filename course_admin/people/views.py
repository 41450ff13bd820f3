"""The page of a course's people, for those who lead the course; for everybody else it does not exist."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.courses.models import Course
from course_admin.liveness import clock
from course_admin.people.forms import WantedForm
from course_admin.people.listing import counts_of, lines_of, people_of
from course_admin.policy import Action, allowed, viewer

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """List who is in a course, some at a time, with the ways to whatever is changed about them."""
    course = get_object_or_404(allowed(viewer(request), Action.IMPORT_ROSTER, Course.objects.all()), slug=slug)
    form = WantedForm(course, request.GET)
    page = Paginator(people_of(course, form.wanted(), clock.now()), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"course": course, "form": form, "page": page, "lines": lines_of(list(page.object_list))}
    return render(request, "courses/people.html", {**shown, "counts": counts_of(course)})
