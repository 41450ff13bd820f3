"""The engine for containers that can make no namespace, such as Gradescope's: root starts each box as another user. Side: worker.

A box has a user and groups of its own, no capability and no way to gain one, a root folder (`chroot`) that holds what any
box may read, the shared system-call filter, the usual resource limits, no inherited descriptor; every process of its user is
killed before the box begins and when it ends. A candidate's filter refuses as well to name or await a socket, since without
a network namespace another box could be called by it. Its first process takes orphans in, as process 1 of a namespace would.

It promises less than the other engines, and so is used only where it is named: there is no namespace of processes, of the
network, of IPC or of host names, no control group, and the box's first process can be killed from within, which costs the
box its life and earns nothing. docs/security.md has the list.
"""

import contextlib
import ctypes
import errno
import os
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from grader.errors import SandboxUnavailable
from grader.sandbox import processes, seccomp
from grader.sandbox.base import ENVIRONMENT, PYTHON_FLAGS, START, Box, Engine, Launch
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs import locate
from grader.sandbox.separate_user import root, user

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_CAPBSET_DROP, MOST_CAPABILITIES = 24, 64
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
#: By kind of box: what its filter refuses beyond the shared profile.
REFUSED = {"candidate": ("bind", "listen", "accept", "accept4", "setsockopt", *seccomp.UNCOUNTED), "judge": ()}
PROGRAM = "/usr/bin/python3"


class _Filter(ctypes.Structure):
    """A system-call filter as the kernel takes it: struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


@dataclass(frozen=True)
class SeparateUserLaunch(Launch):
    """The first process of a box, its user, and what it says about what goes wrong."""

    pid: int
    uid: int
    errors: IO[bytes]

    def adopt(self, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        if peer_pid != self.pid:
            raise SandboxUnavailable("a process outside the box answered on its socket")
        return SeparateUserBox(self, kind, folder, control, peer_pid)

    def is_running(self) -> bool:
        return processes.state(self.pid) not in ("", "Z")

    def end(self) -> None:
        """End every process of the box's user."""
        user.kill_all(self.uid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def discard(self) -> str:
        self.end()
        self.errors.seek(0)
        said = self.errors.read(4000).decode("utf-8", "replace").strip()
        self.errors.close()
        return said or "it said nothing"


class SeparateUserBox(Box):
    """A box whose first process is the agent itself, and whose processes are those of its user."""

    def __init__(
        self, launch: SeparateUserLaunch, kind: str, folder: Path, control: socket.socket, init_pid: int
    ) -> None:
        super().__init__(kind, folder, control, init_pid)
        self._launch = launch
        self.errors = launch.errors

    def kill(self) -> None:
        self._launch.end()
        self._launch.errors.close()
        # Whatever was made in there, however deep: the file system is no bounded one of the box's own.
        subprocess.run(["rm", "-rf", "--", str(self.folder / root.WORK)], check=False, stderr=subprocess.DEVNULL)

    def show_packages(self, place: str) -> None:
        root.link_packages(self.folder, self.kind, place)

    def used_inodes(self) -> int:
        return self._used()[0]

    def used_bytes(self) -> int:
        return self._used()[1]

    def _used(self) -> tuple[int, int]:
        """Return entries and bytes of the writable folder, and of what was deleted there and is still open."""
        if self.work_fd is None:
            return 0, 0
        entries, size = root.used(self.work_fd)
        deleted, held = root.deleted(self.work_fd, [self.init_pid, *processes.descendants(self.init_pid)])
        return entries + deleted, size + held


class SeparateUser(Engine):
    """The engine that needs root and nothing else: no service, no namespace, no program."""

    name = "separate-user"

    def __init__(self) -> None:
        self._roots: locate.Roots | None = None

    def missing(self) -> list[str]:
        missing = []
        if os.geteuid() != 0:
            missing.append("only root can start a box as another user")
        if not processes.readable():
            missing.append("the kernel does not tell a process's children (CONFIG_PROC_CHILDREN)")
        return missing

    def remove_orphans(self) -> None:
        user.kill_orphans()

    def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> SeparateUserLaunch:
        if self._roots is None:
            self._roots = locate.ensure_roots()
        program = seccomp.compile_profile(refused=REFUSED[kind])
        user.kill_all(uid)
        root.lay_out(folder, kind, self._roots.candidate if kind == "candidate" else self._roots.judge)
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the box
        libc = ctypes.CDLL(None, use_errno=True)
        filter_ = _Filter(len(program) // 8, program)
        pid = os.fork()
        if pid == 0:
            _become_box(folder, uid, kind, errors.fileno(), libc, filter_)
        return SeparateUserLaunch(pid, uid, errors)


def _become_box(folder: Path, uid: int, kind: str, errors: int, libc: ctypes.CDLL, filter_: _Filter) -> NoReturn:
    """Give up all that a box may not have, in an order that leaves no way back, and become its first process."""
    step = "descriptors"
    try:
        os.setsid()
        os.umask(0o022)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        step = "root folder"
        os.chroot(folder)
        os.chdir("/tmp")
        step = "capabilities"
        _drop_capabilities(libc)
        step = "user"
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        step = "system-call filter"
        _control(libc, PR_SET_CHILD_SUBREAPER, 1)
        _control(libc, PR_SET_NO_NEW_PRIVS, 1)
        _control(libc, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_))
        step = "interpreter"
        os.execve(PROGRAM, [PROGRAM, *PYTHON_FLAGS, "-c", START[kind]], ENVIRONMENT)
    except BaseException as problem:
        os.write(2, f"{step}: {problem}".encode())
    finally:
        os._exit(70)


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Let no program that this process ever becomes have any capability that the kernel knows."""
    for capability in range(MOST_CAPABILITIES):
        try:
            _control(libc, PR_CAPBSET_DROP, capability)
        except OSError as problem:
            if problem.errno != errno.EINVAL:  # the last one was the one before
                raise
            return


def _control(libc: ctypes.CDLL, option: int, *arguments: object) -> None:
    """Ask something of the kernel for this process; raises OSError."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    wide = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in padded]
    if libc.prctl(option, *wide) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
