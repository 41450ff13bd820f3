"""Stage an uploaded archive: tar, tar.gz, tar.bz2 or zip, told apart by content and not by name. Side: worker.

Nothing is extracted to disk: entries are listed, judged as a whole, and the kept ones read into memory under the same
limits as every other front door. Any odd entry refuses the archive. An archive inside the archive is not opened.
"""

import os

from grader.errors import SourceError
from grader.source.archive.tars import list_tar, looks_like_tar, read_tar
from grader.source.archive.zips import list_zip, looks_like_zip, read_zip
from grader.source.folder import read_file
from grader.source.limits import SourceLimits, show_bytes
from grader.source.names import escape_name
from grader.source.selection import finish, select
from grader.source.tree import Tree


def stage_archive(
    source: bytes | str | os.PathLike[str], name: str = "upload", limits: SourceLimits | None = None
) -> Tree:
    """Return the canonical tree of an archive given as bytes or as a path.

    name: what the student called the upload, for messages only. Raises SourceError if it is not an archive of a known
    kind, or cannot be staged.
    """
    limits = limits or SourceLimits()
    data = source if isinstance(source, bytes) else read_file(source, limits.archive_bytes)
    shown = escape_name(name)
    if len(data) > limits.archive_bytes:
        raise SourceError(f"The upload '{shown}' is larger than {show_bytes(limits.archive_bytes)}.")
    if looks_like_zip(data):
        selection = select(list_zip(data, limits), limits)
        contents = read_zip(data, selection.kept, limits)
    elif looks_like_tar(data, limits):
        entries, plain = list_tar(data, limits)
        selection = select(entries, limits)
        contents = read_tar(plain, selection.kept)
    else:
        raise SourceError(f"The upload '{shown}' is not a zip, tar, tar.gz or tar.bz2 archive, or it is damaged.")
    return finish(contents, selection.dropped, limits)
