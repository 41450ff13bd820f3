"""Requests to a platform's services: a token for them, what each status of an answer means, and short patience.

What fails in a way that passes is asked again a few times within seconds, before the round is put off. Source: 1EdTech
Security Framework 1.0, section 4.1; RFC 7523; Assignment and Grade Services 2.0; RFC 8288 (Link).
"""

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urljoin

from django.conf import settings

from course_admin.integrations.lti.advantage.answers import Refusal, parsed, problem_of
from course_admin.integrations.lti.keys import sign
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.outbox.lms import WORDS_BYTES, LinkBroken, TemporaryFailure
from course_admin.integrations.safe_http import Answer, NotAllowed, Outgoing, Unreachable, origin_of
from grader.sanitize import clean

GRADES_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = tuple(f"{GRADES_SCOPE}{name}" for name in ("lineitem.readonly", "result.readonly", "score"))
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LASTS = timedelta(minutes=5)
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
TRIES = 5
FIRST_PAUSE_SECONDS, PATIENCE_SECONDS = 0.5, 10.0  # a platform that asks for more gets it: the round is put off
PAGES = 500
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

Clock = Callable[[], datetime]
Wait = Callable[[float], None]


class PlatformClient:
    """The services of one platform. Used as a context manager; every method raises an LmsProblem if it cannot be done."""

    def __init__(self, platform: Platform, *, now: Clock, wait: Wait) -> None:
        self.now, self._platform, self._wait = now, platform, wait
        self._connections = contextlib.ExitStack()
        self._origins: dict[str, Outgoing] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def __enter__(self) -> "PlatformClient":
        return self

    def __exit__(self, *_told: object) -> None:
        self._connections.close()

    def get(self, url: str, scope: str, accepts: str) -> Answer:
        """Read one address."""
        return self.patiently(lambda: self._authorized("GET", url, scope, {"Accept": accepts}))

    def post_once(self, url: str, scope: str, kind: str, body: object) -> Answer:
        """Send something, once: whether it may be sent again is for who knows what it does."""
        content = json.dumps(body, allow_nan=False, default=_number).encode()
        return self._authorized("POST", url, scope, {"Content-Type": kind, "Accept": "*/*"}, content)

    def pages(self, url: str, scope: str, accepts: str) -> Iterator[Any]:
        """Yield the body of each page of a list; addresses of pages are followed as they are, if they are whole."""
        seen = {url}
        for _ in range(PAGES):
            answer = self.get(url, scope, accepts)
            yield parsed(answer)
            if not answer.next_url:
                return
            url = answer.next_url if SCHEME.match(answer.next_url) else urljoin(url, answer.next_url)
            if url in seen:
                raise TemporaryFailure("The platform's list leads back to a page that was read already.")
            seen.add(url)
        raise TemporaryFailure(f"The platform's list has more than {PAGES} pages.")

    def patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Ask again after a pause while the failure may pass, a few times. Raises the last."""
        for tries in range(1, TRIES):
            try:
                return ask()
            except TemporaryFailure as problem:
                self.pause(tries, problem)
        return ask()

    def pause(self, tries: int, problem: TemporaryFailure) -> None:
        """Wait for a little longer each time. Raises the problem if the platform asks for more patience than that."""
        if problem.seconds > PATIENCE_SECONDS:
            raise problem
        self._wait(max(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), problem.seconds))

    def _authorized(
        self, method: str, url: str, scope: str, headers: dict[str, str], content: bytes | None = None
    ) -> Answer:
        """Ask with a token; one that is no longer taken is replaced once."""
        for is_last in (False, True):
            token = self._token(scope)
            answer = self._request(method, url, {**headers, "Authorization": f"Bearer {token}"}, content)
            if answer.status != 401 or is_last:
                break
            self._tokens.pop(scope, None)
        if not 200 <= answer.status < 300:
            raise problem_of(answer, self.now())
        return answer

    def _token(self, scope: str) -> str:
        """Return a token for a scope, from the last answer as long as it holds."""
        kept = self._tokens.get(scope)
        if kept is not None and kept[1] > self.now():
            return kept[0]
        answer = self.patiently(lambda: self._ask_for_token(scope))
        said = parsed(answer)
        said = said if isinstance(said, dict) else {}
        token, lasts = said.get("access_token"), said.get("expires_in", 3600)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise TemporaryFailure("The platform answered without a token.")
        granted = said.get("scope")
        if isinstance(granted, str) and granted and scope not in granted.split():
            raise LinkBroken(f"The platform does not let us use {scope.rpartition('/')[2]}: its administrators can.")
        seconds = lasts if isinstance(lasts, int) and 0 < lasts < 86400 else 3600
        self._tokens[scope] = token, self.now() + timedelta(seconds=seconds * 0.9)
        return token

    def _ask_for_token(self, scope: str) -> Answer:
        at, us = self.now(), self._platform.client_id
        audience = self._platform.auth_audience or self._platform.auth_access_url
        claims = {"iss": us, "sub": us, "aud": audience, "jti": secrets.token_urlsafe(24)}
        times = {"iat": int(at.timestamp()), "exp": int((at + ASSERTION_LASTS).timestamp())}
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "scope": scope}
        body = urlencode({**form, "client_assertion": sign({**claims, **times}, at)}).encode()
        answer = self._request("POST", self._platform.auth_access_url, FORM, body)
        if 200 <= answer.status < 300:
            return answer
        problem = problem_of(answer, at)
        if isinstance(problem, Refusal):
            raise LinkBroken(clean(f"The platform gives us no token: {problem}", WORDS_BYTES))
        raise problem

    def _request(self, method: str, url: str, headers: dict[str, str], content: bytes | None = None) -> Answer:
        try:
            return self._outgoing(origin_of(url)).request(method, url, content=content, headers=headers)
        except NotAllowed as problem:
            raise LinkBroken(clean(str(problem), WORDS_BYTES)) from None
        except Unreachable as problem:
            raise TemporaryFailure(clean(str(problem), WORDS_BYTES)) from None

    def _outgoing(self, origin: str) -> Outgoing:
        if origin not in self._origins:
            private = frozenset(settings.ASSAY_LTI_PRIVATE_HOSTS)
            self._origins[origin] = self._connections.enter_context(Outgoing(origin, headers={}, private_hosts=private))
        return self._origins[origin]


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not sent.")
