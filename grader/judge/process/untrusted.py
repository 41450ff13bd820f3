"""What the student's code has written is read here, and never run: not imported, not unpickled, not started. Side: judge.

Python's audit events say so before it happens. The hook cannot be taken out again, and looks at nothing until a test has files
of the student's.
"""

import sys
from typing import Any

from grader.judge.connection import Connection
from grader.judge.exceptions import RemoteMisuse, SuiteMisuse

STARTING = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"))


class _Watched:
    connection: Connection | None = None
    roots: tuple[str, ...] = ()
    is_hooked = False


_watched = _Watched()


def watch(connection: Connection, roots: list[str]) -> None:
    """Refuse to run anything below these folders, for as long as this test lasts."""
    known = _watched.roots if _watched.connection is connection else ()
    _watched.connection = connection
    _watched.roots = tuple({*known, *(f"{root}/" for root in roots)})
    if not _watched.is_hooked:
        _watched.is_hooked = True
        sys.addaudithook(_hook)


def unwatch() -> None:
    """The test is over, and so are its files."""
    _watched.connection = None


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watched.connection is None:
        return
    if event == "pickle.find_class":
        raise _refused("unpickling what the student's code may have written would run it", RemoteMisuse)
    if event in STARTING:
        raise _refused("a program that the judge started could run what the student's code has written")
    if event == "import" and args[2] is not None and any(map(_is_below, args[2])):
        raise _refused("sys.path names a folder that the student's code writes to, and its modules would be run here")
    if (event == "exec" and _is_below(args[0].co_filename)) or (
        event in ("compile", "ctypes.dlopen") and _is_below(args[-1])
    ):
        raise _refused("what the student's code may have written would be run here")


def _is_below(path: Any) -> bool:
    return isinstance(path, str) and f"{path}/".startswith(_watched.roots)


def _refused(sentence: str, kind: type[RemoteMisuse] = SuiteMisuse) -> BaseException:
    assert _watched.connection is not None
    return _watched.connection.refuse(kind(f"{sentence}; do that in a function marked @in_candidate"))
