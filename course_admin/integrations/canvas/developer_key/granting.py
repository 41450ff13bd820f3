"""Canvas's OAuth2 for a developer key: where it is asked for, and a code or a refresh token for an access token.

The secret, the code and the tokens go in the body or a header of a request, never in an address; what they say is in no sentence.
Source: canvas-lms doc/api/oauth.md, "OAuth2 Token Request Flow", "Using Refresh Tokens", "Logging Out"; oauth_endpoints.md;
RFC 6749, sections 4.1, 5.2 and 6.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from course_admin.integrations.canvas.client import problem_of
from course_admin.integrations.outbox.lms import WORDS_BYTES, LinkBroken, TemporaryFailure
from course_admin.integrations.safe_http import Answer, NotAllowed, Outgoing, Unreachable
from grader.sanitize import clean

#: What the six requests of the client need; a key that enforces scopes has to hold each.
SCOPES = (
    "url:GET|/api/v1/courses/:course_id/users",
    "url:GET|/api/v1/courses/:course_id/assignments",
    "url:GET|/api/v1/courses/:course_id/assignments/:id",
    "url:GET|/api/v1/courses/:course_id/assignments/:assignment_id/submissions",
    "url:POST|/api/v1/courses/:course_id/assignments/:assignment_id/submissions/update_grades",
    "url:GET|/api/v1/progress/:id",
)
NOT_GRANTED = "Canvas took the developer key, but not what it had answered with a moment ago: connect the course with Canvas again."
NOT_RENEWED = (
    "Canvas no longer renews the course's access: it was taken back there. Connect the course with Canvas again."
)
WRONG_KEY = "Canvas does not take the developer key: its ID or its key is wrong, or it is off. Enter it again."
LONGEST = 4096
LONGEST_SECONDS = 30 * 86400
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SECRET = re.compile(rf"[!-~]{{1,{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class Key:
    """A developer key as Canvas knows it."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What Canvas grants: a token that lasts `expires_seconds`, and what renews it, empty if that stays what it was."""

    token: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_seconds: int


def consent_url(address: str, *, client_id: str, state: str, redirect_uri: str) -> str:
    """Return the page of a Canvas that asks its user whether the key may act for them."""
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(SCOPES),
    }
    return f"{address}/login/oauth2/auth?{urlencode(asked)}"


def opened(address: str) -> Outgoing:
    """Return requests to a Canvas that carry no token, to be used as a context manager."""
    private = frozenset(settings.ASSAY_CANVAS_PRIVATE_HOSTS)
    return Outgoing(address, headers={"Accept": "application/json"}, private_hosts=private)


def redeem(outgoing: Outgoing, key: Key, code: str, redirect_uri: str) -> Granted:
    """Return what Canvas grants for a code that it sent somebody back with. Raises LinkBroken or TemporaryFailure."""
    told = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    granted = _granted(_posted(outgoing, key, told, NOT_GRANTED))
    if not granted.refresh:
        raise LinkBroken("Canvas granted access that cannot be renewed: its developer key must be one for the API.")
    return granted


def renew(outgoing: Outgoing, key: Key, refresh: str) -> Granted:
    """Return a new token for what renews it. The one before is over then. Raises LinkBroken or TemporaryFailure."""
    told = {"grant_type": "refresh_token", "refresh_token": refresh}
    return _granted(_posted(outgoing, key, told, NOT_RENEWED))


def give_back(outgoing: Outgoing, token: str) -> bool:
    """Have Canvas end a token and what renews it; False if the token is over already. Raises TemporaryFailure, LinkBroken."""
    url = f"{outgoing.origin}/login/oauth2/token"
    answer = _asked(outgoing, "DELETE", url, headers={"Authorization": f"Bearer {token}"})
    if answer.status in (401, 404):
        return False
    if not 200 <= answer.status < 300:
        raise problem_of(answer, datetime.now(UTC))
    return True


def _posted(outgoing: Outgoing, key: Key, told: dict[str, str], refused: str) -> Answer:
    form = urlencode({"client_id": key.client_id, "client_secret": key.secret, **told})
    answer = _asked(
        outgoing, "POST", f"{outgoing.origin}/login/oauth2/token", content=form.encode("ascii"), headers=_FORM
    )
    if answer.status in (400, 401, 403) and (error := _said(answer).get("error")):
        raise LinkBroken(refused if error in ("invalid_grant", "invalid_request") else WRONG_KEY)
    if not 200 <= answer.status < 300:
        raise problem_of(answer, datetime.now(UTC))
    return answer


def _asked(outgoing: Outgoing, method: str, url: str, **more: Any) -> Answer:
    try:
        return outgoing.request(method, url, **more)
    except NotAllowed as problem:
        raise LinkBroken(clean(str(problem), WORDS_BYTES)) from None
    except Unreachable as problem:
        raise TemporaryFailure(clean(str(problem), WORDS_BYTES)) from None


def _granted(answer: Answer) -> Granted:
    said = _said(answer)
    token, refresh, seconds = (said.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    is_whole = isinstance(token, str) and _SECRET.fullmatch(token)
    lasts = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
    if not is_whole or not lasts or not (refresh is None or (isinstance(refresh, str) and _SECRET.fullmatch(refresh))):
        raise TemporaryFailure("Canvas's answer about the course's access has an unexpected shape.")
    return Granted(str(token), refresh or "", min(int(seconds or 0), LONGEST_SECONDS))


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
