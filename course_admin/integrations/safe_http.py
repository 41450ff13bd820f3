"""Requests to hosts that administrators named: the one place that knows httpx.

A host's name is resolved and judged for each request, and the request goes to the address that was judged, so that a
name server cannot change its mind; the certificate is still checked against the name. No redirect is followed, no proxy
asked, no cookie kept, and no answer is waited or read for without an end: each request is made in a thread of its own, since
neither a name server nor a server that sends its headers byte by byte can be hurried from inside.

Source: httpx documentation, "Extensions" (sni_hostname); OWASP, Server-Side Request Forgery Prevention.
"""

import email.utils
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx

from grader.public_addresses import is_public, is_this_machine

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 30.0, 120.0
THREAD = "outgoing request"
BODY_BYTES = 10 << 20
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?")
NO_HEADERS: Mapping[str, str] = {}
_PORTS = {"https": 443, "http": 80}


class NotAllowed(Exception):
    """A request must not be made at all; the text is a sentence that says why."""


class Unreachable(Exception):
    """A request got no whole answer, which may pass; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `next_url`: the address that its Link header calls the next page, empty without one."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request."""

    method: str
    url: str
    json: object
    content: bytes | None
    headers: Mapping[str, str]


def judge(origin: str, private_hosts: frozenset[str]) -> tuple[str, ...]:
    """Return the addresses that an origin such as https://canvas.example.edu may be reached at.

    Raises NotAllowed unless it is https and leads to the public Internet; hosts of `private_hosts` may lead into a
    private network, and be asked without encryption on this machine. Raises Unreachable for a host without an address.
    """
    if not ORIGIN.fullmatch(origin):
        raise NotAllowed("The address must read https://host, without a path.")
    parts = urlsplit(origin)
    host = str(parts.hostname)
    try:
        rows = socket.getaddrinfo(host, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        raise Unreachable(f"The host {host} has no address at the moment.") from None
    addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))
    if host not in private_hosts and not all(map(is_public, addresses)):
        raise NotAllowed(f"The host {host} leads into a private network; no request goes there.")
    if parts.scheme == "http" and not all(map(is_this_machine, addresses)):
        raise NotAllowed(f"The address of {host} is not encrypted; give its https address.")
    return addresses


class Outgoing:
    """Requests to one origin. Used as a context manager; connections are kept for as long as it lasts."""

    def __init__(self, origin: str, *, headers: Mapping[str, str], private_hosts: frozenset[str] = frozenset()) -> None:
        self.origin = origin
        self._headers = {**headers, "Host": urlsplit(origin).netloc, "Accept-Encoding": "identity"}
        self._private_hosts = private_hosts
        self._client = _client()

    def __enter__(self) -> "Outgoing":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        json: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        """Make one request to an address below the origin and return whatever is answered, redirects included.

        `content`: a body that is no JSON, or JSON under a media type of its own; `headers`: those of this request alone.

        Raises NotAllowed for an address elsewhere or a host that must not be asked, Unreachable if no whole answer
        came within two minutes, the look-up of the host's name included, or it is larger than 10 MB.
        """
        if not url.startswith(f"{self.origin}/") and origin_of(url) != self.origin:  # its host may be in capitals
            raise NotAllowed(f"An address that is not below {self.origin} is not asked.")
        client, came = self._client, SimpleQueue[Answer | Exception]()
        sent = _Sent(method, url, json, content, {**self._headers, **headers})

        def work() -> None:
            try:
                came.put(self._ask(client, sent))
            except Exception as problem:
                came.put(problem)

        threading.Thread(target=work, name=THREAD, daemon=True).start()
        try:
            answer = came.get(timeout=WHOLE_SECONDS)
        except Empty:
            self._client = _client()
            client.close()  # the thread ends as soon as it touches its connection again
            raise Unreachable(f"The answer of {self.origin} took longer than {WHOLE_SECONDS:.0f} seconds.") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask(self, client: httpx.Client, sent: "_Sent") -> Answer:
        """Ask one address of the host after the other, until a connection is made."""
        problem: httpx.HTTPError | None = None
        for address in judge(self.origin, self._private_hosts):
            try:
                return self._exchange(client, sent, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                problem = error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unreachable(f"{self.origin} did not answer as it should: {type(error).__name__}.") from None
        raise Unreachable(f"{self.origin} cannot be reached: {type(problem).__name__}.")

    def _exchange(self, client: httpx.Client, sent: "_Sent", address: str) -> Answer:
        target = httpx.URL(sent.url)
        pinned = target.copy_with(host=f"[{address}]" if ":" in address else address)
        named = {"sni_hostname": target.host} if target.scheme == "https" else {}
        body: dict[str, Any] = {"json": sent.json} if sent.content is None else {"content": sent.content}
        with client.stream(sent.method, pinned, headers=sent.headers, extensions=named, **body) as response:
            answered = bytearray()
            for piece in response.iter_raw():
                answered += piece
                if len(answered) > BODY_BYTES:
                    raise Unreachable(f"The answer of {self.origin} is larger than {BODY_BYTES} bytes.")
            client.cookies.clear()
            next_url = response.links.get("next", {}).get("url", "")
            return Answer(response.status_code, dict(response.headers), bytes(answered), next_url)


def origin_of(url: str) -> str:
    """Return the origin of an address, such as https://canvas.example.edu. Raises NotAllowed for what is no address."""
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        origin = ""
    if not ORIGIN.fullmatch(origin) or not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed("An address must begin with https:// and a host, and hold no spaces.")
    return origin


def with_lower_host(url: str) -> str:
    """Return an address with its host in lower case, and all else as it is. Raises NotAllowed for what is no address."""
    origin = origin_of(url)
    return f"{origin}{url[len(origin) :]}"


def _client() -> httpx.Client:
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=_trusting(certifi.where()))


@lru_cache(maxsize=1)
def _trusting(authorities: str) -> ssl.SSLContext:
    """Return what checks certificates by a file of authorities; reading it takes longer than a request to a host near by."""
    return ssl.create_default_context(cafile=authorities)


def retry_seconds(header: str, at: datetime) -> float:
    """Return how long Retry-After asks to wait, as seconds or as a date; 0 if it does not."""
    if header.isascii() and header.isdecimal():
        return float(header[:9])
    try:
        date = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return 0
    return max((date.replace(tzinfo=date.tzinfo or UTC) - at).total_seconds(), 0)
