"""Downloads for course staff: a gradebook, and one attempt for Gradescope. For everybody else they do not exist."""

import itertools
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.exports.gradebook_csv import gradebook_csv
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Attempt

LINES_AT_ONCE = 200  # a piece of a download


def _download(response: HttpResponse | StreamingHttpResponse, name: str) -> Any:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@login_required
def course_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Download the gradebook of those whom the viewer teaches in a course."""
    course = get_object_or_404(allowed(viewer(request), Action.OPEN_GRADEBOOK, Course.objects.all()), slug=slug)
    name = f"{slugify(course.slug)}-{timezone.localdate(timezone=course.zone):%Y%m%d}.csv"
    lines = gradebook_csv(course, allowed(viewer(request), Action.SEE_RESULTS, Enrollment.objects.all()))
    pieces = iter(lambda: "".join(itertools.islice(lines, LINES_AT_ONCE)), "")
    return _download(StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8"), name)


@require_safe
@login_required
def attempt_gradescope(request: HttpRequest, public_id: str) -> HttpResponse:
    """Download an attempt's results.json, which holds the points of hidden checks."""
    attempts = allowed(viewer(request), Action.SEE_RESULTS, Attempt.objects.with_names())
    attempt = get_object_or_404(attempts, public_id=public_id)
    run = attempt.shown_run
    if run is None or not run.is_graded:
        raise Http404
    response = HttpResponse(results_json(attempt, run), content_type="application/json; charset=utf-8")
    return _download(response, f"results-{attempt.public_id}.json")
