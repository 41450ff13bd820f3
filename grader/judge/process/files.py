"""Files of a test's temporary folders, on both sides: what either writes, the other reads. Side: judge.

A folder counts once the test has made it (`tmp_path`, `tempfile`) or names it in a call. Before each request what has changed
in it is sent, after each reply what the student's code has changed is written, inside that folder and nowhere else. A file that
lies beside the tests is sent when a test names it in a call. Nothing is looked at in a test that has no such folder.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path, PosixPath
from typing import Any

from grader.judge.connection import Connection
from grader.judge.exceptions import RemoteMisuse, SuiteMisuse
from grader.judge.process.untrusted import watch
from grader.verdict import Verdict

MOST_FILES, MOST_BYTES = 1_000, 16 << 20
DATA_BYTES = 4 << 20  # of one file beside the tests
TOO_MUCH = f"Your code wrote more than {MOST_FILES} files, or more than {MOST_BYTES >> 20} MiB, into the test's folder."

State = dict[str, tuple[int, int] | None]  # by path: time of change in nanoseconds and bytes; None for a folder


class Files:
    """The files of one test, and what both sides last knew of them."""

    def __init__(self) -> None:
        self.roots: list[str] = []
        self.known: State = {}
        self.given: set[str] = set()  # of the suite's own
        self.is_written = False  # whether the student's code has written any
        self.folder = ""  # that the candidate works in, if the test has said so

    def add(self, path: str) -> None:
        """Keep a file or folder, and all that it holds, the same on both sides from now on."""
        path = os.path.realpath(path)
        if not self.has(path):
            self.roots.append(path)

    def has(self, path: str) -> bool:
        """Whether a file is kept the same on both sides."""
        return any(path == root or path.startswith(f"{root}/") for root in self.roots)

    def name(self, args: tuple[Any, ...]) -> list[str]:
        """Add what a call's arguments name below the temporary folder; return the suite's own files that they name."""
        data: list[str] = []
        for each in args:
            if type(each) is str:
                if each[:1] != "/" and each not in _beside:
                    continue
            elif type(each) is not PosixPath:
                continue
            start, text = f"{tempfile.gettempdir()}/", str(each)
            if text.startswith(start):
                folder = os.path.dirname(os.path.realpath(text))
                self.add(folder if f"{folder}/" != start else text)
            elif text in _beside and text not in self.given:
                data.append(text)
        return data

    def send(self, connection: Connection, data: list[str]) -> None:
        """Have the candidate know what has changed here, and what it is given of the suite's own."""
        now = _state(self.roots)
        changed = {path: _read(path) for path, what in now.items() if what is not None and what != self.known.get(path)}
        if len(now) > MOST_FILES or sum(map(len, changed.values())) > MOST_BYTES:
            kind = RemoteMisuse if self.is_written else SuiteMisuse
            sentence = (
                f"a test's folder holds more than {MOST_FILES} files, or more than {MOST_BYTES >> 20} MiB of them"
            )
            raise connection.refuse(kind(sentence))
        folders = [path for path, what in now.items() if what is None and path not in self.known]
        gone = sorted((path for path in self.known if path not in now), reverse=True)
        self.given.update(data)
        changed |= {name: _read(name) for name in data}
        folder = os.getcwd()
        is_moved = folder != self.folder and (bool(self.folder) or self.has(folder))
        if changed or folders or gone or is_moved:
            self.folder = folder if self.has(folder) else ""
            connection.own_request("files", folders, changed, gone, self.folder if is_moved else None)
        self.known = now

    def fetch(self, connection: Connection) -> None:
        """Write here what the student's code has written there."""
        answer = connection.own_request("written", self.roots)
        if type(answer) is not list or list(map(type, answer)) != [list, dict, list] or not self._is_inside(answer):
            raise connection.end(Verdict.FAILED, "Your code's process told of files that are none.")
        folders, changed, gone = answer
        if len(folders) + len(changed) > MOST_FILES or sum(map(len, changed.values())) > MOST_BYTES:
            raise connection.end(Verdict.OUTPUT_EXCEEDED, TOO_MUCH)
        if folders or changed or gone:
            self.is_written = True
            watch(connection, self.roots)
            for path in sorted(folders):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(path)
            for path, content in changed.items():
                _write(path, content)
            for path in sorted(gone, reverse=True):
                with contextlib.suppress(OSError):
                    os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
            self.known = _state(self.roots)

    def _is_inside(self, answer: list[Any]) -> bool:
        """Whether all paths lie in the test's folders, by no link, and all contents are bytes."""
        folders, changed, gone = answer
        paths = [*folders, *changed, *gone]
        made = set(folders)
        return all(type(content) is bytes for content in changed.values()) and all(
            type(path) is str
            and "\0" not in path
            and os.path.normpath(path) == path
            and self.has(path)
            and (os.path.dirname(path) in made or os.path.realpath(os.path.dirname(path)) == os.path.dirname(path))
            and not os.path.islink(path)
            for path in paths
        )


_beside: frozenset[str] = frozenset()


def _nothing() -> "Files | None":
    return None


_find: Callable[[], Files | None] = _nothing
_own = ""  # the suite's folder
_makers: dict[str, Callable[..., Any]] = {name: getattr(tempfile, name) for name in ("mkdtemp", "_mkstemp_inner")}


def forward(find: Callable[[], Files | None], own: Path | None) -> None:
    """Have what `tempfile` makes in a test be on both sides, and know the files that lie beside the tests in `own`."""
    global _beside, _find, _own
    _find, _own = find, f"{own}/" if own is not None else ""
    data = [
        path
        for path in (own.rglob("*") if own is not None else ())
        if path.suffix not in (".py", ".toml", ".pyc") and path.is_file()
    ]
    _beside = frozenset(str(path.relative_to(own or "")) for path in data if path.stat().st_size <= DATA_BYTES)
    for name, own_maker in _makers.items():
        setattr(tempfile, name, _noting(own_maker, find))


def restore() -> None:
    """Undo `forward`."""
    global _beside, _find, _own
    _beside, _find, _own = frozenset(), _nothing, ""
    for name, own_maker in _makers.items():
        setattr(tempfile, name, own_maker)


def are_shared(path: Any) -> bool:
    """Whether a path is of the running test's folders, which the student's code writes to as well."""
    files = _find()
    return files is not None and isinstance(path, str | os.PathLike) and files.has(os.path.realpath(str(path)))


def are_beside(path: str) -> bool:
    """Whether a path names a file in the suite's folder from the root of the file system."""
    return bool(_own) and path.startswith(_own) and os.path.exists(path)


def place_source(connection: Connection, path: str, content: bytes) -> str:
    """Write one of the student's own files where a test can read it, and nothing runs it; return its path here."""
    folder = _makers["mkdtemp"]()
    watch(connection, [folder])
    place = os.path.join(folder, os.path.basename(path))
    _write(place, content)
    return place


def _noting(own: Callable[..., Any], find: Callable[[], Files | None]) -> Callable[..., Any]:
    def make(*args: Any, **named: Any) -> Any:
        made = own(*args, **named)
        files = find()
        if files is not None:
            files.add(made if isinstance(made, str) else os.fsdecode(made[1] if isinstance(made, tuple) else made))
        return made

    return make


def _state(roots: list[str]) -> State:
    found: State = {}
    for root in roots:
        _note(root, found)
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                _note(os.path.join(folder, name), found)
            if len(found) > 2 * MOST_FILES:
                return found
    return found


def _note(path: str, found: State) -> None:
    with contextlib.suppress(OSError):
        what = os.lstat(path)
        if stat.S_ISDIR(what.st_mode):
            found[path] = None
        elif stat.S_ISREG(what.st_mode):
            found[path] = (what.st_mtime_ns, what.st_size)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(MOST_BYTES + 1)


def _write(path: str, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)


class Folders:
    """The fixture `tmp_path_factory`: folders that are on both sides, as long as the test lasts."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp())

    def getbasetemp(self) -> Path:
        """Return the folder of all of them."""
        return self.base

    def mktemp(self, basename: str, numbered: bool = True) -> Path:
        """Return a new folder."""
        number = sum(path.name.startswith(basename) for path in self.base.iterdir())
        folder = self.base / (f"{basename}{number}" if numbered else basename)
        folder.mkdir(mode=0o700)
        return folder

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.base, ignore_errors=True)
