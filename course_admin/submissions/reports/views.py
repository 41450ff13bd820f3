"""Pages of attempts, and the archive of a run for the worker that holds its lease."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Attempt, Run
from course_admin.submissions.reports.report import report
from course_admin.submissions.reports.state import state_of
from grader.transport.archives import FolderArchives


@require_safe
@login_required
@never_cache
def attempt(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one attempt; somebody else's does not exist."""
    return _report_page(request, public_id, "submissions/attempt.html")


@require_safe
@login_required
@never_cache
def attempt_live(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the changing part of an attempt's page alone."""
    return _report_page(request, public_id, "submissions/_report.html")


@require_safe
@login_required
def attempt_state(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say where an attempt stands, for a page that waits for a change; 304 while there is none."""
    attempts = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.prefetch_related("runs"))
    state = state_of(get_object_or_404(attempts, public_id=public_id), clock.now())
    etag = f'"{state["version"]}"'
    answer = get_conditional_response(request, etag=etag) or JsonResponse(state, headers={"ETag": etag})
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _report_page(request: HttpRequest, public_id: str, template: str) -> HttpResponse:
    attempts = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names())
    found = get_object_or_404(attempts, public_id=public_id)
    return render(request, template, {"report": report(attempt=found, user=request.user, at=clock.now())})


@require_safe
@never_cache
def run_archive(request: HttpRequest, run: str, sha256: str) -> HttpResponse:
    """Hand a run's submission, or its suite, to whoever shows the token of its current lease."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    leased = Run.every.leased(run, token).filter(lease_expires_at__gte=clock.now())
    held = leased.select_related("attempt", "suite").first()
    if held is None or sha256 not in (held.attempt.archive_sha256, held.suite.archive_sha256):
        return JsonResponse({"message": "There is no such run, or its lease is over."}, status=404)
    data = FolderArchives(settings.ASSAY_ARCHIVES).get(sha256)
    return HttpResponse(data, content_type="application/octet-stream", headers={"Content-Disposition": "attachment"})
