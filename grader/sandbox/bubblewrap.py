"""Boxes made by bubblewrap: namespaces, the shared system-call filter, resource limits, a control group if possible. Side: worker.

Started by root, bubblewrap runs under a throw-away user id, so that nothing in a box maps to the host's root; started by
anyone else it maps that user. Source: bwrap(1).
"""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxUnavailable
from grader.sandbox import cgroup, processes, seccomp
from grader.sandbox.base import (
    ENVIRONMENT,
    START,
    Box,
    Engine,
    is_first_process_of,
    kill_namespace,
    new_box_uid,
    wait_until,
)
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs import locate
from grader.sandbox.rootfs.runtime import agent_folder


@dataclass
class _Launched:
    process: subprocess.Popen[bytes]
    group: cgroup.Cgroup | None
    errors: Any


class BubblewrapBox(Box):
    """A box whose first process is the agent itself, process 1 of its namespace."""

    def __init__(self, launched: _Launched, kind: str, folder: Path, control: socket.socket, init_pid: int) -> None:
        super().__init__(kind, folder, control, init_pid)
        self._launched = launched

    def kill(self) -> None:
        kill_namespace(self.init_pidfd)
        self._launched.process.wait()
        self._launched.errors.close()
        if self._launched.group is not None:
            self._launched.group.remove()

    def cpu_seconds(self) -> float | None:
        return self._launched.group.cpu_seconds() if self._launched.group else None

    def oom_kills(self) -> int:
        return self._launched.group.oom_kills() if self._launched.group else 0

    def watch_memory(self) -> cgroup.MemoryWatch | None:
        return self._launched.group.watch_memory() if self._launched.group else None


class Bubblewrap(Engine):
    """The engine that needs no service: the program `bwrap` and user namespaces."""

    name = "bubblewrap"

    def __init__(self) -> None:
        self._program = shutil.which("bwrap")
        self._roots: locate.Roots | None = None
        self._filter: bytes | None = None

    def check(self) -> list[str]:
        missing = []
        if self._program is None:
            missing.append("the program bwrap is not installed (Debian package bubblewrap)")
        if not processes.readable():
            missing.append("the kernel does not tell a process's children (CONFIG_PROC_CHILDREN)")
        try:
            self._prepare()
        except SandboxUnavailable as problem:
            missing.append(str(problem))
        if not missing:
            missing += self._try()
        return missing

    def _prepare(self) -> tuple[locate.Roots, bytes]:
        if self._roots is None:
            self._roots = locate.ensure_roots()
        if self._filter is None:
            self._filter = seccomp.compile_profile()
        return self._roots, self._filter

    def _try(self) -> list[str]:
        """Start one box and end it: the only way to know that namespaces, filter and limits are all to be had."""
        try:
            self.start("candidate", Limits()).close()
        except SandboxUnavailable as problem:
            return [str(problem)]
        return []

    def remove_orphans(self) -> None:
        cgroup.remove_stale()

    def launch(self, kind: str, folder: Path, limits: Limits) -> _Launched:
        roots, program = self._prepare()
        if self._program is None:
            raise SandboxUnavailable("the program bwrap is not installed (Debian package bubblewrap)")
        root = roots.candidate if kind == "candidate" else roots.judge
        group = cgroup.create(
            folder.name, memory_bytes=limits.memory_bytes + (256 << 20), processes=limits.processes + 8
        )
        uid = new_box_uid()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the box
        with tempfile.TemporaryFile() as filter_file:
            filter_file.write(program)
            filter_file.flush()
            filter_file.seek(0)
            process = subprocess.Popen(
                [self._program, *_arguments(kind, folder, root, limits, filter_file.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[filter_file.fileno()],
                env={},
                cwd="/",
                preexec_fn=lambda: _become(group, uid),
            )
        return _Launched(process, group, errors)

    def adopt(self, launched: _Launched, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        if not is_first_process_of(peer_pid, launched.process.pid):
            raise SandboxUnavailable("a process outside the box answered on its socket")
        return BubblewrapBox(launched, kind, folder, control, peer_pid)

    def running(self, launched: _Launched) -> bool:
        return launched.process.poll() is None

    def discard(self, launched: _Launched) -> str:
        launched.process.kill()
        launched.process.wait()
        wait_until(lambda: not processes.descendants(launched.process.pid), 2.0)
        if launched.group is not None:
            launched.group.remove()
        launched.errors.seek(0)
        said = launched.errors.read(4000).decode("utf-8", "replace").strip()
        launched.errors.close()
        return said or "it said nothing"


def _become(group: cgroup.Cgroup | None, uid: int) -> None:
    """Between fork and exec: enter the control group and, as root, become a user that owns nothing."""
    os.setsid()
    if group is not None:
        group.enter()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def _arguments(kind: str, folder: Path, root: Path, limits: Limits, filter_fd: int) -> list[str]:
    """Return bwrap's arguments; its mounts are made in this order."""
    content, place = ("tree", "/submission") if kind == "candidate" else ("suite", "/suite")
    environment_arguments = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    return [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--uid", "65534", "--gid", "65534", "--hostname", "box", "--as-pid-1"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", str(filter_fd), "--clearenv"),
        *environment_arguments,
        *("--ro-bind", str(root), "/"),
        *(
            "--proc",
            "/proc",
            "--remount-ro",
            "/proc",
        ),  # some of /proc/sys belongs to a box's namespaces, and outlives a test
        *("--dev", "/dev", "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", str(limits.work_bytes), "--tmpfs", "/tmp"),
        *("--ro-bind", str(agent_folder(kind)), "/opt/assay"),
        *("--ro-bind", str(folder / content), place),
        *("--ro-bind", str(folder / "control"), "/run/assay"),
        *("--chdir", "/tmp", "--", "/usr/bin/python3", "-I", "-c", START[kind]),
    ]
