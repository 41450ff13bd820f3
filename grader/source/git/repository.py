"""Which repositories may be fetched from, and how their addresses are judged. Side: worker.

An address is matched against a pattern, its host against an allow-list, and what the host resolves to against the
public Internet; git is then pinned to the addresses that were judged, so that a name server cannot change its mind.
"""

import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from grader.errors import Fault, SourceError
from grader.public_addresses import is_public, is_this_machine
from grader.source.names import escape_name

COMMIT_ID = re.compile(r"[0-9a-f]{40}")
URL = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?(/[A-Za-z0-9_~][A-Za-z0-9._~-]*)+")
LOCAL_PATH = re.compile(r"(/[A-Za-z0-9._~+@%=,-]+)+")
DEFAULT_PORTS = {"https": 443, "http": 80}
# A repository with one of these reads objects, or whole repositories, from somewhere else.
BORROWING = ("objects/info/alternates", "objects/info/http-alternates", "commondir")


class SourceUnavailable(Fault):
    """A submission could not be fetched through no fault of its own: worth another try, never a zero."""


class FetchNotAllowed(Fault):
    """Our own settings forbid to fetch from an address. Whoever pushed there did nothing wrong: staff mend the settings."""


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Where commits may come from; the default is GitHub over https and nothing else."""

    hosts: frozenset[str] = field(default_factory=lambda: frozenset({"github.com"}))
    private_hosts: frozenset[str] = frozenset()  # also allowed, and may resolve to an address of the local network
    allow_local: bool = False  # bare repositories of this machine, which the service itself keeps


@dataclass(frozen=True, slots=True)
class RemoteRepository:
    """An address that was judged: what git is given."""

    url: str
    protocol: str  # the one protocol that git may speak
    base_url: str = ""  # the part that a credential is bound to
    pinned: str = ""  # host:port:address,... for curl


def check_commit_id(commit_id: str) -> str:
    """Return a full commit id; raises SourceError for a branch, a tag, an abbreviation or an option."""
    if not COMMIT_ID.fullmatch(commit_id):
        raise SourceError(
            f"'{escape_name(commit_id)}' is not a full commit id; it must be 40 hexadecimal digits in lower case."
        )
    return commit_id


def judge_repository(address: str | os.PathLike[str], policy: FetchPolicy) -> RemoteRepository:
    """Return what to give git for an address.

    Raises FetchNotAllowed if the policy does not allow it, SourceError for a repository of this machine that borrows objects.
    """
    text = os.fspath(address)
    if text.startswith(("/", "file:///")):
        return _judge_local(text.removeprefix("file://"), policy)
    if not URL.fullmatch(text):
        raise FetchNotAllowed(
            f"'{escape_name(text)}' is not a repository address; it must read https://host/owner/name."
        )
    parts = urlsplit(text)
    host, port = str(parts.hostname), parts.port or DEFAULT_PORTS[parts.scheme]
    if host not in policy.hosts | policy.private_hosts:
        raise FetchNotAllowed(f"Repositories on '{host}' are not accepted here.")
    addresses = _resolve(host, port)
    if host not in policy.private_hosts and not all(map(is_public, addresses)):
        raise FetchNotAllowed(f"The host '{host}' leads into a private network; its repositories are not accepted.")
    if parts.scheme == "http" and not all(map(is_this_machine, addresses)):
        raise FetchNotAllowed(f"'{escape_name(text)}' is not encrypted; give its https address.")
    base_url = f"{parts.scheme}://{parts.netloc}/"
    return RemoteRepository(text, parts.scheme, base_url, f"{host}:{port}:{','.join(addresses)}")


def _judge_local(path: str, policy: FetchPolicy) -> RemoteRepository:
    shown = escape_name(path)
    if not policy.allow_local:
        raise FetchNotAllowed(f"'{shown}' is a path of this machine; give the repository's https address.")
    if not LOCAL_PATH.fullmatch(path) or ".." in path.split("/"):
        raise FetchNotAllowed(f"'{shown}' is not a plain absolute path of a repository.")
    if not (Path(path) / "objects").is_dir():
        raise FetchNotAllowed(f"There is no bare repository at '{shown}'.")
    if any(os.path.lexists(Path(path) / name) for name in BORROWING) or (Path(path) / "objects").is_symlink():
        raise SourceError(f"The repository '{shown}' borrows its objects from elsewhere; it is not fetched.")
    return RemoteRepository(f"file://{path}", "file")


def _resolve(host: str, port: int) -> tuple[str, ...]:
    """Return every address of a host; raises SourceUnavailable if it has none at the moment."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SourceUnavailable(f"The host '{host}' has no address at the moment.") from None
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))
