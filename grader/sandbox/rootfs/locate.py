"""Finds the file systems that bubblewrap shows to its boxes, and has them built where they are missing. Side: worker.

What is always true: a pair of roots stands in a folder named by a digest of all that went into it (interpreter, C
library, pins, the builder itself), appears under that name only once it is complete, and can be entered by every user,
since bubblewrap starts under a user who owns nothing. `grader.sandbox.rootfs.build` says what a root holds.

`python -m grader.sandbox.rootfs` builds what is missing and prints where it is.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SandboxUnavailable
from grader.sandbox.rootfs import build
from grader.settings import sandbox_settings

PROJECT = Path(__file__).resolve().parents[3]
CANDIDATE_PINS = PROJECT / "docker" / "candidate" / "requirements.txt"
JUDGE_PINS = PROJECT / "docker" / "judge" / "requirements.txt"

# Where roots go when root runs the grader from a folder that other users cannot enter.
SHARED_BASE = Path("/var/cache/assay/roots")

BUILD_COMMAND = "python -m grader.sandbox.rootfs"


@dataclass(frozen=True)
class Roots:
    """The two file systems, and the digest of what they were built from."""

    candidate: Path
    judge: Path
    digest: str


def roots_digest() -> str:
    """Return the digest of all that decides what the roots hold."""
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    facts = [sys.version, platform.machine(), libc, sys.base_prefix]
    files = [CANDIDATE_PINS, JUDGE_PINS, Path(build.__file__)]
    parts = [*(fact.encode() for fact in facts), *(path.read_bytes() for path in files)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def base_folder() -> Path:
    """Return the folder that holds the roots: $ASSAY_ROOTS, else var/roots, else SHARED_BASE if that one is closed.

    Raises SandboxUnavailable if $ASSAY_ROOTS names a folder that a box's user could not enter.
    """
    named = sandbox_settings().roots
    base = named or PROJECT / "var" / "roots"
    closed = closed_parent(base)
    if closed is None:
        return base
    if named:
        raise SandboxUnavailable(
            f"The folder of the sandbox roots must be open to every user, but {closed} is not:"
            " name another in ASSAY_ROOTS, or let others pass through it (chmod o+x)."
        )
    return SHARED_BASE


def closed_parent(path: Path) -> Path | None:
    """Return the outermost existing folder on the way to `path` that a foreign user cannot enter; None if all are open.

    A grader that is not root starts its boxes as the user it is, who can enter what it built: None then.
    """
    if os.geteuid() != 0:
        return None
    for folder in reversed([path, *path.parents]):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def roots_folder(digest: str) -> Path:
    """Return the folder in which the roots with this digest stand, built or not."""
    return base_folder() / digest[:16]


def find_roots() -> Roots:
    """Return the roots as they stand; raises SandboxUnavailable if none were built for this Python and these pins."""
    built = sandbox_settings().built_roots
    if built is not None:
        return built_elsewhere(built)
    digest = roots_digest()
    folder = roots_folder(digest)
    if not (folder / "stamp.json").is_file():
        raise SandboxUnavailable(
            f"The sandbox needs its file systems in {folder}, which are not built: {BUILD_COMMAND}"
        )
    return Roots(candidate=folder / "candidate", judge=folder / "judge", digest=digest)


def ensure_roots() -> Roots:
    """Return the roots, building them first where they are missing; processes that ask at once build them once.

    Raises SandboxUnavailable, naming what is missing, if they cannot be built.
    """
    if sandbox_settings().built_roots is not None:
        return find_roots()
    digest = roots_digest()
    folder = roots_folder(digest)
    if not (folder / "stamp.json").is_file():
        make_open_folder(folder.parent)
        with locked(folder.parent / ".lock"):
            if not (folder / "stamp.json").is_file():
                build_into(folder, digest)
    return find_roots()


def built_elsewhere(folder: Path) -> Roots:
    """Return roots that came with an archive; raises SandboxUnavailable if they are not those of this machine's kind."""
    try:
        stamp = json.loads((folder / "stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SandboxUnavailable(f"The sandbox roots in {folder} cannot be used: {error}") from error
    if stamp["machine"] != platform.machine():
        raise SandboxUnavailable(
            f"The sandbox roots in {folder} are for {stamp['machine']}, and this is {platform.machine()}."
        )
    return Roots(candidate=folder / "candidate", judge=folder / "judge", digest=stamp["digest"])


def build_into(folder: Path, digest: str) -> None:
    """Build the roots beside `folder` and give them its name at the end; a missing program or a full disk is named."""
    try:
        with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as building:
            fresh = Path(building) / folder.name
            build.build_roots(fresh, digest, CANDIDATE_PINS, JUDGE_PINS)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
    except OSError as error:
        raise SandboxUnavailable(f"The sandbox roots cannot be built in {folder.parent}: {error}") from error


def make_open_folder(folder: Path) -> None:
    """Make `folder` and its missing parents so that every user may enter each, whatever the umask says."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
    except OSError as error:
        raise SandboxUnavailable(
            f"The sandbox roots need the folder {folder}, which cannot be made: {error}"
        ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`, waiting for whoever has it."""
    try:
        lock = path.open("w")
    except OSError as error:
        raise SandboxUnavailable(f"The sandbox roots cannot be built in {path.parent}: {error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build what is missing and print where it is; exit 3 with one sentence if that cannot be done."""
    try:
        roots = ensure_roots()
    except SandboxUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 3
    sys.stdout.write(f"Sandbox roots: {roots.candidate.parent}\n")
    return 0
