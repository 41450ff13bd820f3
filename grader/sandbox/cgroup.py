"""A control group for one box, where the host lets us make one: memory, processes and CPU time of the box as a whole. Side: worker.

cgroup v1, v2 and hybrid hosts are covered; without a writable hierarchy `create` returns None, and the box is bounded by
its resource limits and the supervisor's watch alone. Source: Linux cgroup-v1 and cgroup-v2 manuals.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PARENT = "assay"
_V1 = ("memory", "pids", "cpuacct")
STALE_SECONDS = 3600.0  # for a group whose owner nobody here can ask for


@dataclass(frozen=True)
class Cgroup:
    """The folders of one box's group: one for v2, one per controller for v1."""

    folders: dict[str, Path]  # controller -> folder; "unified" for v2

    def add(self, pid: int) -> None:
        """Move a process into the group, with what it forks from then on; one that is gone is no error."""
        for folder in set(self.folders.values()):
            with contextlib.suppress(ProcessLookupError):
                (folder / "cgroup.procs").write_text(str(pid))

    def oom_kills(self) -> int:
        """Return how many processes of the group the kernel has killed for memory."""
        name = "memory.events" if "unified" in self.folders else "memory.oom_control"
        for line in _read(f"{self._of('memory')}/{name}").splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
        return 0

    def cpu_seconds(self) -> float:
        """Return the CPU time of every process the group ever held."""
        if "unified" in self.folders:
            for line in _read(f"{self.folders['unified']}/cpu.stat").splitlines():
                if line.startswith("usage_usec "):
                    return int(line.split()[1]) / 1e6
            return 0.0
        return int(_read(f"{self._of('cpuacct')}/cpuacct.usage") or 0) / 1e9

    def watch_memory(self) -> "MemoryWatch | None":
        """Begin to follow the group's peak from now on; None where the kernel cannot begin anew (v2 before Linux 6.12)."""
        try:
            if "unified" in self.folders:
                handle = os.open(self.folders["unified"] / "memory.peak", os.O_RDWR)
                now = int(_read(self.folders["unified"] / "memory.current"))
            else:
                handle = os.open(self._of("memory") / "memory.max_usage_in_bytes", os.O_RDWR)
                now = int(_read(self._of("memory") / "memory.usage_in_bytes"))
        except (OSError, ValueError):
            return None
        try:
            os.write(handle, b"0")  # v1 takes nothing but 0, v2 anything
        except OSError:
            os.close(handle)
            return None
        return MemoryWatch(handle, now)

    def remove(self, wait_seconds: float = 2.0) -> None:
        """Remove the group; its processes must be dead, and their last traces may need a moment."""
        deadline = time.monotonic() + wait_seconds
        for folder in set(self.folders.values()):
            while True:
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.002)
                else:
                    break

    def _of(self, controller: str) -> Path:
        return self.folders.get("unified") or self.folders[controller]


@dataclass(frozen=True)
class MemoryWatch:
    """The peak of a group's memory since a moment: all of it, shared pages, temporary files and the kernel's included."""

    handle: int
    bytes_then: int

    def rise_bytes(self) -> int:
        """Return by how much the group's memory has been above what it was."""
        return max(int(os.pread(self.handle, 64, 0)) - self.bytes_then, 0)

    def close(self) -> None:
        """Stop following."""
        os.close(self.handle)


def create(box: str, *, memory_bytes: int, processes: int) -> Cgroup | None:
    """Return a new group with these limits and no swap, named by its box and its owner, or None where the host allows none."""
    name = f"{box}-{_namespace()}-{os.getpid()}"
    try:
        return _create_v2(name, memory_bytes, processes) or _create_v1(name, memory_bytes, processes)
    except OSError:
        return None


def remove_stale() -> None:
    """Remove the groups whose owner is gone; the kernel refuses to remove one that is in use.

    A living owner's group may be empty for a moment: its box is about to enter it. Of an owner in another PID namespace
    (a worker in a container of its own) nothing can be asked, so that only what has been empty for long is removed.
    """
    for place in (ROOT / PARENT, *(ROOT / controller / PARENT for controller in _V1)):
        for folder in place.glob("box-*"):
            with contextlib.suppress(OSError):
                if _is_stale(folder):
                    folder.rmdir()


def _is_stale(folder: Path) -> bool:
    _box, _, owner = folder.name.partition("-")[2].partition("-")
    namespace, _, pid = owner.rpartition("-")
    if namespace == _namespace():
        return not Path("/proc", pid).exists()
    return time.time() - folder.stat().st_mtime > STALE_SECONDS


def _namespace() -> str:
    """Return the number of this process's PID namespace, in which its process ids mean something."""
    return str(os.stat("/proc/self/ns/pid").st_ino)


def of_process(pid: int) -> Cgroup | None:
    """Return the group that a process is in, for reading; None where it cannot be read."""
    folders = {}
    for line in _read(Path(f"/proc/{pid}/cgroup")).splitlines():
        _number, controllers, path = line.split(":", 2)
        if controllers == "" and is_v2():
            return Cgroup({"unified": ROOT / path.lstrip("/")})
        for controller in controllers.split(","):
            folder = ROOT / controller / path.lstrip("/")
            if controller in _V1 and folder.is_dir():
                folders[controller] = folder
    return Cgroup(folders) if {"memory", "cpuacct"} <= folders.keys() else None


def is_v2() -> bool:
    """Whether this host has the unified hierarchy only."""
    return (ROOT / "cgroup.controllers").exists()


def _create_v1(name: str, memory_bytes: int, processes: int) -> Cgroup | None:
    if not all(os.access(ROOT / controller, os.W_OK) and (ROOT / controller / "tasks").exists() for controller in _V1):
        return None
    folders = {controller: (ROOT / controller / PARENT / name) for controller in _V1}
    for folder in folders.values():
        folder.mkdir(parents=True)
    (folders["memory"] / "memory.limit_in_bytes").write_text(str(memory_bytes))
    with contextlib.suppress(OSError):  # swap accounting may be off
        (folders["memory"] / "memory.memsw.limit_in_bytes").write_text(str(memory_bytes))
    (folders["pids"] / "pids.max").write_text(str(processes))
    return Cgroup(folders)


def _create_v2(name: str, memory_bytes: int, processes: int) -> Cgroup | None:
    wanted = {"memory", "pids", "cpu"}
    if not wanted <= set(_read(ROOT / "cgroup.controllers").split()):
        return None
    parent = ROOT / PARENT
    parent.mkdir(exist_ok=True)
    for place in (ROOT, parent):
        (place / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in sorted(wanted)))
    folder = parent / name
    folder.mkdir()
    (folder / "memory.max").write_text(str(memory_bytes))
    with contextlib.suppress(OSError):
        (folder / "memory.swap.max").write_text("0")
    (folder / "pids.max").write_text(str(processes))
    return Cgroup({"unified": folder})


def _read(path: Path | str) -> str:
    """Return a short file, "" if it cannot be read; read for every test, so with as few calls as can be."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(fd, 1 << 16).decode()
    except OSError:
        return ""
    finally:
        os.close(fd)
