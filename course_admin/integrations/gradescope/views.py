"""Buttons that make an autograder for Gradescope, the page that follows its packing, and the address at which one asks."""

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.gradescope.bundle import bundle
from course_admin.integrations.gradescope.models import Bridge, PackedAutograder
from course_admin.integrations.gradescope.services import answer, digest, make, revoke
from course_admin.integrations.gradescope.standalone import CannotBePacked, ask, fetch, is_ready
from course_admin.integrations.gradescope.tasks import PACK
from course_admin.integrations.outbox.enquiry.pages import Followed
from course_admin.integrations.outbox.enquiry.progress import Asked, asked_of
from course_admin.integrations.times import moment_of
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit

BODY_BYTES = 64 << 10
MOST_PEOPLE = 50
UNREADABLE = "The question is no JSON of an autograder of ours."


@dataclass(frozen=True, slots=True)
class Packing(Asked):
    """How far the archive of a suite is; `is_ready`: it can be fetched."""

    is_ready: bool = False

    @property
    def version(self) -> str:
        """Return a text that is another one as soon as anything has changed."""
        return f"{self.is_waiting} {self.is_lost} {self.done}/{self.total} {self.is_ready}"


@require_POST
@login_required
@never_cache
def download(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Make an autograder's archive: one that asks here, by a new token; have one packed that runs there; or end what was made."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    chosen = get_object_or_404(Assignment.objects.select_related("course"), course=course, slug=assignment)
    if "revoke" in request.POST:
        ended = revoke(assignment=chosen, actor=request.user, at=timezone.now())
        done = gettext("The autograder of {assignment} in Gradescope asks in vain from now on.")
        none = gettext("{assignment} has no autograder in Gradescope that could be ended.")
        messages.success(request, (done if ended else none).format(assignment=chosen))
        return redirect("gradebook-export", slug=course.slug)
    if "standalone" in request.POST:
        return _ask(request, chosen)
    name = f"{course.slug}-{chosen.slug}-gradescope.zip"
    token = make(assignment=chosen, actor=request.user, at=timezone.now())
    data = bundle(url=request.build_absolute_uri(reverse("gradescope-results")), token=token)
    return HttpResponse(
        data, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _ask(request: LoggedInRequest, assignment: Assignment) -> HttpResponse:
    """Have the archive packed with which an assignment's suite runs in Gradescope, and go where that can be followed."""
    try:
        if ask(assignment=assignment, actor=request.user, at=timezone.now()):
            send_on_commit(PACK, {"suite_id": assignment.suite_id})
    except CannotBePacked as problem:
        messages.error(request, str(problem))
        return redirect("gradebook-export", slug=assignment.course.slug)
    return redirect("gradescope-autograder", slug=assignment.course.slug, assignment=assignment.slug)


def _progress(place: Assignment, found: PackedAutograder | None, at: datetime) -> Packing:
    asked = asked_of(found, at)
    return Packing(asked.is_waiting, asked.is_lost, asked.done, asked.total, is_ready(found, at))


FOLLOWED = Followed(
    PackedAutograder,
    Action.SET_UP,
    "gradescope/_autograder.html",
    find=lambda assignment: PackedAutograder.objects.filter(suite=assignment.suite).first(),
    progress=_progress,
)


@require_safe
@login_required
@never_cache
def autograder(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show how far the archive of an assignment's suite is, and where it can be fetched."""
    return render(request, "gradescope/autograder.html", FOLLOWED.shown(FOLLOWED.place(request, slug, assignment)))


@require_safe
@login_required
@never_cache
def archive(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse | FileResponse:
    """Send the archive that was packed, or go back to where it can be made."""
    chosen = FOLLOWED.place(request, slug, assignment)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        fetch(assignment=chosen, actor=request.user, target=target, at=timezone.now())
    except CannotBePacked as problem:
        target.close()
        messages.error(request, str(problem))
        return redirect("gradescope-autograder", slug=slug, assignment=assignment)
    target.seek(0)
    name = f"{chosen.course.slug}-{chosen.slug}-gradescope.zip"
    return FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")


@csrf_exempt  # an autograder asks, with a token of its own
@require_POST
@never_cache
def results(request: HttpRequest) -> JsonResponse:
    """Answer an autograder in Gradescope with the results of a submission's people."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = Bridge.objects.select_related("assignment__course").filter(digest=digest(token)).first()
    if found is None:
        return JsonResponse({"message": "This autograder was replaced or ended: make it anew in Assay."}, status=401)
    if int(request.headers.get("Content-Length") or 0) > BODY_BYTES:
        return JsonResponse({"message": UNREADABLE}, status=413)
    asked = _asked(request.body)
    if asked is None:
        return JsonResponse({"message": UNREADABLE}, status=400)
    emails, created_at, takes_older = asked
    given = answer(bridge=found, emails=emails, created_at=created_at, takes_older=takes_older)
    if given.results is not None:
        return JsonResponse({"results": given.results})
    said = {"message": given.sentence, "patience_seconds": given.patience_seconds}
    return JsonResponse(said, status=202 if given.patience_seconds else 404)


def _asked(body: bytes) -> tuple[list[str], datetime, bool] | None:
    """Return the addresses, the time of the submission, and whether an older result will do; None if that is not said."""
    try:
        told: Any = json.loads(body)
        emails, created_at = told["emails"], moment_of(told["gradescope"]["created_at"])
        takes_older = told.get("takes_older") is True
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(emails, list) or len(emails) > MOST_PEOPLE or created_at is None:
        return None
    if not all(isinstance(each, str) and len(each) <= 254 and each.isprintable() for each in emails):
        return None
    return emails, created_at, takes_older
