"""Numbers of files and processes in a test: none of them reads, closes or ends what is the judge's own. Side: judge.

`os.close(fd)` and `os.kill(pid, 9)` with what the student's code has answered mean files and processes of theirs, which are not
here: under the same numbers this process has its channels, and the box its own processes.
"""

import functools
import os
import signal
import stat
import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any

OF_FILES = (
    "close read write fstat stat dup dup2 fdopen lseek ftruncate truncate listdir scandir chdir fchdir fchmod fsync fdatasync "
    "isatty pread pwrite readv writev sendfile splice set_blocking set_inheritable get_inheritable fstatvfs"
)
OF_PROCESSES = "kill killpg waitpid pidfd_open getpgid getsid setpgid getpriority setpriority"
A_NAME = "a number came back where the name of a file is expected"
OURS = "_assay_watches"
NO_PROCESS = "a process of the student's cannot be seen here; do that in a function marked @in_candidate"

KNOWN_BY_FUNCTION: tuple[set[Any], ...] = (os.supports_fd, os.supports_follow_symlinks, os.supports_dir_fd)

_originals: dict[str, Callable[..., Any]] = {
    name: getattr(os, name) for name in f"{OF_FILES} {OF_PROCESSES} pipe closerange".split()
}
_own_pipes: set[int] = set()  # that a test has made


def _nobody(_sentence: str) -> BaseException:
    return RuntimeError("no test is running")


class _Asking:
    refuse: Callable[[str], BaseException] = staticmethod(_nobody)
    is_testing: Callable[[FrameType], bool] = staticmethod(lambda _frame: False)


def forward(refuse: Callable[[str], BaseException], is_testing: Callable[[FrameType], bool]) -> None:
    """Watch over these functions, in this process from now on.

    refuse: notes a wrong use by the test, and returns it to be raised. is_testing: whether a frame is a line of a test's.
    """
    _Asking.refuse, _Asking.is_testing = staticmethod(refuse), staticmethod(is_testing)
    for name in OF_FILES.split():
        setattr(os, name, _checking(_originals[name]))
        for known in KNOWN_BY_FUNCTION:
            if _originals[name] in known:
                known.add(getattr(os, name))
    for name in OF_PROCESSES.split():
        setattr(os, name, _refusing(_originals[name]))
    os.pipe = _pipe
    os.closerange = _closerange


def restore() -> None:
    """Undo `forward`."""
    for name, own in _originals.items():
        for known in KNOWN_BY_FUNCTION:
            known.discard(getattr(os, name) if getattr(os, name) is not own else None)
        setattr(os, name, own)
    _own_pipes.clear()


def as_python_has_it(function: Any) -> Any:
    """Return what stood in the place of one of these functions, or the same."""
    return vars(function)["__wrapped__"] if type(function) is FunctionType and OURS in vars(function) else function


def checked(number: Any) -> Any:
    """Return what names a file, a number as a plain one; refuses those of what this process talks to others by."""
    if isinstance(number, str | bytes | os.PathLike) or not hasattr(type(number), "__index__"):
        return number
    plain = int.__index__(number) if isinstance(number, int) else number.__index__()
    if type(plain) is not int or not 0 <= plain < 1 << 31:
        return number
    try:
        mode = _originals["fstat"](plain).st_mode
    except OSError:
        return plain
    if (stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)) and plain not in _own_pipes:
        raise _Asking.refuse(A_NAME)
    return plain


def _checking(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def check(*args: Any, **named: Any) -> Any:
        if not _Asking.is_testing(sys._getframe(1)):
            return own(*args, **named)
        return own(*map(checked, args[:2]), *args[2:], **{name: checked(value) for name, value in named.items()})

    vars(check)[OURS] = True
    return check


def _refusing(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def refuse(process: Any, *args: Any) -> Any:
        if _Asking.is_testing(sys._getframe(1)) and not _is_meant_for_itself(process, args):
            raise _Asking.refuse(NO_PROCESS)
        return own(process, *args)

    vars(refuse)[OURS] = True
    return refuse


def _is_meant_for_itself(process: Any, args: tuple[Any, ...]) -> bool:
    """Whether a test asks about its own process, or sends it a signal that it handles."""
    if type(process) is not int or process not in (0, os.getpid()):
        return False
    return not args or (type(args[0]) in (int, signal.Signals) and (args[0] == 0 or _is_handled(args[0])))


def _is_handled(number: int) -> bool:
    try:
        return signal.getsignal(number) not in (signal.SIG_DFL, None)
    except ValueError:
        return False


def _pipe() -> tuple[int, int]:
    made: tuple[int, int] = _originals["pipe"]()
    if _Asking.is_testing(sys._getframe(1)):
        _own_pipes.update(made)
    return made


def _closerange(first: int, last: int, /) -> None:
    if _Asking.is_testing(sys._getframe(1)):
        raise _Asking.refuse(A_NAME)
    _originals["closerange"](first, last)
