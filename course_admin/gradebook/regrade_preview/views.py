"""The page of a regrade preview, for who leads the course; for everybody else it does not exist."""

import math
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from course_admin.assignments.models import Assignment
from course_admin.courses.requests import LoggedInRequest
from course_admin.gradebook.regrade_preview import services
from course_admin.gradebook.regrade_preview.figures import Progress, progress_of, why
from course_admin.gradebook.regrade_preview.forms import BeginForm, ShownForm
from course_admin.gradebook.regrade_preview.kept import are_current, ask_for_figures, forget_figures, kept_figures
from course_admin.gradebook.regrade_preview.services import NotToPreview
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Attempt, PreviewState, RegradePreview
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.estimate import recent_seconds

LISTED = 50  # changes of a page
NAMED = 20  # attempts that came meanwhile
OTHER_PREVIEW = _("That preview is over: somebody published or discarded it. Nothing was changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def regrade_preview(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Begin a preview, show how far it is and what it would change, publish or discard it."""
    thing = _led(request, slug, assignment)
    form = BeginForm(thing, request.POST if "begin" in request.POST else None)
    if request.method == "POST" and _do(request, thing, form):
        return redirect("regrade-preview", slug=slug, assignment=assignment)
    newest = RegradePreview.objects.filter(assignment=thing).select_related("suite", "begun_by", "ended_by").first()
    is_open = newest is not None and newest.state == PreviewState.OPEN
    shown: dict[str, Any] = {"assignment": thing, "form": form, "preview": newest, "is_open": is_open}
    if newest is not None and is_open:
        newest.assignment = thing
        shown |= _shown(newest, request.GET.get("page"))
    return render(request, "gradebook/regrade_preview.html", shown)


@require_safe
@login_required
@never_cache
def regrade_preview_live(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show how far the newest preview is: the part of the page that changes."""
    preview, progress = _newest(request, slug, assignment)
    is_current = _is_current(preview, progress)
    is_final = preview.state != PreviewState.OPEN or is_current
    shown = {"assignment": preview.assignment, "progress": progress, "is_final": is_final}
    return render(request, "gradebook/_regrade_progress.html", shown)


@require_safe
@login_required
@never_cache
def regrade_preview_state(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Say whether the newest preview is further than it was, for a page that waits."""
    preview, progress = _newest(request, slug, assignment)
    figures = "figures" if _is_current(preview, progress) else "no figures"
    return JsonResponse({"version": f"{preview.pk} {preview.state} {progress.over}/{progress.all} {figures}"})


def _led(request: LoggedInRequest, slug: str, assignment: str) -> Assignment:
    led = allowed(viewer(request), Action.REGRADE, Assignment.objects.select_related("course", "suite"))
    thing: Assignment = get_object_or_404(led, course__slug=slug, slug=assignment)
    if thing.suite is None:
        raise Http404
    return thing


def _newest(request: LoggedInRequest, slug: str, assignment: str) -> tuple[RegradePreview, Progress]:
    """Return the newest preview of an assignment and how far it is; without one there is no page."""
    preview = RegradePreview.objects.filter(assignment=_led(request, slug, assignment)).first()
    if preview is None:
        raise Http404
    return preview, progress_of(preview)


def _is_current(preview: RegradePreview, progress: Progress) -> bool:
    """Say whether an open preview's figures can be shown as they are; where they are to be worked out, ask for it."""
    if preview.state != PreviewState.OPEN or not progress.is_finished:
        return False
    if are_current(preview):
        return True
    ask_for_figures(preview)
    return False


def _do(request: LoggedInRequest, thing: Assignment, form: BeginForm) -> bool:
    """Do what was asked for and say what was done, or why not; False: show the form again, with what is wrong in it."""
    at = clock.now()
    try:
        if "begin" in request.POST:
            if not form.is_valid():
                return False
            told = {"suite": form.cleaned_data["suite"], "reason": form.cleaned_data["why"]}
            services.begin(assignment=thing, by=request.user, at=at, **told)
            messages.success(request, gettext("The preview has begun. Students see nothing of it."))
        else:
            asked = next((act for name, act in _ACTS.items() if name in request.POST), None)
            shown = ShownForm(request.POST)
            if asked is None or not shown.is_valid():
                return False
            preview = RegradePreview.objects.filter(pk=shown.cleaned_data["preview"], assignment=thing).first()
            if preview is None:
                raise NotToPreview(OTHER_PREVIEW)
            told = {"preview": preview, "by": request.user, "at": at}
            messages.success(request, asked(told, shown.cleaned_data["seen"]))
        dispatch.dispatch(at=at)
    except NotToPreview as refusal:
        forget_figures(thing)
        messages.error(request, str(refusal))
    return True


def _complete(told: dict[str, Any], _seen: str) -> str:
    count = services.complete(**told)
    return ngettext("{count} more run was queued.", "{count} more runs were queued.", count).format(count=count)


def _publish(told: dict[str, Any], seen: str) -> str:
    count = services.publish(**told, seen=seen)
    return ngettext(
        "Published: {count} attempt has its new result.", "Published: {count} attempts have their new results.", count
    ).format(count=count)


def _discard(told: dict[str, Any], _seen: str) -> str:
    services.discard(**told)
    return gettext("The preview is discarded: no grade has changed.")


#: Name of a button -> what it does, which returns what to say.
_ACTS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "complete": _complete,
    "publish": _publish,
    "discard": _discard,
}


def _shown(preview: RegradePreview, page: str | None) -> dict[str, Any]:
    """Return what the page says of an open preview."""
    progress = progress_of(preview)
    if not progress.is_finished:
        minutes = math.ceil((progress.all - progress.over) * recent_seconds() / 60)
        return {"progress": progress, "is_final": False, "minutes": minutes}
    found, is_current = kept_figures(preview)
    if not is_current:
        ask_for_figures(preview)
    shown: dict[str, Any] = {"progress": progress, "is_final": is_current, "found": found}
    if found is None:
        return shown
    moves = Paginator(found.moves, LISTED).get_page(page)
    causes = why({each.student: each.runs for each in moves if each.is_here and each.runs})
    lines = [(each, causes.get(each.student, []) if each.is_here else []) for each in moves]
    named = Attempt.objects.filter(pk__in=found.left).with_people().order_by("received_at", "pk")[:NAMED]
    are_out = preview.assignment.are_grades_out(clock.now())
    return shown | {"page": moves, "lines": lines, "left": len(found.left), "named": named, "are_out": are_out}
