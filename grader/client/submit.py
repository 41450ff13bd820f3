"""Hand a folder in at a service through its API, and say what became of it. Side: any.

What is sent is what would be graded: the folder is staged as every submission is, and packed as one zip. The token goes to the
host that was named, over TLS or to this machine, and is never sent on to where an answer points.
"""

import io
import json
import secrets
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from grader.errors import Fault, UsageError

ANSWER_SECONDS = 120
ANSWER_BYTES = 8 << 20
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NO_TOKEN = "set ASSAY_TOKEN to a token that may submit; you make one on the service's page of API tokens"


class ServiceUnavailable(Fault):
    """The service did not answer, or answered what is none of its answers."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer that points elsewhere is an answer, and no place to send a token."""

    def redirect_request(self, *_told: Any) -> None:
        """Follow none."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and the token by which it knows us. Raises UsageError for an address that a token must not be sent to."""

    address: str
    token: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not (is_safe and parts.hostname) or parts.query or parts.fragment or parts.username:
            raise UsageError(f"{self.address} is no address of a service: write https://HOST")
        if not self.token or not self.token.isascii() or not self.token.isprintable():
            raise UsageError(NO_TOKEN)

    def submit(self, course: str, assignment: str, name: str, archive: bytes) -> dict[str, Any]:
        """Hand an archive in, and return its attempt. Raises UsageError with the service's sentence, or ServiceUnavailable."""
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        body = f"{head}Content-Type: application/zip\r\n\r\n".encode() + archive + f"\r\n--{boundary}--\r\n".encode()
        path = f"courses/{quote(course, safe='')}/assignments/{quote(assignment, safe='')}/attempts"
        return self._ask(path, body, f"multipart/form-data; boundary={boundary}")

    def attempt(self, public_id: str) -> dict[str, Any]:
        """Return where an attempt stands. Raises as `submit` does."""
        return self._ask(f"attempts/{quote(public_id, safe='')}")

    def _ask(self, path: str, body: bytes | None = None, content_type: str = "application/json") -> dict[str, Any]:
        url = f"{self.address.rstrip('/')}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        request = urllib.request.Request(url, body, headers)
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=ANSWER_SECONDS) as answer:
                return _parsed(answer.read(ANSWER_BYTES))
        except urllib.error.HTTPError as problem:
            _refuse(problem)
        except OSError as problem:
            raise ServiceUnavailable(f"{self.address} does not answer: {problem}") from problem


def _refuse(problem: urllib.error.HTTPError) -> NoReturn:
    """Raise what an answer that is no success means."""
    if problem.code >= 500 or problem.code < 400:
        raise ServiceUnavailable(f"The service answered with the status {problem.code}; try again in a minute.")
    try:
        sentence = str(_parsed(problem.read(ANSWER_BYTES))["message"])
    except (ServiceUnavailable, KeyError, OSError):
        sentence = f"The service refused with the status {problem.code}."
    raise UsageError(sentence)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ServiceUnavailable("What answered is no Assay: it sent no JSON object.")
    return found


def pack_zip(contents: dict[str, bytes]) -> bytes:
    """Return files as one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(path, data)
    return packed.getvalue()


def wait_until_final(
    service: Service, attempt: dict[str, Any], *, pause: Callable[[], None], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Ask for an attempt until it changes no more, telling each new sentence, and return it."""
    said = ""
    while not attempt.get("is_final"):
        if attempt.get("sentence") != said:
            said = str(attempt.get("sentence"))
            tell(said)
        pause()
        attempt = service.attempt(str(attempt.get("id")))
    return attempt
