"""The test's temporary folders here: what the test wrote is put there, what has changed is told. Side: candidate."""

import contextlib
import os
import stat
from typing import Any

State = dict[str, tuple[int, int] | None]  # by path: time of change in nanoseconds and bytes; None for a folder


class Files:
    """One test's folders, and what the judge knows of them."""

    def __init__(self) -> None:
        self.known: State = {}

    def files(self, folders: list[str], changed: dict[str, bytes], gone: list[str], working_folder: str | None) -> None:
        """Put there what the test has written, and work in the folder that it says."""
        for path in folders:
            os.makedirs(path, exist_ok=True)
            self._note(path)
        for path, content in changed.items():
            if os.path.dirname(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
            self._note(path)
        for path in gone:
            with contextlib.suppress(OSError):
                os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
            self.known.pop(path, None)
        if working_folder is not None:
            os.chdir(working_folder or "/tmp")

    def written(self, roots: list[str]) -> list[Any]:
        """Return the folders, the files with their contents, and what is gone, that the judge does not know of."""
        now: State = {}
        for root in roots:
            for folder, folders, files in os.walk(root):
                for path in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):
                    now.setdefault(path, _what(path))
            if not os.path.isdir(root):
                now[root] = _what(root)
        now = {path: what for path, what in now.items() if what != (-1, -1)}
        below = tuple(f"{root}/" for root in roots)
        gone = [path for path in self.known if path not in now and (path in roots or path.startswith(below))]
        changed = {path: _read(path) for path, what in now.items() if what is not None and what != self.known.get(path)}
        folders = [path for path, what in now.items() if what is None and path not in self.known]
        self.known = now
        return [folders, changed, gone]

    def _note(self, path: str) -> None:
        self.known[path] = _what(path)


def _what(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return (-1, -1)
    if stat.S_ISDIR(found.st_mode):
        return None
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else (-1, -1)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
