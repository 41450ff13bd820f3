"""Boxes made by bubblewrap: namespaces, the shared system-call filter, resource limits, a control group if possible. Side: worker.

Started by root, bubblewrap runs under a throw-away user id, so that nothing in a box maps to the host's root; started by
anyone else it maps that user. Source: bwrap(1).
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from grader.errors import SandboxUnavailable
from grader.sandbox import cgroup, processes, seccomp
from grader.sandbox.base import ENVIRONMENT, PYTHON_FLAGS, START, Box, Engine, Launch
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs import locate
from grader.sandbox.rootfs.runtime import agent_folder


@dataclass(frozen=True)
class BubblewrapLaunch(Launch):
    """A process of bwrap's, with the group of its box and what it says about what goes wrong."""

    process: subprocess.Popen[bytes]
    group: cgroup.Cgroup | None
    errors: IO[bytes]

    def adopt(self, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        if not processes.is_first_process_of(peer_pid, self.process.pid):
            raise SandboxUnavailable("a process outside the box answered on its socket")
        return BubblewrapBox(self, kind, folder, control, peer_pid)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def discard(self) -> str:
        self.process.kill()
        self.process.wait()
        processes.wait_until(lambda: not processes.descendants(self.process.pid), 2.0)
        if self.group is not None:
            self.group.remove()
        self.errors.seek(0)
        said = self.errors.read(4000).decode("utf-8", "replace").strip()
        self.errors.close()
        return said or "it said nothing"


class BubblewrapBox(Box):
    """A box whose first process is the agent itself, process 1 of its namespace."""

    def __init__(
        self, launch: BubblewrapLaunch, kind: str, folder: Path, control: socket.socket, init_pid: int
    ) -> None:
        super().__init__(kind, folder, control, init_pid)
        self._launch = launch
        self.errors = launch.errors

    def kill(self) -> None:
        processes.kill_namespace(self.init_pidfd)
        self._launch.process.wait()
        self._launch.errors.close()
        if self._launch.group is not None:
            self._launch.group.remove()

    def cpu_seconds(self) -> float | None:
        return self._launch.group.cpu_seconds() if self._launch.group else None

    def oom_kills(self) -> int:
        return self._launch.group.oom_kills() if self._launch.group else 0

    def watch_memory(self) -> cgroup.MemoryWatch | None:
        return self._launch.group.watch_memory() if self._launch.group else None


class Bubblewrap(Engine):
    """The engine that needs no service: the program `bwrap` and user namespaces."""

    name = "bubblewrap"

    def __init__(self) -> None:
        self._program = shutil.which("bwrap")
        self._roots: locate.Roots | None = None

    def missing(self) -> list[str]:
        missing = []
        if self._program is None:
            missing.append("the program bwrap is not installed (Debian package bubblewrap)")
        if not processes.readable():
            missing.append("the kernel does not tell a process's children (CONFIG_PROC_CHILDREN)")
        try:
            self._prepare()
        except SandboxUnavailable as problem:
            missing.append(str(problem))
        return missing

    def _prepare(self) -> locate.Roots:
        if self._roots is None:
            self._roots = locate.ensure_roots()
            seccomp.compile_profile()
        return self._roots

    def remove_orphans(self) -> None:
        cgroup.remove_stale()

    def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> BubblewrapLaunch:
        roots = self._prepare()
        if self._program is None:
            raise SandboxUnavailable("the program bwrap is not installed (Debian package bubblewrap)")
        root = roots.candidate if kind == "candidate" else roots.judge
        group = cgroup.create(
            folder.name, memory_bytes=limits.memory_bytes + (256 << 20), processes=limits.processes + 8
        )
        is_counted = group is not None or kind == "judge"
        program = seccomp.compile_profile(refused=() if is_counted else seccomp.UNCOUNTED)
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the box
        waits, go = os.pipe()
        with tempfile.TemporaryFile() as filter_file, os.fdopen(go, "wb", buffering=0) as gate:
            filter_file.write(program)
            filter_file.flush()
            filter_file.seek(0)
            process = subprocess.Popen(
                [self._program, *_arguments(kind, folder, root, limits, is_counted, filter_file.fileno(), waits)],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[filter_file.fileno(), waits],
                env={},
                cwd="/",
                start_new_session=True,
                **_as_user(uid),
            )
            os.close(waits)
            _put_into(group, process.pid)
            with contextlib.suppress(BrokenPipeError):  # it has ended already, and `finish` says why
                gate.write(b"x")
        return BubblewrapLaunch(process, group, errors)


def _as_user(uid: int) -> dict[str, Any]:
    """Return Popen's arguments by which root starts a process as a user that owns nothing; others stay who they are."""
    return {"user": uid, "group": uid, "extra_groups": []} if os.geteuid() == 0 else {}


def _put_into(group: cgroup.Cgroup | None, pid: int) -> None:
    """Have a box's processes counted in its group before any of them runs what is the box's.

    bwrap waits at its gate. What it has forked before it was moved is found below it afterwards; what it forks then is born
    in the group.
    """
    if group is not None:
        group.add(pid)
        for child in processes.descendants(pid):
            group.add(child)


def _arguments(
    kind: str, folder: Path, root: Path, limits: Limits, is_counted: bool, filter_fd: int, gate_fd: int
) -> list[str]:
    """Return bwrap's arguments; its mounts are made in this order."""
    # A mapping of /dev/zero is shared memory, which is on no process's account.
    devices = ["--dev", "/dev"] if is_counted else ["--dev", "/dev", "--dev-bind", "/dev/null", "/dev/zero"]
    content, place = ("tree", "/submission") if kind == "candidate" else ("suite", "/suite")
    environment_arguments = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    return [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--uid", "65534", "--gid", "65534", "--hostname", "box", "--as-pid-1"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", str(filter_fd), "--clearenv"),
        *("--block-fd", str(gate_fd)),
        *environment_arguments,
        *("--ro-bind", str(root), "/"),
        # Some of /proc/sys belongs to a box's namespaces, and would outlive a test.
        *("--proc", "/proc", "--remount-ro", "/proc"),
        *(*devices, "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", str(limits.work_bytes), "--tmpfs", "/tmp"),
        *("--ro-bind", str(agent_folder(kind)), "/opt/assay"),
        *("--ro-bind", str(folder / content), place),
        *("--ro-bind", str(folder / "control"), "/run/assay"),
        *("--chdir", "/tmp", "--", "/usr/bin/python3", *PYTHON_FLAGS, "-c", START[kind]),
    ]
