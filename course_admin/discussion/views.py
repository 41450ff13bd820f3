"""The page of a thread, and what is posted from it: comments of staff and students, requests, decisions.

After something was said the viewer is back on the attempt's page, where it stands. What cannot be said is named on the page of the
thread, with what was typed still in its field.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from course_admin.courses.requests import LoggedInRequest
from course_admin.discussion import asking, deciding
from course_admin.discussion.models import REASON_CHARACTERS, RegradeRequest
from course_admin.discussion.thread import threads_of
from course_admin.discussion.window import closes_at, why_not
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.review.services import NotToSay, write_comment
from course_admin.review.views import address_of
from course_admin.submissions.code.browser import ARCHIVE_BYTES
from course_admin.submissions.code.places import Place, place_in
from course_admin.submissions.models import Attempt
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.failures.sources import Sources
from course_admin.submissions.reports.report import report


@require_safe
@login_required
@never_cache
def thread(request: LoggedInRequest, public_id: str) -> HttpResponse:
    """Show what is said about an attempt, a check or a line of code, and the forms to say more."""
    attempt, place = _attempt(request, public_id, Action.SEE_WORK), place_in(request.GET)
    if place is not None and not _is_there(request, attempt, place):
        words = gettext("There is no {place} in that file; choose another line.")
        messages.error(request, words.format(place=place.words))
        return redirect("attempt-code", public_id=public_id)
    return _page(request, attempt, place or request.GET.get("check", ""))


@require_POST
@login_required
def comment(request: LoggedInRequest, public_id: str) -> HttpResponse:
    """Keep what somebody of staff says about an attempt."""
    attempt, test_id = _attempt(request, public_id, Action.COMMENT), request.POST.get("test_id", "")
    place = place_in(request.POST)

    def say() -> str:
        told: dict[str, Any] = {"author": request.user, "at": clock.now(), "is_released": "is_released" in request.POST}
        text = request.POST.get("text", "")
        return address_of(write_comment(attempt=attempt, text=text, test_id=test_id, place=place, **told))

    return _done(request, attempt, place or test_id, say)


@require_POST
@login_required
def reply(request: LoggedInRequest, public_id: str) -> HttpResponse:
    """Keep what a student says about their own attempt."""
    attempt, test_id = _attempt(request, public_id, Action.WRITE_BACK), request.POST.get("test_id", "")
    place = place_in(request.POST)

    def say() -> str:
        text, now = request.POST.get("text", ""), clock.now()
        said = asking.write_back(attempt=attempt, text=text, test_id=test_id, place=place, author=request.user, at=now)
        return address_of(said)

    return _done(request, attempt, place or test_id, say)


@require_POST
@login_required
def ask(request: LoggedInRequest, public_id: str) -> HttpResponse:
    """Open a student's request for a regrade."""
    attempt, test_id = _attempt(request, public_id, Action.REQUEST_REGRADE), request.POST.get("test_id", "")
    student = attempt.person_of(request.user)
    if student is None:
        raise Http404

    def say() -> str:
        reason, now = request.POST.get("reason", ""), clock.now()
        made = asking.ask(attempt=attempt, test_id=test_id, reason=reason, student=student, at=now)
        return _address(attempt, made)

    return _done(request, attempt, test_id, say)


@require_POST
@login_required
def withdraw(request: LoggedInRequest, request_id: int) -> HttpResponse:
    """Take a request back."""
    found = _request(request, request_id, Action.REQUEST_REGRADE)

    def say() -> str:
        asking.withdraw(request=found, actor=request.user, at=clock.now())
        return _address(found.attempt, found)

    return _done(request, found.attempt, found.test_id, say)


@require_POST
@login_required
def decide(request: LoggedInRequest, request_id: int) -> HttpResponse:
    """Decide a request."""
    found, sent = _request(request, request_id, Action.DECIDE_REQUEST), request.POST

    def say() -> str:
        decision, points, now = sent.get("decision", ""), _points(sent.get("points", "")), clock.now()
        answer = sent.get("answer", "")
        deciding.decide(request=found, decision=decision, answer=answer, points=points, actor=request.user, at=now)
        dispatch.dispatch(at=now)
        return _address(found.attempt, found)

    return _done(request, found.attempt, found.test_id, say)


def _attempt(request: LoggedInRequest, public_id: str, action: Action) -> Attempt:
    attempts: Any = allowed(viewer(request), action, Attempt.objects.with_names())
    return get_object_or_404(attempts, public_id=public_id)


def _request(request: LoggedInRequest, request_id: int, action: Action) -> RegradeRequest:
    requests: Any = allowed(viewer(request), action, RegradeRequest.objects.with_names())
    return get_object_or_404(requests, pk=request_id)


def _points(text: str) -> Decimal | None:
    """Return what was typed as points; None for what is no number, or longer than any that means something."""
    try:
        points = Decimal(text.strip().replace(",", ".")) if 0 < len(text) <= 12 else None
    except InvalidOperation:
        return None
    return points.quantize(Decimal("0.01")) if points is not None and points.is_finite() and points < 10**7 else None


def _address(attempt: Attempt, request: RegradeRequest) -> str:
    """Return where a request stands."""
    return f"{reverse('attempt', args=[attempt.public_id])}#request-{request.pk}"


def _is_there(request: LoggedInRequest, attempt: Attempt, place: Place) -> bool:
    """Say whether a line of an attempt can be seen, or something is said about it."""
    if Sources(attempt, ARCHIVE_BYTES).line_at(place) is not None:
        return True
    return place in threads_of(request.user, attempt, clock.now())


def _done(request: LoggedInRequest, attempt: Attempt, about: str | Place, say: Callable[[], str]) -> HttpResponse:
    """Say something, then show it where it stands; or the sentence why not, with what was typed."""
    try:
        address = say()
    except NotToSay as refusal:
        attempt = Attempt.objects.with_names().get(pk=attempt.pk)
        return _page(request, attempt, about, refusal=str(refusal), typed=request.POST)
    return redirect(address)


def _page(request: LoggedInRequest, attempt: Attempt, about: str | Place, **more: Any) -> HttpResponse:
    place, test_id = (about, "") if isinstance(about, Place) else (None, about)
    now, me = clock.now(), attempt.person_of(request.user)
    shown = report(attempt=attempt, user=request.user, at=now)
    entries = threads_of(request.user, attempt, now).get(about, [])
    check = next((each for each in shown.checks if each.test_id == test_id), None)
    if test_id and check is None and not entries:
        if not more:
            raise Http404
        return _page(request, attempt, "", **more)  # the check is gone, and what was typed is not
    requests = [entry.request for entry in entries if entry.request]
    open_request = next((each for each in requests if each.is_open), None)
    refused = why_not(attempt=attempt, test_id=test_id, student=me, at=now) if me and not place else ""
    until = closes_at(attempt, shown.run, me) if me and not refused and shown.run else None
    page = {
        "report": shown,
        "attempt": attempt,
        "test_id": test_id,
        "place": place,
        "lines": Sources(attempt, ARCHIVE_BYTES).around(place) if place else [],
        "check": check,
        "check_name": check.name if check else entries[0].check_name if entries else "",
        "entries": entries,
        "me": me,
        "why_not": refused,
        "until": until,
        "open_request": open_request,
        "decisions": deciding.decisions_of(request.user, open_request) if open_request else [],
        "is_mine": bool(open_request and me and open_request.student_id == me.pk),
        "characters": REASON_CHARACTERS,
        **more,
    }
    return render(request, "discussion/thread.html", page)
