"""Open requests among what needs eyes: those of students whom the viewer teaches."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from course_admin.courses.models import Course
from course_admin.discussion.models import RegradeRequest
from course_admin.pages.markdown import in_one_line
from course_admin.policy import Action, allowed
from course_admin.review.eyes.waiting import KINDS, Kind, Waiting
from course_admin.submissions.code.places import Place


def thread_url(public_id: str, about: str | Place) -> str:
    """Return the address of a thread's page: about a test or a line; "": about the attempt as a whole."""
    query = about.query() if isinstance(about, Place) else urlencode({"check": about}) if about else ""
    return reverse("thread", args=[public_id]) + (f"?{query}" if query else "")


def _rows(user: Any, course: Course) -> QuerySet[RegradeRequest]:
    mine: QuerySet[RegradeRequest] = allowed(user, Action.DECIDE_REQUEST, RegradeRequest.objects.open())
    return mine.filter(assignment__course=course)


def _shown(request: RegradeRequest) -> Waiting:
    attempt = request.attempt
    return Waiting(
        field="",
        name="",
        since=request.asked_at,
        people=[request.student],
        what=gettext("asks about {what}: {title}, attempt {number}").format(
            what=request.check_name or gettext("the whole attempt"),
            title=attempt.assignment.title,
            number=attempt.number,
        ),
        why=in_one_line(request.reason),
        attempt=attempt,
        url=thread_url(attempt.public_id, request.test_id),
    )


def register() -> None:
    """Add requests to the kinds of things that wait."""
    KINDS["request"] = Kind(
        _rows, "asked_at", lambda rows: rows.select_related("attempt__assignment", "student"), _shown
    )
