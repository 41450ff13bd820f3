"""A session that looks at a student's pages sees those, and no other page; it posts nothing, and nothing is written.

Only the pages of PAGES are shown so: those of one course that change nothing by being looked at. Should one of them write to the
database nevertheless, that is a fault of ours, and it is refused.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from course_admin.policy import seen_by_another
from course_admin.student.viewing.session import KEY, student_of

#: What a student sees of a course.
PAGES = frozenset(
    {"home", "course-home", "assignments", "assignment", "leaderboard", "grade-trace", "compare", "thread"}
    | {"attempt", "attempt-live", "attempt-state", "attempt-code", "attempt-receipt", "upload-new", "my-repository"}
)
#: What is the viewer's own meanwhile.
OPEN = frozenset(
    {"view-as-end", "logout", "account_logout", "admin:logout", "health", "health-ready", "institution-logo"}
)
LOOKS = frozenset({"GET", "HEAD"})
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE")


class WroteWhileViewing(RuntimeError):
    """A page that only shows tried to write while somebody looked at it for a student: a mistake in our code."""


class ViewAsStudent:
    """Middleware: shows a student's pages to whoever looks at them, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        # Who brings no session, such as a webhook, is answered as though there were none of this.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or KEY not in request.session:
            return self.get_response(request)
        request.is_viewing = True  # type: ignore[attr-defined]

        def read_only(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
            if getattr(request, "viewed_as", None) and sql.lstrip().upper().startswith(WRITES):
                raise WroteWhileViewing(sql.partition("(")[0])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(read_only):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Let the page be the student's, or refuse it."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        is_viewing = getattr(request, "is_viewing", False)
        place = student_of(request) if is_viewing and name not in OPEN else None
        if place is None:
            return None
        request.viewed_as = place  # type: ignore[attr-defined]
        if request.method not in LOOKS or name not in PAGES:
            is_change = request.method not in LOOKS
            return render(request, "student/viewing_refused.html", {"is_change": is_change}, status=403)
        request.user = seen_by_another(place)
        return None
