"""Which token goes to a course's Canvas: its own, else the administrator's for that host; and what came of its own.

A token goes to the host for which it was given, and only while the administrator allows that host. A course that was linked
without an administrator is never asked with the administrator's token, which may write to other people's courses.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings

from course_admin.identity.guards.sealed import seal, unseal
from course_admin.integrations.canvas.client import NO_RIGHT, REFUSED, problem_of
from course_admin.integrations.canvas.developer_key.granting import NOT_RENEWED, WRONG_KEY, Key, opened, renew
from course_admin.integrations.canvas.models import CanvasCourse, CourseToken, DeveloperKey
from course_admin.integrations.outbox.lms import LinkBroken, LmsProblem, TemporaryFailure
from course_admin.integrations.safe_http import Answer, Outgoing
from course_admin.liveness import clock

PURPOSE = b"assay Canvas tokens of courses, version 1"
KEY_PURPOSE = b"assay Canvas developer keys of courses, version 1"
RENEWED_EARLY = timedelta(minutes=2)  # a clock here may be off, and a request takes a while
REPLACED = "The course's Canvas token was replaced or removed meanwhile."


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
            if own.expires_at is not None and own.expires_at - RENEWED_EARLY <= clock.now():
                own = renewed(own)
            return Bearer(unseal(own.sealed, PURPOSE), own)
        except InvalidToken:
            raise LinkBroken(not_readable()) from None
    if link.is_linked_by_leader:
        raise LinkBroken(no_own(host))
    token = settings.ASSAY_CANVAS_TOKENS.get(host)
    if not token:
        raise LinkBroken(_none_of_host(host))
    return Bearer(token)


def key_of(own: CourseToken) -> Key:
    """Return the developer key that a granted token is renewed with. Raises LinkBroken without one, or InvalidToken."""
    row = DeveloperKey.objects.filter(link=own.link_id, address=own.address).first()
    if row is None:
        raise LinkBroken(NOT_RENEWED)
    return Key(row.client_id, unseal(row.sealed, KEY_PURPOSE))


def renewed(own: CourseToken) -> CourseToken:
    """Return a granted token with a new one in its place, which another worker may have got already.

    Raises LinkBroken, noted on it, or TemporaryFailure; InvalidToken if it cannot be read.
    """
    row = CourseToken.objects.filter(pk=own.pk).first()
    if row is None or row.sealed_refresh != own.sealed_refresh:
        raise TemporaryFailure(REPLACED)
    if row.sealed != own.sealed:
        return row
    mine = CourseToken.objects.filter(pk=row.pk, sealed_refresh=row.sealed_refresh)
    try:
        with opened(row.address) as outgoing:
            granted = renew(outgoing, key_of(row), unseal(row.sealed_refresh, PURPOSE))
    except LmsProblem as problem:
        mine.update(problem=str(problem))
        raise
    row.sealed = seal(granted.token, PURPOSE)
    row.expires_at = clock.now() + timedelta(seconds=granted.expires_seconds)
    values = {"sealed": row.sealed, "expires_at": row.expires_at, "problem": ""}
    if granted.refresh:
        row.sealed_refresh = seal(granted.refresh, PURPOSE)
        values["sealed_refresh"] = row.sealed_refresh
    if not mine.update(**values):
        raise TemporaryFailure(REPLACED)
    return row


def mends(link: CanvasCourse) -> bool:
    """Say whether a link is paused for a reason that a new token takes away. What staff paused stays paused."""
    host = host_of(link.address)
    reasons = {
        REFUSED,
        NO_RIGHT,
        NOT_RENEWED,
        WRONG_KEY,
        not_readable(),
        _not_allowed(host),
        no_own(host),
        _none_of_host(host),
    }
    return link.is_paused and link.paused_reason in reasons


def no_own(host: str) -> str:
    """Return the sentence for a course that needs a token of its own and has none."""
    return f"The course has no Canvas token of its own for {host}: who leads it enters one on its page Canvas."


def _none_of_host(host: str) -> str:
    return f"ASSAY_CANVAS_TOKENS holds no token for {host}."


def _not_allowed(host: str) -> str:
    return f"The administrator no longer lets tokens of courses go to {host} (ASSAY_CANVAS_COURSE_HOSTS)."


def not_readable() -> str:
    """Return the sentence for a secret that another SECRET_KEY sealed."""
    return (
        "The course's Canvas token can no longer be read, since the service's SECRET_KEY was replaced: enter it again."
    )


class NotedRequests:
    """Requests with a course's own token, which note when it was used and whether Canvas refused it.

    A granted token that Canvas calls over is renewed once for each request: its clock counts, and it may have ended it.
    """

    def __init__(self, inner: Outgoing, bearer: Bearer, own: CourseToken) -> None:
        self._inner, self._token, self._own = inner, bearer.token, own
        self.origin = inner.origin
        self._noted: str | None = None

    def request(self, method: str, url: str, json: object = None) -> Answer:
        """Make one request; the first answer, and each that says something else of the token, is noted."""
        answer = self._asked(method, url, json)
        if answer.status == 401 and self._own.sealed_refresh:
            self._renew()
            answer = self._asked(method, url, json)
        problem = str(problem_of(answer, datetime.now(UTC))) if answer.status == 401 else ""
        if problem != self._noted:
            # A token that was replaced meanwhile is another: nothing is noted on it.
            row = CourseToken.objects.filter(pk=self._own.pk, sealed=self._own.sealed)
            row.update(last_used_at=clock.now(), problem=problem)
            self._noted = problem
        return answer

    def _asked(self, method: str, url: str, json: object) -> Answer:
        return self._inner.request(method, url, json, headers={"Authorization": f"Bearer {self._token}"})

    def _renew(self) -> None:
        try:
            self._own = renewed(self._own)
            self._token = unseal(self._own.sealed, PURPOSE)
        except InvalidToken:
            raise LinkBroken(not_readable()) from None
