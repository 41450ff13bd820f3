"""The page of what needs eyes, for a course's staff. What is chosen on it is tried again by the page of the queue."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.courses.models import Course
from course_admin.policy import Action, allowed, viewer
from course_admin.review.eyes.by_hand import to_grade
from course_admin.review.eyes.waiting import fetched, waiting

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def needs_eyes(request: HttpRequest, slug: str) -> HttpResponse:
    """List what waits for somebody among those whom the viewer teaches."""
    me = viewer(request)
    course = get_object_or_404(allowed(me, Action.OPEN_QUEUE, Course.objects.all()), slug=slug)
    page = Paginator(waiting(me, course), ON_A_PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"course": course, "page": page, "things": fetched(me, course, list(page.object_list))}
    shown |= {"to_grade": to_grade(me, course), "may_try_again": any(thing.field for thing in shown["things"])}
    return render(request, "review/needs_eyes.html", shown)
