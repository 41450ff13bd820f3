"""Submissions and suites by their SHA-256: a folder where service and worker share one, HTTP where they do not. Side: worker.

A worker asks for an archive by its hash and checks what it gets, so that it need not trust the way there. Over HTTP it
shows the token of the run's lease, its only credential, which is good for that run's archives and until the lease is over.
"""

import hashlib
import os
import re
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

from grader.errors import Fault

ARCHIVE_BYTES = 256 << 20  # above what any staged tree can pack to
ANSWER_SECONDS = 30
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ArchiveUnavailable(Fault):
    """An archive cannot be read now, or is not what its hash says."""


class Archives(Protocol):
    """Where a worker gets archives from."""

    def get(self, sha256: str, run: str, token: str) -> bytes:
        """Return the archive with this hash; raises ArchiveUnavailable."""


class FolderArchives:
    """Archives in a folder, each in a file named by its hash; written once, never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ArchiveUnavailable("an archive is named by 64 hexadecimal digits")
        return self.folder / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Store an archive and return its hash; storing it again changes nothing."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as unfinished:
            unfinished.write(data)
            unfinished.flush()
            os.fchmod(unfinished.fileno(), 0o640)
            os.fsync(unfinished.fileno())
        os.replace(unfinished.name, path)
        return sha256

    def get(self, sha256: str, run: str = "", token: str = "") -> bytes:
        """Return the archive with this hash; whoever can open the folder needs no token."""
        try:
            return _checked(self._path(sha256).read_bytes(), sha256)
        except OSError as problem:
            raise ArchiveUnavailable(f"the archive {sha256[:12]} cannot be read: {problem.strerror}") from problem


class HttpArchives:
    """Archives from the service's own address, one request each."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, sha256: str, run: str, token: str) -> bytes:
        """Return the archive of a run, showing the token of its lease."""
        request = urllib.request.Request(
            f"{self.url}/runs/{run}/archives/{sha256}", headers={"Authorization": f"Bearer {token}"}
        )
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=ANSWER_SECONDS) as answer:
                data = answer.read(ARCHIVE_BYTES + 1)
        except (OSError, ValueError) as problem:  # URLError and HTTPError are OSErrors
            raise ArchiveUnavailable(
                f"the archive {sha256[:12]} cannot be fetched from {self.url}: {problem}"
            ) from problem
        return _checked(data, sha256)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: the token is for the service's own address."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """Follow nothing."""


def archives_at(place: str) -> Archives:
    """Return the archives at a folder's path or an http(s) address."""
    return HttpArchives(place) if place.startswith(("http://", "https://")) else FolderArchives(Path(place))


def _checked(data: bytes, sha256: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ArchiveUnavailable(f"the archive {sha256[:12]} holds other bytes: their hash begins with {found[:12]}")
    return data
