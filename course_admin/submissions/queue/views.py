"""Pages of the queue: a course's queue with what needs somebody, for its staff; a regrade of an assignment, for who leads it.

For everybody else they do not exist. Taking a run back is for its student too.
"""

import re
from math import ceil
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, may, viewer
from course_admin.submissions.models import Attempt, Push, PushState, Run, RunReason, RunState
from course_admin.submissions.queue import dispatch, staff_requests
from course_admin.submissions.queue.estimate import queue_figures, recent_seconds
from course_admin.submissions.queue.superseding import set_aside_by

SHOWN = 100
BACK = _("Attempt {number}, which it had replaced, is back in its place in the queue.")
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")


@require_POST
@login_required
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the queued run of an attempt back."""
    attempt = get_object_or_404(
        allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names()), public_id=public_id
    )
    run = next((each for each in attempt.runs.all() if staff_requests.may_cancel(request.user, each)), None)
    before = set_aside_by(attempt) if run is not None and run.reason == RunReason.PUSH else None
    why = "asked for on the attempt's page"
    if run is not None and staff_requests.cancel(run=run, by=request.user, at=clock.now(), reason=why):
        messages.success(
            request,
            gettext("Grading is cancelled: this attempt will not be graded.")
            + (f" {BACK.format(number=before.attempt.number)}" if before else ""),
        )
    else:
        messages.error(request, gettext("There is nothing to cancel: it is being graded already, or it is over."))
    return redirect("attempt", public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a course's queue, and judge or fetch again what needs attention."""
    course = get_object_or_404(allowed(viewer(request), Action.OPEN_QUEUE, Course.objects.all()), slug=slug)
    attempts = allowed(viewer(request), Action.SEE_RESULTS, Attempt.objects.filter(assignment__course=course))
    runs = Run.objects.filter(attempt__in=attempts).select_related("attempt__assignment__course")
    runs = runs.prefetch_related("attempt__memberships__student")
    mine_to_mend = allowed(viewer(request), Action.JUDGE_AGAIN, Attempt.objects.filter(assignment__course=course))
    stuck = runs.filter(state=RunState.NEEDS_ATTENTION, attempt__in=mine_to_mend)
    pushes = Push.objects.filter(repository__course=course, state=PushState.NEEDS_ATTENTION)
    pushes = allowed(viewer(request), Action.JUDGE_AGAIN, pushes)
    if request.method == "POST":
        return _again(request, course, stuck, pushes)
    shown = {
        "course": course,
        "figures": queue_figures(),
        "stuck": stuck[:SHOWN],
        "pushes": pushes.select_related("repository__student")[:SHOWN],
        "waiting": runs.filter(state=RunState.QUEUED).order_by("rank_at", "id")[:SHOWN],
        "assignments": course.assignments.filter(is_draft=False)
        if may(viewer(request), Action.REGRADE, course)
        else [],
    }
    return render(request, "submissions/queue.html", shown)


def _names(request: HttpRequest, field: str) -> list[str]:
    """Return what was chosen, less what can be no name."""
    return [name for name in request.POST.getlist(field) if _NAME.fullmatch(name)]


def _again(request: HttpRequest, course: Course, stuck: QuerySet[Run], pushes: QuerySet[Push]) -> HttpResponse:
    """Judge or fetch again what was chosen, of what the viewer may see."""
    now = clock.now()
    told: dict[str, Any] = {"by": request.user, "at": now, "reason": "asked for on the page of the queue"}
    runs = stuck.filter(public_id__in=_names(request, "run"))
    chosen = pushes.filter(delivery_id__in=_names(request, "push")).select_related("repository__course")
    again = sum(staff_requests.retry_run(run=run, **told) for run in runs)
    again += sum(staff_requests.retry_push(push=push, **told) for push in chosen)
    dispatch.dispatch(at=now)
    words = ngettext("{count} run or push will be tried again.", "{count} runs and pushes will be tried again.", again)
    messages.success(request, words.format(count=again))
    return redirect("queue", slug=course.slug)


class RegradeForm(forms.Form):
    """What to judge again, and why."""

    attempts = forms.ChoiceField(
        label=_("Attempts"), choices=[("newest", _("the newest attempt of each student")), ("all", _("every attempt"))]
    )
    why = forms.CharField(label=_("Why"), max_length=500, help_text=_("Goes to the audit log."))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def regrade(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """Say how many runs a regrade of an assignment is, and queue them on confirmation."""
    led = allowed(viewer(request), Action.REGRADE, Assignment.objects.select_related("course", "suite"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    if thing.suite is None:
        raise Http404
    form = RegradeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        newest_only, why = form.cleaned_data["attempts"] == "newest", form.cleaned_data["why"]
        now = clock.now()
        count = staff_requests.regrade(assignment=thing, newest_only=newest_only, by=request.user, at=now, reason=why)
        dispatch.dispatch(at=now)
        messages.success(request, staff_requests.queued_words(count))
        return redirect("queue", slug=slug)
    counts = {
        name: staff_requests.regradable(thing, newest_only=name == "newest").count() for name in ("newest", "all")
    }
    seconds = recent_seconds()
    shown = {
        "assignment": thing,
        "form": form,
        "counts": counts,
        "minutes": {name: ceil(count * seconds / 60) for name, count in counts.items()},
    }
    return render(request, "submissions/regrade.html", shown)
