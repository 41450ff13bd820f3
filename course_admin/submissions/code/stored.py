"""The tree of an attempt from the store of archives, and a file's lines as Python counts them.

An archive that is larger than whoever asks bears, gone or not ours is no tree; the page stands without it.
"""

import re

from django.conf import settings

from course_admin.submissions.models import Attempt
from grader.errors import GraderError
from grader.source import Tree, unpack_archive
from grader.transport.archives import FolderArchives

_LINE_END = re.compile("\r\n|\r|\n")


def tree_of(attempt: Attempt, most_bytes: int) -> Tree | None:
    """Return what was graded; None if there is nothing that can be shown of at most so many bytes."""
    if not attempt.archive_sha256 or not 0 < attempt.archive_bytes <= most_bytes:
        return None
    try:
        return unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(attempt.archive_sha256))
    except GraderError:
        return None


def lines_of(text: str) -> list[str]:
    """Return a text's lines by the numbers that tracebacks use: a carriage return alone ends a line, a form feed does not."""
    return _LINE_END.split(text)
