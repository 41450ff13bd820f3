"""Everything that one recorded run was made of, in one file: its result, the submission, the suite. Side: any.

The service writes it, beside its database, and runs nothing; `python -m grader replay FILE` judges it again wherever there is a
sandbox. The file is a plain zip of three members, each bounded; the archives in it are read as strictly as a worker's.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.errors import UsageError
from grader.result import ResultError, RunResult
from grader.source import Tree, unpack_archive
from grader.suite.bundle import KeptSuites
from grader.suite.manifest import Suite

RESULT, SUBMISSION, SUITE = "result.json", "submission.tar", "suite.tar"
MEMBER_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class ReplayBundle:
    """A recorded result, and the archives of what it was made from."""

    result: RunResult
    submission: bytes
    suite: bytes

    def write(self, path: Path) -> None:
        """Write the bundle as one file."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(RESULT, self.result.to_json(indent=1))
            file.writestr(SUBMISSION, self.submission)
            file.writestr(SUITE, self.suite)

    @classmethod
    def read(cls, path: Path) -> "ReplayBundle":
        """Read a bundle; raises UsageError for a file that is none."""
        try:
            with zipfile.ZipFile(path) as file:
                if sorted(file.namelist()) != sorted((RESULT, SUBMISSION, SUITE)):
                    raise UsageError(f"{path} is no bundle of a run: it holds other files")
                result, submission, suite = (_member(file, name) for name in (RESULT, SUBMISSION, SUITE))
            return cls(RunResult.from_json(result.decode("utf-8")), submission, suite)
        except (OSError, zipfile.BadZipFile, UnicodeDecodeError, ResultError) as problem:
            raise UsageError(f"{path} is no bundle of a run: {problem}") from None

    def tree(self) -> Tree:
        """Return the submission; raises SourceError if its archive is damaged."""
        return unpack_archive(self.submission)

    @contextmanager
    def unpacked_suite(self) -> Iterator[Suite]:
        """Yield the suite, unpacked for the time being; raises SuiteError or Fault if it is not the one of the result."""
        digest = str(self.result.provenance.get("suite_digest", ""))
        with TemporaryDirectory(prefix="assay-replay-") as folder:
            sha256 = hashlib.sha256(self.suite).hexdigest()
            yield KeptSuites(Path(folder)).load(self.result.suite, digest, sha256, lambda: self.suite)


def _member(file: zipfile.ZipFile, name: str) -> bytes:
    """Return one member, however much it says that it holds."""
    with file.open(name) as stream:
        data = stream.read(MEMBER_BYTES + 1)
    if len(data) > MEMBER_BYTES:
        raise UsageError(f"{name} of the bundle is larger than {MEMBER_BYTES} bytes")
    return data
