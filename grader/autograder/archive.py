"""The autograder's archive: a suite, the engine, and the file systems of its boxes with their Python, so that nothing is fetched.

    setup.sh, run_autograder    what Gradescope calls (`grader/autograder/scripts`)
    roots.tar.gz                the candidate's and the judge's file systems, as this machine's boxes have them
    engine.tar.gz               this package and the system-call filters, compiled
    suite.tar, autograder.json  the suite, and which it is and what its seeds are drawn from

What stands in roots.tar.gz is made once for each version of the roots and kept beside them: that takes a while, and all but
autograder.json is the same for whoever uses a suite (`write_parts`, `write_identity`). The archive is for machines of
this one's kind (x86_64, as Gradescope's are). Side: worker. Source: Gradescope autograder documentation, "Specifications".
"""

import gzip
import itertools
import json
import os
import secrets
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
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
TOLD_EACH = 100  # files


@dataclass(frozen=True, slots=True)
class PackedSuite:
    """A suite as the service and `pack_suite` have it."""

    name: str
    digest: str
    archive: bytes


#: Is told how many of how many files are packed.
Packed = Callable[[int, int], object]


def write_autograder(target: IO[bytes], suite: PackedSuite, roots: Roots, packed: Packed | None = None) -> None:
    """Write the whole archive of a suite's autograder, with a fresh key; raises what `write_parts` does."""
    write_parts(target, suite, roots, packed)
    write_identity(target, suite.name, suite.digest, secrets.token_hex(16))


def write_identity(target: IO[bytes], name: str, digest: str, key: str) -> None:
    """Add to an archive of `write_parts` which suite it holds, and the key that seeds are drawn from, beside tree and suite."""
    if not target.readable():
        raise ValueError(
            "what is added to must be open for reading, too: a second archive would stand behind the first"
        )
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("autograder.json", 0o600), json.dumps({"suite": name, "digest": digest, "key": key}))


def write_parts(target: IO[bytes], suite: PackedSuite, roots: Roots, packed: Packed | None = None) -> None:
    """Write the archive of a suite's autograder, all but its identity, into a file that can be read as well.

    Raises SandboxUnavailable, without libseccomp, and SuiteError for a suite that brings packages, since nothing is installed in
    Gradescope's container.
    """
    if f"{suite.name}/{LOCK}" in unpack_archive(suite.archive).paths:
        raise SuiteError(
            f"{suite.name} brings packages of its own ({LOCK}), and nothing is installed in Gradescope's container: have it graded "
            "here, or do without them"
        )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            archive.writestr(_entry(name, 0o755), (SCRIPTS / name).read_bytes())
        archive.writestr(_entry("suite.tar", 0o600), suite.archive)
        archive.writestr(_entry("engine.tar.gz", 0o600, zipfile.ZIP_STORED), _engine())
        with (
            packed_roots(roots, packed) as source,
            archive.open(_entry(ROOTS_NAME, 0o600, zipfile.ZIP_STORED), "w") as stored,
        ):
            while piece := source.read(COPY_BYTES):
                stored.write(piece)


def packed_roots(roots: Roots, told: Packed | None = None) -> IO[bytes]:
    """Return the file systems as one open file, which is made once and put in its place whole, unless it came so (`prepare`).

    Where nothing can be put, as beside the file systems of a worker's image, it is made for this once.
    """
    folder = roots.candidate.parent
    packed = folder / ROOTS_NAME
    if not packed.is_file():
        parts = [(folder / name, f"roots/{name}") for name in ("candidate", "judge", "stamp.json")]
        total = sum(1 + sum(1 for _ in part.rglob("*")) for part, _ in parts) if told else 0
        try:
            unfinished = tempfile.NamedTemporaryFile(dir=folder, delete=False)  # noqa: SIM115 - closed below
        except OSError:
            once = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
            _pack(once, parts, told, total)
            once.seek(0)
            return once
        with unfinished:
            _pack(unfinished, parts, told, total)
        os.chmod(unfinished.name, 0o644)
        os.replace(unfinished.name, packed)
    return packed.open("rb")


def prepare(folder: Path, roots: Roots) -> None:
    """Make what every archive has of boxes beforehand: their file systems, packed, and their filters, compiled.

    An image that has the two folders, `roots` under the name that ASSAY_BUILT_ROOTS gives and `docker` in the project's own,
    packs archives without libseccomp and without being able to start a box. Raises SandboxUnavailable without libseccomp.
    """
    packed = folder / "roots"
    packed.mkdir(parents=True)
    shutil.copy(roots.candidate.parent / "stamp.json", packed)
    with packed_roots(roots) as source, (packed / ROOTS_NAME).open("wb") as target:
        shutil.copyfileobj(source, target, COPY_BYTES)
    (folder / "docker").mkdir()
    _write_filters(folder / "docker")


def _engine() -> bytes:
    """Return our own package and the filters of its boxes."""
    files = [(path, f"engine/grader/{path.relative_to(ENGINE)}") for path in sorted(ENGINE.rglob("*.py"))]
    packed = BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        _write_filters(Path(folder))
        filters = [(path, f"engine/docker/{path.name}") for path in sorted(Path(folder).iterdir())]
        _pack(packed, [*files, *filters])
    return packed.getvalue()


def _write_filters(folder: Path) -> None:
    """Put the profile of system calls into a folder, and beside it what is compiled of it for each kind of box."""
    text = seccomp.PROFILE.read_text(encoding="utf-8")
    (folder / seccomp.PROFILE.name).write_text(text, encoding="utf-8")
    for refused in {(), seccomp.UNCOUNTED, *REFUSED.values()}:
        (folder / seccomp.compiled_name(text, refused)).write_bytes(seccomp.compile_profile(seccomp.PROFILE, refused))


def _pack(target: IO[bytes], paths: Iterable[tuple[Path, str]], told: Packed | None = None, total: int = 0) -> None:
    """Write files and folders as a compressed tar: owned by root, without times, links as links."""
    count = itertools.count(1)

    def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        done = next(count)
        if told is not None and done % TOLD_EACH == 0:
            told(done, total)
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
