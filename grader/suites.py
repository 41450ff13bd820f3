"""Suites as archives: packed once by the service, unpacked once by each worker and kept there by hash. Side: worker.

A kept suite is read, and its digest compared, before every use: a worker whose disk was touched grades nothing with it.
"""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.errors import Fault, UsageError
from grader.source import Tree, pack_archive, unpack_archive
from grader.suite import Suite, load_suite

_NAME = re.compile(r"[a-z0-9_]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pack_suite(suite: Suite) -> bytes:
    """Return the files that the judge sees of a suite as one archive, the same for the same files."""
    return pack_archive(Tree.of({name: path.read_bytes() for name, path in suite.files.items()}))


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
        suite = load_suite(kept / name)
        if suite.digest != digest:
            raise Fault(f"the kept suite {name} has the digest {suite.digest[:12]}; the run asks for {digest[:12]}")
        return suite

    def _keep(self, kept: Path, archive: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as scratch:
            unpacked = Path(scratch) / "suite"
            unpack_archive(archive).write_to(unpacked)
            try:
                os.rename(unpacked, kept)
            except OSError:
                if not kept.is_dir():  # else another process of this worker was faster
                    raise
