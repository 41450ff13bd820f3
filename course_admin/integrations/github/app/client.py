"""Requests to GitHub's REST API: as the App, or as one of its installations with a token of few rights.

Tokens are kept in this process alone until shortly before they end; none is written to the database, a log or a message.
Source: GitHub documentation, "Authenticating as a GitHub App installation".
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from course_admin.integrations.github.app.answers import NotPermitted, TryLater, parsed, problem_of
from course_admin.integrations.github.app.credentials import Credentials, credentials
from course_admin.integrations.safe_http import Answer, NotAllowed, Outgoing, Unreachable, origin_of

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2026-03-10", "User-Agent": "Assay"}
BEFORE_ITS_END = timedelta(minutes=5)  # a token is replaced: what is begun with it must be over by then
MOST_KEPT = 5_000

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Access:
    """What a token is for: an installation, by its number; one repository of it, or all; and the rights, sorted."""

    installation: int
    permissions: tuple[tuple[str, str], ...]
    repository_id: int | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """How GitHub is asked for it."""
        narrowed = {} if self.repository_id is None else {"repository_ids": [self.repository_id]}
        return {"permissions": dict(self.permissions), **narrowed}


class _Kept:
    """The tokens of this process, each with the time from which it is not used any more."""

    def __init__(self) -> None:
        self._lock, self._tokens = threading.Lock(), dict[Access, tuple[str, datetime]]()

    def get(self, access: Access, at: datetime) -> str | None:
        with self._lock:
            token, until = self._tokens.get(access, ("", at))
            return token if until > at else None

    def put(self, access: Access, token: str, until: datetime) -> None:
        with self._lock:
            if len(self._tokens) >= MOST_KEPT:
                self._tokens.clear()
            self._tokens[access] = token, until

    def drop(self, access: Access) -> None:
        with self._lock:
            self._tokens.pop(access, None)

    def clear(self) -> None:
        with self._lock:
            self._tokens.clear()


_kept = _Kept()
forget_tokens = _kept.clear


class GitHub:
    """GitHub's API. Used as a context manager; every method raises a GitHubProblem if it cannot be done."""

    def __init__(self, app: Credentials, *, now: Clock) -> None:
        url = settings.ASSAY_GITHUB_API_URL
        host = frozenset({str(urlsplit(url).hostname)}) if settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK else frozenset()
        try:
            self._outgoing = Outgoing(origin_of(url), headers=HEADERS, private_hosts=host)
        except NotAllowed as problem:
            raise NotPermitted(str(problem)) from None
        self._app, self._url, self.now = app, url, now

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._outgoing.__exit__(kind, error, trace)

    def as_app(self, method: str, path: str, body: object = None) -> Any:
        """Ask as the App itself."""
        return self._read(self._ask(method, path, body, self._app.token(self.now())))

    def as_installation(self, access: Access, method: str, path: str, body: object = None) -> Any:
        """Ask with a token; one that is no longer taken is replaced once."""
        answer = self._ask(method, path, body, self.token(access))
        if answer.status == 401:
            _kept.drop(access)
            answer = self._ask(method, path, body, self.token(access))
        return self._read(answer)

    def pages_as_app(self, path: str, *, most: int) -> Iterator[Any]:
        """Yield a list's pages, as the App itself, as long as they are asked for and GitHub names a next one."""
        return self._pages(path, most, lambda: self._app.token(self.now()))

    def pages_as_installation(self, access: Access, path: str, *, most: int) -> Iterator[Any]:
        """Yield a list's pages, with a token."""
        return self._pages(path, most, lambda: self.token(access))

    def _pages(self, path: str, most: int, token: Callable[[], str]) -> Iterator[Any]:
        for _ in range(most):
            answer = self._ask("GET", path, None, token())
            yield self._read(answer)
            if not answer.next_url.startswith(f"{self._url}/"):  # none, or one that leads elsewhere
                return
            path = answer.next_url.removeprefix(self._url)

    def token(self, access: Access) -> str:
        """Return a token for something, from the last answer as long as it holds."""
        kept = _kept.get(access, self.now())
        if kept is not None:
            return kept
        said = self.as_app("POST", f"/app/installations/{access.installation}/access_tokens", access.asked)
        token, ends = (said.get("token"), said.get("expires_at")) if isinstance(said, dict) else (None, None)
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise TryLater("GitHub answered without a token.")
        _kept.put(access, token, _moment(ends, self.now()) - BEFORE_ITS_END)
        return token

    def _ask(self, method: str, path: str, body: object, token: str) -> Answer:
        named = {"Authorization": f"Bearer {token}"}
        content = b"" if body is None else None
        try:
            return self._outgoing.request(method, self._url + path, body, content=content, headers=named)
        except NotAllowed as problem:
            raise NotPermitted(str(problem)) from None
        except Unreachable as problem:
            raise TryLater(str(problem)) from None

    def _read(self, answer: Answer) -> Any:
        if not 200 <= answer.status < 300:
            raise problem_of(answer, self.now())
        return parsed(answer)


def github(now: Clock) -> GitHub | None:
    """Return GitHub as our App may ask it; None without an App."""
    app = credentials()
    return GitHub(app, now=now) if app else None


def _moment(text: object, at: datetime) -> datetime:
    """Return when a token ends; one that does not say so readably is used for this once."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return at
    return moment if moment.tzinfo else at
