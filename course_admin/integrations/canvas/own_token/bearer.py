"""Which token goes to a course's Canvas: its own, else the administrator's for that host; and what came of its own.

A token goes to the host for which it was given, and only while the administrator allows that host. A course that was linked
without an administrator is never asked with the administrator's token, which may write to other people's courses.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings

from course_admin.identity.guards.sealed import unseal
from course_admin.integrations.canvas.client import NO_RIGHT, REFUSED, Requests, problem_of
from course_admin.integrations.canvas.models import CanvasCourse, CourseToken
from course_admin.integrations.outbox.lms import LinkBroken
from course_admin.integrations.safe_http import Answer
from course_admin.liveness import clock

PURPOSE = b"assay Canvas tokens of courses, version 1"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that may go along. `own`: the row that it stands in, if it is the course's own."""

    token: str = field(repr=False)
    own: CourseToken | None = None


def host_of(address: str) -> str:
    """Return the host of an address, with its port if it names one."""
    return urlsplit(address).netloc


def bearer_of(link: CanvasCourse) -> Bearer:
    """Return the token for a course's Canvas. Raises LinkBroken if there is none."""
    host = host_of(link.address)
    own = CourseToken.objects.filter(link=link, address=link.address).first()
    if own is not None:
        if host not in settings.ASSAY_CANVAS_COURSE_HOSTS:
            raise LinkBroken(_not_allowed(host))
        try:
            return Bearer(unseal(own.sealed, PURPOSE), own)
        except InvalidToken:
            raise LinkBroken(_unreadable()) from None
    if link.is_linked_by_leader:
        raise LinkBroken(no_own(host))
    token = settings.ASSAY_CANVAS_TOKENS.get(host)
    if not token:
        raise LinkBroken(_none_of_host(host))
    return Bearer(token)


def mends(link: CanvasCourse) -> bool:
    """Say whether a link is paused for a reason that a new token takes away. What staff paused stays paused."""
    host = host_of(link.address)
    reasons = {REFUSED, NO_RIGHT, _unreadable(), _not_allowed(host), no_own(host), _none_of_host(host)}
    return link.is_paused and link.paused_reason in reasons


def no_own(host: str) -> str:
    """Return the sentence for a course that needs a token of its own and has none."""
    return f"The course has no Canvas token of its own for {host}: who leads it enters one on its page Canvas."


def _none_of_host(host: str) -> str:
    return f"ASSAY_CANVAS_TOKENS holds no token for {host}."


def _not_allowed(host: str) -> str:
    return f"The administrator no longer lets tokens of courses go to {host} (ASSAY_CANVAS_COURSE_HOSTS)."


def _unreadable() -> str:
    return (
        "The course's Canvas token can no longer be read, since the service's SECRET_KEY was replaced: enter it again."
    )


class NotedRequests:
    """Requests with a course's own token, which note when it was used and whether Canvas refused it."""

    def __init__(self, inner: Requests, own: CourseToken) -> None:
        self._inner = inner
        self.origin = inner.origin
        # A token that was replaced meanwhile is another: nothing is noted on it.
        self._row = CourseToken.objects.filter(pk=own.pk, sealed=own.sealed)
        self._noted: str | None = None

    def request(self, method: str, url: str, json: object = None) -> Answer:
        """Make one request; the first answer, and each that says something else of the token, is noted."""
        answer = self._inner.request(method, url, json)
        problem = str(problem_of(answer, datetime.now(UTC))) if answer.status == 401 else ""
        if problem != self._noted:
            self._row.update(last_used_at=clock.now(), problem=problem)
            self._noted = problem
        return answer
