"""A staged submission: sorted paths, their bytes and hashes, and one digest over all. Side: worker.

A `Tree` lives in memory and never changes, so that nothing can happen between check and use. Its paths have passed
`grader.source.names`; it holds regular files only. The digest covers paths and contents, not what was left out.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import SourceError, UsageError
from grader.source.limits import SourceLimits
from grader.source.names import NameRegister, check_path, decode_path

FILE_MODE = 0o644
FOLDER_MODE = 0o755
FIXED_TIME_NS = 315_532_800 * 10**9  # 1980-01-01: every staged file has the same age, and zip can hold it
NAMES_IN_NOTE = 3


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of a tree."""

    path: str  # relative, POSIX
    sha256: str
    size: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that was left out on purpose: its name, escaped for display, and why."""

    path: str
    reason: str  # a clause without a full stop


@dataclass(frozen=True, slots=True)
class Tree:
    """A submission in its canonical form; make one with `Tree.of` or a front door of this package."""

    files: tuple[TreeFile, ...]
    dropped: tuple[Dropped, ...]
    digest: str  # 64 hexadecimal digits

    @classmethod
    def of(
        cls, contents: Mapping[str, bytes], dropped: Iterable[Dropped] = (), limits: SourceLimits | None = None
    ) -> "Tree":
        """Build a tree from paths and bytes; raises SourceError if a path or the whole is not allowed."""
        limits = limits or SourceLimits()
        register = NameRegister()
        for path in contents:
            raw = path.encode("utf-8", "surrogateescape")
            check_path(raw)
            register.add(decode_path(raw, limits))
        if len(contents) > limits.file_count or sum(map(len, contents.values())) > limits.total_bytes:
            raise SourceError(
                f"The tree is too large: at most {limits.file_count} files and {limits.total_bytes} bytes are allowed."
            )
        return cls._of_checked(contents, dropped)

    @classmethod
    def over(cls, upper: Mapping[str, bytes], lower: Mapping[str, bytes]) -> "Tree":
        """Build a tree of all of `upper` and of what of `lower` can lie beside it; their sizes were checked before."""
        register = NameRegister()
        contents = dict(upper)
        for path in upper:
            register.add(path)
        for path in sorted(lower.keys() - upper.keys()):
            with contextlib.suppress(SourceError):
                register.add(path)
                contents[path] = lower[path]
        return cls._of_checked(contents, ())

    @classmethod
    def _of_checked(cls, contents: Mapping[str, bytes], dropped: Iterable[Dropped]) -> "Tree":
        files = tuple(
            TreeFile(path, hashlib.sha256(contents[path]).hexdigest(), len(contents[path]), contents[path])
            for path in sorted(contents, key=str.encode)
        )
        return cls(files, tuple(dropped), _digest(files))

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path, sorted by its UTF-8 bytes."""
        return tuple(file.path for file in self.files)

    @property
    def total_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size for file in self.files)

    def contents(self) -> dict[str, bytes]:
        """Return path -> bytes of every file."""
        return {file.path: file.data for file in self.files}

    def read(self, path: str) -> bytes:
        """Return one file's bytes; raises KeyError if the tree has no such file."""
        for file in self.files:
            if file.path == path:
                return file.data
        raise KeyError(path)

    def under(self, folder: str) -> "Tree":
        """Return the tree seen from one of its folders: only what lies below it, with shorter paths."""
        if not folder:
            return self
        start = f"{folder}/"
        inside = {file.path.removeprefix(start): file.data for file in self.files if file.path.startswith(start)}
        return Tree._of_checked(inside, self.dropped)

    def notes(self) -> tuple[str, ...]:
        """Return one sentence per reason for what was left out, each naming a few of the files."""
        by_reason: dict[str, list[str]] = {}
        for item in self.dropped:
            by_reason.setdefault(item.reason, []).append(item.path)
        return tuple(f"Left out ({reason}): {enumerate_names(paths)}." for reason, paths in by_reason.items())

    def write_to(self, destination: Path) -> None:
        """Write the tree as plain files into a folder that does not exist yet, or is empty.

        Files get mode 0644, folders 0755, everything the same time; no link is followed. If anything fails, what was
        written is removed. Raises UsageError if the folder holds anything.
        """
        is_new = not os.path.lexists(destination)
        if is_new:
            os.mkdir(destination)
        root = os.open(destination, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.listdir(root):
                raise UsageError(f"The folder {destination} is not empty; a tree is written to a fresh one.")
            try:
                _write_files(root, self.files)
            except BaseException:
                _empty_folder(root)
                if is_new:
                    os.rmdir(destination)
                raise
        finally:
            os.close(root)


def _digest(files: Iterable[TreeFile]) -> str:
    """Hash the canonical listing: a header, then hash, size and path of each file, one line each, sorted."""
    listing = hashlib.sha256(b"assay.tree/1\n")
    for file in files:
        listing.update(f"{file.sha256} {file.size} {file.path}\n".encode())
    return listing.hexdigest()


def enumerate_names(paths: list[str]) -> str:
    """Return names as one phrase: the first few, and how many more there are."""
    shown = ", ".join(paths[:NAMES_IN_NOTE])
    return f"{shown} and {len(paths) - NAMES_IN_NOTE} more" if len(paths) > NAMES_IN_NOTE else shown


def _write_files(root: int, files: Iterable[TreeFile]) -> None:
    """Write sorted files; paths below one folder stand together, so only the open folder's ancestors are held open."""
    open_folders: list[tuple[str, int]] = []
    try:
        for file in files:
            parent, _, name = file.path.rpartition("/")
            while open_folders and not f"{parent}/".startswith(f"{open_folders[-1][0]}/"):
                _close_folder(open_folders.pop()[1])
            _enter_folder(root, open_folders, parent)
            _write_file(open_folders[-1][1] if open_folders else root, name, file.data)
    finally:
        while open_folders:
            _close_folder(open_folders.pop()[1])
    _set_folder(root)


def _enter_folder(root: int, open_folders: list[tuple[str, int]], path: str) -> None:
    """Make and open what is missing between the innermost open folder and `path`."""
    held = open_folders[-1][0] if open_folders else ""
    for name in path.removeprefix(held).strip("/").split("/") if path != held else ():
        above = open_folders[-1][1] if open_folders else root
        held = f"{held}/{name}" if held else name
        os.mkdir(name, dir_fd=above)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        open_folders.append((held, os.open(name, flags, dir_fd=above)))


def _close_folder(folder: int) -> None:
    try:
        _set_folder(folder)
    finally:
        os.close(folder)


def _set_folder(folder: int) -> None:
    os.fchmod(folder, FOLDER_MODE)
    os.utime(folder, ns=(FIXED_TIME_NS, FIXED_TIME_NS))


def _write_file(folder: int, name: str, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, FILE_MODE, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), FILE_MODE)
        os.utime(file.fileno(), ns=(FIXED_TIME_NS, FIXED_TIME_NS))


def _empty_folder(root: int) -> None:
    for name in os.listdir(root):
        try:
            os.unlink(name, dir_fd=root)
        except IsADirectoryError:
            shutil.rmtree(name, dir_fd=root)
