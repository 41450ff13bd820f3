"""An engine without any isolation, whose boxes are played by functions of a test: for the supervisor's own rules. Side: worker.

A box's first process is a fork of this one that runs a script. It connects like any other, and its children are real
processes, so that what the supervisor asks the kernel has real answers. Never used to grade: it runs what it is given as
this very user, and `grader.sandbox.engines` does not know it.
"""

import contextlib
import ctypes
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from grader.errors import SandboxUnavailable
from grader.sandbox import processes
from grader.sandbox.base import Box, Engine, Launch
from grader.sandbox.limits import Limits

PR_SET_CHILD_SUBREAPER = 36
#: What plays the first process of a box; it is given the box's folder, and ends with it.
Script = Callable[[Path], object]


class ScriptedBox(Box):
    """A box that is a folder and a process tree of this machine."""

    def kill(self) -> None:
        for pid in (*processes.descendants(self.init_pid), self.init_pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.init_pid, 0)

    def used_inodes(self) -> int:
        return sum(1 for _ in (self.folder / "work").rglob("*"))

    def used_bytes(self) -> int:
        return sum(path.lstat().st_size for path in (self.folder / "work").rglob("*"))


@dataclass(frozen=True)
class ScriptedLaunch(Launch):
    """The process that plays a box's first one."""

    pid: int

    def adopt(self, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        if not processes.is_first_process_of(peer_pid, self.pid):
            raise SandboxUnavailable("a process outside the box answered on its socket")
        return ScriptedBox(kind, folder, control, peer_pid)

    def is_running(self) -> bool:
        return processes.state(self.pid) not in ("", "Z")

    def discard(self) -> str:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "it was only played"


class ScriptedEngine(Engine):
    """An engine whose boxes are played by two scripts, one for each kind."""

    name = "scripted"

    def __init__(self, *, candidate: Script, judge: Script) -> None:
        self._scripts = {"candidate": candidate, "judge": judge}

    def missing(self) -> list[str]:
        return []

    def remove_orphans(self) -> None:
        """There are none: what a script starts ends with its box."""

    def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> ScriptedLaunch:
        (folder / "work").mkdir()
        pid = os.fork()
        if pid == 0:
            _play(self._scripts[kind], folder)
        return ScriptedLaunch(pid)


def connect(folder: Path) -> socket.socket:
    """Return a connection to the supervisor, as the first process of the box of this folder."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(str(folder / "control" / "control"))
    return control


def _play(script: Script, folder: Path) -> NoReturn:
    try:
        # Orphans below it become its children, as in a PID namespace. Source: prctl(2).
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        script(folder)
    finally:
        os._exit(0)
