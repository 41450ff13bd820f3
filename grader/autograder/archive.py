"""The autograder's archive: a suite, the engine, and the file systems of its boxes with their Python, so that nothing is fetched.

    setup.sh, run_autograder    what Gradescope calls (`grader/autograder/scripts`)
    roots.tar.gz                the candidate's and the judge's file systems, as this machine's boxes have them
    engine.tar.gz               this package and the system-call filters, compiled
    suite.tar, autograder.json  the suite, and which it is

What stands in roots.tar.gz is made once for each version of the roots and kept beside them. The archive is for machines of
this one's kind (x86_64, as Gradescope's are). Side: worker. Source: Gradescope autograder documentation, "Specifications".
"""

import gzip
import json
import os
import secrets
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from grader.errors import SuiteError
from grader.sandbox import seccomp
from grader.sandbox.rootfs.locate import Roots
from grader.sandbox.separate_user.engine import REFUSED
from grader.source import unpack_archive
from grader.suite.packages.requirements import LOCK

ENGINE = Path(__file__).resolve().parents[1]
SCRIPTS = Path(__file__).with_name("scripts")
ROOTS_NAME = "roots.tar.gz"
DATE = (1980, 1, 1, 0, 0, 0)  # the same archive for the same content
COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PackedSuite:
    """A suite as the service and `pack_suite` have it."""

    name: str
    digest: str
    archive: bytes


def write_autograder(target: IO[bytes], suite: PackedSuite, roots: Roots, key: str = "") -> None:
    """Write the archive of a suite's autograder.

    key: what seeds are drawn from, beside tree and suite; a fresh one by default. Raises SandboxUnavailable, without libseccomp,
    and SuiteError for a suite that brings packages, since nothing is installed in Gradescope's container.
    """
    if f"{suite.name}/{LOCK}" in unpack_archive(suite.archive).paths:
        raise SuiteError(
            f"{suite.name} brings packages of its own ({LOCK}), and nothing is installed in Gradescope's container: have it graded "
            "here, or do without them"
        )
    told = {"suite": suite.name, "digest": suite.digest, "key": key or secrets.token_hex(16)}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            archive.writestr(_entry(name, 0o755), (SCRIPTS / name).read_bytes())
        archive.writestr(_entry("autograder.json", 0o600), json.dumps(told))
        archive.writestr(_entry("suite.tar", 0o600), suite.archive)
        archive.writestr(_entry("engine.tar.gz", 0o600, zipfile.ZIP_STORED), _engine())
        with (
            packed_roots(roots).open("rb") as source,
            archive.open(_entry(ROOTS_NAME, 0o600, zipfile.ZIP_STORED), "w") as packed,
        ):
            while piece := source.read(COPY_BYTES):
                packed.write(piece)


def packed_roots(roots: Roots) -> Path:
    """Return the file systems as one file, which is made once and put in its place whole."""
    folder = roots.candidate.parent
    packed = folder / ROOTS_NAME
    if not packed.is_file():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as unfinished:
            _pack(unfinished, [(folder / name, f"roots/{name}") for name in ("candidate", "judge", "stamp.json")])
        os.chmod(unfinished.name, 0o644)
        os.replace(unfinished.name, packed)
    return packed


def _engine() -> bytes:
    """Return our own package and the filters of its boxes."""
    files = [(path, f"engine/grader/{path.relative_to(ENGINE)}") for path in sorted(ENGINE.rglob("*.py"))]
    packed = BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        text = seccomp.PROFILE.read_text(encoding="utf-8")
        for refused in {(), seccomp.UNCOUNTED, *REFUSED.values()}:
            path = Path(folder) / seccomp.compiled_name(text, refused)
            path.write_bytes(seccomp.compile_profile(refused=refused))
        filters = [(path, f"engine/docker/{path.name}") for path in sorted(Path(folder).iterdir())]
        _pack(packed, [*files, (seccomp.PROFILE, f"engine/docker/{seccomp.PROFILE.name}"), *filters])
    return packed.getvalue()


def _pack(target: IO[bytes], paths: Iterable[tuple[Path, str]]) -> None:
    """Write files and folders as a compressed tar: owned by root, without times, links as links."""

    def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        return entry

    with (
        gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0, filename="") as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        for path, name in paths:
            tar.add(path, name, filter=anonymous)


def _entry(name: str, mode: int, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.create_system, entry.external_attr, entry.compress_type = 3, mode << 16, compression  # Unix
    return entry
