"""Stage a folder of this machine without following a link or waiting for a pipe. Side: worker.

Every component is opened relative to its parent's descriptor with O_NOFOLLOW and judged by fstat on the descriptor
that is then read, so that nothing can be exchanged between check and use. Walking needs no recursion. The folder
itself is only read.
"""

import os
import stat
from collections.abc import Iterator

from grader.errors import SourceError
from grader.source.limits import SourceLimits, show_bytes
from grader.source.names import escape_name
from grader.source.selection import DROPPED_KINDS, ENVIRONMENT_MARK, Kind, ListedFile, finish, folder_reason, select
from grader.source.tree import Tree

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
READ_BYTES = 1024 * 1024
CHANGED = "The {} '{}' changed while it was being read; save everything, then hand in again."


def stage_folder(path: str | os.PathLike[str], limits: SourceLimits | None = None) -> Tree:
    """Return the folder's canonical tree; raises SourceError if it is none, or cannot be staged."""
    limits = limits or SourceLimits()
    try:
        root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else "is not a folder that can be read"
        raise SourceError(f"The folder '{escape_name(os.fspath(path))}' {reason}.") from None
    try:
        selection = select(_walk(root, limits), limits)
        contents: dict[str, bytes] = {}
        for name, entry in selection.kept.items():
            try:
                contents[name] = _read(root, entry)
            except PermissionError:
                selection.dropped[name] = DROPPED_KINDS[Kind.UNREADABLE]
        return finish(contents, selection.dropped, limits)
    finally:
        os.close(root)


def stage_file(path: str | os.PathLike[str], limits: SourceLimits | None = None) -> Tree:
    """Return the canonical tree of a single file; raises SourceError if it cannot be staged."""
    limits = limits or SourceLimits()
    data = read_file(path, limits.total_bytes)
    name = os.path.basename(os.fsencode(path))
    selection = select([ListedFile(name, Kind.FILE, len(data))], limits)
    return finish(dict.fromkeys(selection.kept, data), selection.dropped, limits)


def _walk(root: int, limits: SourceLimits) -> Iterator[ListedFile]:
    """List everything below `root`, folder by folder; folders that are left out anyway are named, not entered."""
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        start = folder + b"/" if folder else b""
        if folder_reason(folder.rpartition(b"/")[2]):
            yield ListedFile(folder, Kind.FOLDER)
            continue
        if start.count(b"/") > limits.depth:
            shown = escape_name(folder)
            raise SourceError(f"The folder '{shown}' lies too deep; at most {limits.depth} levels are allowed.")
        try:
            rows = _list_folder(root, folder, limits)
        except PermissionError:
            yield ListedFile(folder or b"submission", Kind.UNREADABLE)
            continue
        if folder:
            yield ListedFile(folder, Kind.FOLDER)
        for name, kind, size in rows:
            if kind is Kind.FOLDER:
                waiting.append(start + name)
            else:
                yield ListedFile(start + name, kind, size)


def _list_folder(root: int, folder: bytes, limits: SourceLimits) -> list[tuple[bytes, Kind, int]]:
    """Return name, kind and size of what a folder holds, sorted; of a virtual environment, only what marks it."""
    rows = []
    descriptor = _open(root, folder, OPEN_FOLDER)
    try:
        with os.scandir(descriptor) as listing:
            for item in listing:
                status = item.stat(follow_symlinks=False)
                rows.append((os.fsencode(item.name), _kind(status), status.st_size))
                if len(rows) > limits.entry_count:
                    break  # `select` refuses the submission when it has counted them
    except FileNotFoundError:
        raise SourceError(CHANGED.format("folder", escape_name(folder))) from None
    finally:
        os.close(descriptor)
    marks = [row for row in rows if row[0] == ENVIRONMENT_MARK]
    return marks if marks and folder else sorted(rows)


def _kind(status: os.stat_result) -> Kind:
    if stat.S_ISDIR(status.st_mode):
        return Kind.FOLDER
    if stat.S_ISLNK(status.st_mode):
        return Kind.LINK
    if stat.S_ISREG(status.st_mode):
        return Kind.FILE if status.st_nlink <= 1 else Kind.HARD_LINK
    return Kind.SPECIAL


def _open(root: int, path: bytes, flags: int) -> int:
    """Open what `path` names below `root`, one component at a time, none of them a link; an empty path is `root`."""
    current = os.dup(root)
    parts = path.split(b"/") if path else []
    try:
        for index, name in enumerate(parts):
            following = os.open(name, flags if index == len(parts) - 1 else OPEN_FOLDER, dir_fd=current)
            os.close(current)
            current = following
    except OSError as error:
        os.close(current)
        if isinstance(error, PermissionError):
            raise
        raise SourceError(CHANGED.format("entry", escape_name(path))) from None
    return current


def _read(root: int, entry: ListedFile) -> bytes:
    """Return the bytes of a kept file, if it is still the ordinary file of the listed size."""
    data = _read_descriptor(_open(root, entry.path, OPEN_FILE), entry.size + 1, Kind.FILE)
    if data is None or len(data) != entry.size:
        raise SourceError(CHANGED.format("file", escape_name(entry.path)))
    return data


def _read_descriptor(descriptor: int, limit_bytes: int, *kinds: Kind) -> bytes | None:
    """Return up to `limit_bytes` of what a descriptor holds, None if it is of none of the kinds; closes it."""
    try:
        if _kind(os.fstat(descriptor)) not in kinds:
            return None
        pieces = []
        while limit_bytes > 0 and (piece := os.read(descriptor, min(limit_bytes, READ_BYTES))):
            pieces.append(piece)
            limit_bytes -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def read_file(path: str | os.PathLike[str], limit_bytes: int) -> bytes:
    """Return an ordinary file's bytes; raises SourceError if it is none, or holds more than `limit_bytes`."""
    shown = escape_name(os.fspath(path))
    try:
        descriptor = os.open(path, OPEN_FILE & ~os.O_NOFOLLOW)
    except (OSError, ValueError):
        raise SourceError(f"The file '{shown}' cannot be opened.") from None
    data = _read_descriptor(descriptor, limit_bytes + 1, Kind.FILE, Kind.HARD_LINK)
    if data is None:
        raise SourceError(f"'{shown}' is not an ordinary file.")
    if len(data) > limit_bytes:
        raise SourceError(f"The file '{shown}' is larger than {show_bytes(limit_bytes)}.")
    return data
