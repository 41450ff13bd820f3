"""Downloads for course staff: grades in every format, and one attempt for Gradescope. For everybody else they do not exist.

Where there is nothing to say about an export it begins at once. Otherwise the page says it, and what was uploaded waits in
the viewer's session until they confirm.
"""

import base64
import itertools
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from course_admin.courses.models import Course, Enrollment, Student
from course_admin.gradebook.exports.export import CannotExport, in_one_language
from course_admin.gradebook.exports.formats.long_csv import gradebook_csv
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.gradebook.exports.registry import file_name, prepare
from course_admin.gradebook.exports.size import size_of
from course_admin.gradebook.forms import ExportForm
from course_admin.policy import Action, allowed, may, viewer
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
    taught = allowed(viewer(request), Action.SEE_RESULTS, Enrollment.objects.all())
    lines = in_one_language(gradebook_csv(course, taught))
    pieces = iter(lambda: "".join(itertools.islice(lines, LINES_AT_ONCE)), "")
    return _download(StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8"), name)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Download the grades of those whom the viewer teaches in a course, in a format of their choice."""
    course = get_object_or_404(allowed(viewer(request), Action.OPEN_GRADEBOOK, Course.objects.all()), slug=slug)
    form = ExportForm(course, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _answer(request, course, form)
        except CannotExport as refusal:
            form.add_error(None, str(refusal))
    shown = {"course": course, "form": form, "may_set_up": _to_set_up(request, course)}
    taught = allowed(viewer(request), Action.SEE_RESULTS, Student.objects.active().filter(course=course))
    shown["size"] = size_of(taught.count(), course.assignments.filter(is_draft=False).count())
    shown["may_keep_token"] = may(viewer(request), Action.KEEP_LMS_TOKEN, course)
    return render(request, "gradebook/export.html", shown)


def _to_set_up(request: HttpRequest, course: Course) -> Any:
    """Return the assignments that the viewer may set up, and so have shown elsewhere; none if there are none."""
    return course.assignments.filter(is_draft=False) if may(viewer(request), Action.SET_UP, course) else ()


def _answer(request: HttpRequest, course: Course, form: ExportForm) -> HttpResponseBase:
    """Return the download, or the page that says what is to be said first. Raises CannotExport."""
    key, is_confirmed = f"export-{course.pk}", "confirm" in request.POST
    kept = base64.b64decode(request.session.get(key, "")) if is_confirmed else b""
    chosen = form.chosen()
    taught = allowed(viewer(request), Action.SEE_RESULTS, Enrollment.objects.all())
    wanted = form.wanted(taught, timezone.now(), kept or None)
    ready = prepare(chosen, wanted)
    if (ready.gaps or ready.remarks) and not is_confirmed:
        request.session[key] = base64.b64encode(wanted.uploaded or b"").decode()
        return render(request, "gradebook/export.html", {"course": course, "form": form, "ready": ready})
    request.session.pop(key, None)
    response = StreamingHttpResponse(ready.pieces, content_type=chosen.content_type)
    return _download(response, file_name(chosen, wanted))


@require_safe
@login_required
def attempt_gradescope(request: HttpRequest, public_id: str) -> HttpResponse:
    """Download an attempt's results.json, which holds the points of hidden checks."""
    attempts = allowed(viewer(request), Action.SEE_RESULTS, Attempt.objects.with_names())
    attempt = get_object_or_404(attempts, public_id=public_id)
    run = attempt.shown_run
    if run is None or not run.is_graded:
        raise Http404
    with override(settings.LANGUAGE_CODE):
        result = results_json(attempt, run)
    response = HttpResponse(result, content_type="application/json; charset=utf-8")
    return _download(response, f"results-{attempt.public_id}.json")
