"""The student's own lines around a place that a traceback names, from the archive of what was graded.

An archive that is large, gone or not ours gives no lines, and the report stands without them.
"""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from course_admin.submissions.models import Attempt
from grader.errors import GraderError
from grader.sanitize import clean
from grader.source import unpack_archive
from grader.transport.archives import FolderArchives

AROUND = 2  # lines above and below
ARCHIVE_BYTES = 4 << 20  # of larger ones nothing is shown: a page is made within a moment
FILE_BYTES = 200_000
LINE_BYTES = 200


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a file."""

    number: int
    text: str
    is_hit: bool


class Sources:
    """The files of one attempt, read when the first line is asked for."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    @cached_property
    def files(self) -> dict[str, str]:
        """The text files by their paths."""
        if not self._attempt.archive_sha256 or not 0 < self._attempt.archive_bytes <= ARCHIVE_BYTES:
            return {}
        try:
            tree = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(self._attempt.archive_sha256))
        except GraderError:
            return {}
        return {
            file.path: file.data.decode("utf-8", "backslashreplace") for file in tree.files if file.size <= FILE_BYTES
        }

    def around(self, path: str, line: int) -> list[SourceLine]:
        """Return the lines around one; none if there is no such line."""
        found = self.path_of(path)
        text = self.files[found] if found else None
        lines = text.split("\n") if text is not None else []
        if not 1 <= line <= len(lines):
            return []
        first, last = max(line - AROUND, 1), min(line + AROUND, len(lines))
        return [
            SourceLine(number, clean(lines[number - 1], LINE_BYTES, 1), number == line)
            for number in range(first, last + 1)
        ]

    def path_of(self, path: str) -> str | None:
        """Return where in the tree a file lies, by its path as the sandbox saw it: from the package on."""
        if path in self.files:
            return path
        found = [name for name in self.files if name.endswith(f"/{path}")]
        return found[0] if len(found) == 1 else None
