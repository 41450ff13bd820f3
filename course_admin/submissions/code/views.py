"""The page of a submission's files, for whoever may see the work."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.policy import Action, allowed, may, viewer
from course_admin.submissions.code.browser import browser_of
from course_admin.submissions.models import Attempt


@require_safe
@login_required
@never_cache
def code(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the files of an attempt, `?file=` open."""
    attempts = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names())
    attempt = get_object_or_404(attempts, public_id=public_id)
    try:
        browser = browser_of(attempt, request.GET.get("file"))
    except LookupError as missing:
        raise Http404 from missing
    # Of what is said on lines, staff release and delete here as on the report.
    seen = {"is_staff": may(viewer(request), Action.SEE_RESULTS, attempt)}
    shown = {"attempt": attempt, "course": attempt.assignment.course, "browser": browser, "report": seen}
    return render(request, "submissions/code.html", shown)
