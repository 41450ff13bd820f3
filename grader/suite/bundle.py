"""Suites as archives: packed once by the service, unpacked once by each worker and kept there by hash while in use. Side: worker.

A kept suite is read, and its digest compared, before every use: a worker whose disk was touched grades nothing with it.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from grader.errors import Fault, SourceError, SuiteError, UsageError
from grader.source import Tree, pack_archive, stage_folder, unpack_archive, without_rivals
from grader.suite.manifest import MUTANTS, Suite, load_packed_suite

KEPT_SUITES = 20
UNUSED_SECONDS = 24 * 3600.0
REFERENCE = "the-reference"  # no suite can have this name
_NAME = re.compile(r"[a-z0-9_]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pack_suite(suite: Suite) -> bytes:
    """Return what a run needs of a suite as one archive, the same for the same files: the judge's view, and the reference.

    Raises SuiteError if the reference cannot be staged.
    """
    return pack_archive(Tree.of({name: path.read_bytes() for name, path in suite.files.items()} | _reference(suite)))


def pack_check(suite: Suite) -> bytes:
    """Return all that a check of a suite needs as one archive: what a run needs, and the mutants.

    Raises SuiteError if it has no reference, or one that cannot be staged.
    """
    if suite.reference is None:
        raise SuiteError(f"{suite.name} names no reference implementation")
    files = {name: path.read_bytes() for name, path in suite.files.items()}
    for path in sorted((suite.folder / MUTANTS).rglob("*")):
        if path.is_file() and not path.is_symlink():
            files[f"{suite.name}/{path.relative_to(suite.folder).as_posix()}"] = path.read_bytes()
    return pack_archive(Tree.of(files | _reference(suite)))


def _reference(suite: Suite) -> dict[str, bytes]:
    """Return the modules of a suite's reference, by their place in an archive."""
    if suite.reference is None:
        return {}
    try:
        contents = without_rivals(stage_folder(suite.reference)).contents()
    except SourceError as problem:
        raise SuiteError(f"the reference of {suite.name} cannot be used: {problem}") from problem
    return {f"{REFERENCE}/{name}": data for name, data in contents.items() if name.endswith(".py")}


def unpack_check(archive: bytes, name: str, folder: Path) -> Suite:
    """Unpack what `pack_check` packed, and return the suite with its reference beside it. Raises SuiteError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} names no suite")
    unpack_archive(archive).write_to(folder)
    return load_packed_suite(folder / name, folder / REFERENCE)


class KeptSuites:
    """A worker's folder of unpacked suites."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str, digest: str, sha256: str, fetch: Callable[[], bytes]) -> Suite:
        """Return a suite by its archive's hash, fetched if it is not kept yet.

        Raises UsageError for a name that is none, Fault if what is kept is not the version that is asked for.
        """
        if not (_NAME.fullmatch(name) and _SHA256.fullmatch(sha256)):
            raise UsageError(f"{name!r} with the archive {sha256!r} names no suite")
        kept = self.folder / sha256
        if not kept.is_dir():
            self._keep(kept, fetch())
        os.utime(kept)
        reference = kept / REFERENCE
        suite = load_packed_suite(kept / name, reference if reference.is_dir() else None)
        if suite.digest != digest:
            raise Fault(f"the kept suite {name} has the digest {suite.digest[:12]}; the run asks for {digest[:12]}")
        return suite

    def _keep(self, kept: Path, archive: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._forget(time.time())
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as scratch:
            unpacked = Path(scratch) / "suite"
            unpack_archive(archive).write_to(unpacked)
            try:
                os.rename(unpacked, kept)
            except OSError:
                if not kept.is_dir():  # else another process of this worker was faster
                    raise

    def _forget(self, now: float) -> None:
        """Delete what was not asked for lately, beyond the few that are kept anyway; `now` in seconds since the epoch.

        A run that loads one at this very moment fails for a reason of ours, and is judged again.
        """
        kept = sorted((path for path in self.folder.iterdir() if _SHA256.fullmatch(path.name)), key=_used_at)
        for path in kept[: -KEPT_SUITES or None]:
            if now - _used_at(path) > UNUSED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process of this worker was faster
        return 0.0
