"""What of a submission is staged, what is left out with a note, and what refuses it. Side: worker.

Every front door first lists what it holds as `ListedFile` rows, lets `select` decide on names, kinds and declared sizes
alone, and only then reads the files that were kept. `finish` looks at contents last and builds the tree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from grader.errors import SourceError
from grader.source.limits import SourceLimits, show_bytes
from grader.source.names import RIVAL, NameRegister, check_path, escape_name, folders_above, odd_name, settle_order
from grader.source.notebooks.outputs import drop_outputs
from grader.source.notebooks.problem import NotebookProblem
from grader.source.tree import Dropped, Tree

DROPPED_LISTED = 1_000
RIVALS_LISTED = 100  # names beside others that differ in case alone: each pair is a note of its own

# Folder names, in lower case, whose whole content is left out.
DROPPED_FOLDERS = {
    ".git": "version control data is not graded",
    ".hg": "version control data is not graded",
    ".svn": "version control data is not graded",
    "__pycache__": "compiled code is not graded, only sources",
    "venv": "a virtual environment is not part of the work",
    ".venv": "a virtual environment is not part of the work",
    "virtualenv": "a virtual environment is not part of the work",
    "site-packages": "installed packages are not part of the work",
    "dist-packages": "installed packages are not part of the work",
    "node_modules": "installed packages are not part of the work",
    ".eggs": "installed packages are not part of the work",
    ".tox": "a tool's cache is not part of the work",
    ".nox": "a tool's cache is not part of the work",
    ".mypy_cache": "a tool's cache is not part of the work",
    ".pytest_cache": "a tool's cache is not part of the work",
    ".ruff_cache": "a tool's cache is not part of the work",
    ".ipynb_checkpoints": "a tool's cache is not part of the work",
    "__macosx": "an operating system's bookkeeping is not part of the work",
}
# File name endings, in lower case.
DROPPED_ENDINGS = {
    ".pyc": "compiled code is not graded, only sources",
    ".pyo": "compiled code is not graded, only sources",
    ".so": "compiled code is not graded, only sources",
    ".pyd": "compiled code is not graded, only sources",
    ".dll": "compiled code is not graded, only sources",
    ".dylib": "compiled code is not graded, only sources",
    ".a": "compiled code is not graded, only sources",
    ".o": "compiled code is not graded, only sources",
    ".pth": "files that change Python's start-up are not used",
    ".egg-link": "files that change Python's start-up are not used",
    "pyvenv.cfg": "files that change Python's start-up are not used",
    ".zip": "archives inside a submission are not opened",
    ".whl": "archives inside a submission are not opened",
    ".egg": "archives inside a submission are not opened",
    ".pyz": "archives inside a submission are not opened",
    ".pyzw": "archives inside a submission are not opened",
    ".tar": "archives inside a submission are not opened",
    ".tgz": "archives inside a submission are not opened",
    ".gz": "archives inside a submission are not opened",
    ".bz2": "archives inside a submission are not opened",
    ".xz": "archives inside a submission are not opened",
    ".7z": "archives inside a submission are not opened",
    ".rar": "archives inside a submission are not opened",
    ".ds_store": "an operating system's bookkeeping is not part of the work",
}
DROPPED_STARTS = {"._": "an operating system's bookkeeping is not part of the work"}
ENVIRONMENT_MARK = b"pyvenv.cfg"
ENVIRONMENT_REASON = DROPPED_FOLDERS["venv"]
NOTEBOOK_ENDING = b".ipynb"
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
LFS_REASON = "a Git LFS pointer stands in for a file that is not fetched"


class Kind(Enum):
    """What an entry of a folder, an archive or a commit is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    HARD_LINK = "hard link"
    SUBMODULE = "submodule"
    SPECIAL = "special file"
    UNREADABLE = "unreadable"


DROPPED_KINDS = {
    Kind.LINK: "links are not followed; hand in the file itself",
    Kind.HARD_LINK: "files that have a second name elsewhere (hard links) are not followed; hand in a copy",
    Kind.SUBMODULE: "submodules are not fetched; add the files themselves",
    Kind.SPECIAL: "only ordinary files are staged, not pipes, sockets or devices",
    Kind.UNREADABLE: "its permissions do not let the grader read it",
}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One thing that a submission lists; `handle` is how its front door finds it again."""

    path: bytes
    kind: Kind
    size: int = 0
    handle: Any = None


@dataclass(slots=True)
class Selection:
    """The outcome of `select`: entries to read, by path, and what is left out."""

    kept: dict[str, ListedFile] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)  # escaped path -> reason


def folder_reason(name: bytes) -> str:
    """Return why a folder of this name is left out, or an empty string."""
    return DROPPED_FOLDERS.get(name.decode("utf-8", "replace").casefold(), "")


def file_reason(name: bytes) -> str:
    """Return why a file of this name is left out, or an empty string."""
    text = name.decode("utf-8", "replace").casefold()
    reasons = [reason for ending, reason in DROPPED_ENDINGS.items() if text.endswith(ending)]
    reasons += [reason for start, reason in DROPPED_STARTS.items() if text.startswith(start)]
    return reasons[0] if reasons else ""


def is_notebook(path: bytes) -> bool:
    """Say whether a file is a notebook, whose outputs do not count."""
    return path.endswith(NOTEBOOK_ENDING)


def select(entries: Iterable[ListedFile], limits: SourceLimits) -> Selection:
    """Decide on every entry by name, kind and declared size; raises SourceError if the whole cannot be staged."""
    listed = _list_once(entries, limits)
    environments = {path.removesuffix(ENVIRONMENT_MARK) for path in listed if path.endswith(b"/" + ENVIRONMENT_MARK)}
    selection, register, total_bytes, notebooks_bytes = Selection(), NameRegister(), 0, 0
    files: dict[str, ListedFile] = {}
    for entry in listed.values():
        place, reason = _drop(entry, environments, limits)
        if reason:
            selection.dropped.setdefault(escape_name(place), reason)
        elif entry.kind is Kind.FILE:
            files[entry.path.decode("utf-8")] = entry
    for path in sorted(files, key=settle_order):
        entry, rival = files[path], register.rival_of(path)
        if rival:
            _leave_out(selection, path, rival)
        else:
            register.add(path)
            selection.kept[path] = entry
            if is_notebook(entry.path):
                notebooks_bytes += entry.size
            else:
                total_bytes += entry.size
            _check_totals(len(selection.kept), total_bytes, limits)
            if notebooks_bytes > limits.notebooks_bytes:
                raise SourceError(
                    f"The notebooks are larger than {show_bytes(limits.notebooks_bytes)} together; clear their outputs."
                )
    return selection


def _leave_out(selection: Selection, path: str, rival: str) -> None:
    """Note that a file is left out for its name; raises SourceError where a note would not say it in full."""
    reason = f"{RIVAL} '{escape_name(rival)}'"
    others = sum(each.startswith(RIVAL) for each in selection.dropped.values())
    if others >= RIVALS_LISTED or escape_name(path) != path:
        raise SourceError(f"The submission holds '{escape_name(path)}', and {reason}; rename one of them.")
    selection.dropped[path] = reason


def _list_once(entries: Iterable[ListedFile], limits: SourceLimits) -> dict[bytes, ListedFile]:
    """Return the entries by path; doubled names, and names below a file, refuse the submission."""
    listed: dict[bytes, ListedFile] = {}
    for entry in entries:
        check_path(entry.path)
        known = listed.get(entry.path, entry)
        if known is not entry and (known.kind is not Kind.FOLDER or entry.kind is not Kind.FOLDER):
            raise SourceError(f"The submission holds '{escape_name(entry.path)}' twice; keep one of them.")
        listed[entry.path] = entry
        if len(listed) > limits.entry_count:
            raise SourceError(
                f"The submission holds more than {limits.entry_count} files and folders; hand in your sources only."
            )
    closed = {path for path, entry in listed.items() if entry.kind is not Kind.FOLDER}
    for path in listed:
        for folder in folders_above(path):
            if folder in closed:
                shown = escape_name(folder)
                raise SourceError(f"The submission holds '{shown}' both as a folder and as something else; keep one.")
    return listed


def _drop(entry: ListedFile, environments: set[bytes], limits: SourceLimits) -> tuple[bytes, str]:
    """Return what to name in the note, and the reason; an empty reason keeps the entry."""
    inner = entry.path + b"/" if entry.kind is Kind.FOLDER else entry.path
    for folder in folders_above(inner):
        place = folder + b"/"
        reason = ENVIRONMENT_REASON if place in environments else folder_reason(folder.rpartition(b"/")[2])
        if reason:
            return place, reason
    if entry.kind in DROPPED_KINDS:
        return entry.path, DROPPED_KINDS[entry.kind]
    if entry.kind is Kind.FILE:
        limit_bytes = limits.notebook_bytes if is_notebook(entry.path) else limits.file_bytes
        too_large = f"larger than {show_bytes(limit_bytes)}" if entry.size > limit_bytes else ""
        return entry.path, file_reason(entry.path.rpartition(b"/")[2]) or odd_name(entry.path, limits) or too_large
    return entry.path, ""


def _check_totals(file_count: int, total_bytes: int, limits: SourceLimits) -> None:
    if file_count > limits.file_count:
        raise SourceError(f"The submission holds more than {limits.file_count} files; hand in your sources only.")
    if total_bytes > limits.total_bytes:
        raise SourceError(
            f"The submission is larger than {show_bytes(limits.total_bytes)}; leave out data sets and other large files."
        )


def finish(contents: Mapping[str, bytes], dropped: Mapping[str, str], limits: SourceLimits) -> Tree:
    """Build the tree from what was read: notebooks without their outputs, and no files that only stand in for others."""
    kept, notes = {}, dict(dropped)
    for path, data in contents.items():
        if is_notebook(path.encode()):
            data, reason = _slim_notebook(data, limits)
        else:
            reason = LFS_REASON if data.startswith(LFS_POINTER) else ""
        if reason:
            notes[escape_name(path)] = reason
        else:
            kept[path] = data
    _check_totals(len(kept), sum(map(len, kept.values())), limits)
    in_order = sorted(
        notes.items(), key=lambda row: (not row[1].startswith(RIVAL), row)
    )  # those are looked at once more
    rows = [Dropped(path, reason) for path, reason in in_order]
    if len(rows) > DROPPED_LISTED:
        rows[DROPPED_LISTED:] = [Dropped("others", f"only the first {DROPPED_LISTED} names are listed")]
    return Tree.of(kept, rows, limits)


def _slim_notebook(data: bytes, limits: SourceLimits) -> tuple[bytes, str]:
    """Return a notebook without its outputs, and why it is left out all the same; what is none stays as it is."""
    if data.startswith(LFS_POINTER):
        return data, LFS_REASON
    try:
        data = drop_outputs(data)
    except NotebookProblem:  # its reader says what is wrong with it
        return data, f"larger than {show_bytes(limits.file_bytes)}" if len(data) > limits.file_bytes else ""
    is_too_large = len(data) > limits.file_bytes
    return data, f"larger than {show_bytes(limits.file_bytes)} even without its outputs" if is_too_large else ""
