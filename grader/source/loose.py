"""Stage what somebody chose in a browser or hands over by a program: one archive, or some files without one. Side: worker.

Loose files come without folders. One that is named like a file which the suite asks for is put where that belongs, so that
`tensor.py` alone is `tinytorch/core/tensor.py`; notebooks name their module themselves.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from grader.errors import SourceError
from grader.source.archive.tars import looks_like_tar
from grader.source.archive.upload import stage_archive
from grader.source.archive.zips import looks_like_zip
from grader.source.limits import SourceLimits, show_bytes
from grader.source.names import escape_name, fold
from grader.source.selection import Kind, ListedFile, finish, select
from grader.source.tree import Tree

_COPY = re.compile(r"(?: ?\(\d{1,3}\)| -? ?(?:copy|kopie|copie|copia)(?: ?\(?\d{1,3}\)?)?)$", re.IGNORECASE)
ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2")
NOTHING = (
    "Nothing of what you chose can be graded: choose a zip or tar archive of your folder, or .py and .ipynb files."
)


def place_files(names: Iterable[str], required: Iterable[str]) -> dict[str, str]:
    """Return where loose files belong: name -> path, for those that are named like exactly one required file elsewhere.

    What a browser or a desktop adds to the name of a second copy is no part of it, where one copy alone was chosen, and neither
    is upper or lower case: who sends a file alone names it as their computer lets them. Raises SourceError for two such files, one
    of which is called as the suite asks.
    """
    given, wanted = set(names), list(required)
    last = {path: path.rpartition("/")[2] for path in wanted}
    alone = {path: name for path, name in last.items() if list(last.values()).count(name) == 1 and path not in given}
    homes = {name: path for path, name in alone.items() if name in given}
    for name in homes:
        rivals = sorted(each for each in given if fold(each) == fold(name))
        if len(rivals) > 1:
            both = " and ".join(f"'{escape_name(each)}'" for each in rivals[:2])
            raise SourceError(f"{both} differ only in case or accents' encoding: choose the one that is to be graded.")
    for path, name in alone.items():
        copies = [each for each in given if name not in given and _meant_by(each).casefold() == name.casefold()]
        if len(copies) == 1:
            homes[copies[0]] = path
    return homes


def _meant_by(name: str) -> str:
    """Return a file's name without what was added to it: `tensor (1).py` and `tensor.py.txt` are `tensor.py`."""
    stem, dot, ending = name.removesuffix(".txt").rpartition(".")
    return f"{_COPY.sub('', stem)}{dot}{ending}" if dot else name


def stage_upload(files: Sequence[tuple[str, bytes]], limits: SourceLimits | None = None) -> Tree:
    """Return the canonical tree of an upload: names and bytes. Raises SourceError.

    A single archive is unpacked; beside other files an archive is left out as it is in a folder.
    """
    limits = limits or SourceLimits()
    size = sum(len(data) for _, data in files)
    if size > limits.archive_bytes:
        raise SourceError(f"The upload is larger than {show_bytes(limits.archive_bytes)}.")
    tree = (
        stage_archive(files[0][1], files[0][0], limits) if _is_archive(files, limits) else _stage_loose(files, limits)
    )
    if not tree.files:
        raise SourceError(" ".join([NOTHING, *tree.notes()]))
    return tree


def _is_archive(files: Sequence[tuple[str, bytes]], limits: SourceLimits) -> bool:
    if len(files) != 1:
        return False
    name, data = files[0]
    return looks_like_zip(data) or name.lower().endswith(ARCHIVE_ENDINGS) or looks_like_tar(data, limits)


def _stage_loose(files: Collection[tuple[str, bytes]], limits: SourceLimits) -> Tree:
    entries = [ListedFile(name.encode("utf-8", "surrogateescape"), Kind.FILE, len(data), data) for name, data in files]
    selection = select(entries, limits)
    return finish({path: entry.handle for path, entry in selection.kept.items()}, selection.dropped, limits)
