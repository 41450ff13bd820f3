"""A box's processes as the kernel tells of them, from outside and from the first one down; waiting; placing. Side: worker.

Every process of a PID namespace descends from its first one, so the tree below it is complete; no name and no word of the
box is used. Source: proc(5), "/proc/pid/task/tid/children"; clock_getcpuclockid(3) for the clock of another process.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

from grader.errors import Fault

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
KILLED_SECONDS = 0.2
LAST_BYTES = 600  # of what the processes of a box say
MOST_WAITING = 0.3  # of a time, for a processor that others use as well
_PROCESSOR = 36  # where the process ran last, counted from its state on; proc(5), stat
_CPU_CLOCK_OF_PROCESS = 2  # CPUCLOCK_SCHED: nanoseconds on the CPU, user and system, of all threads


def _read(path: str) -> bytes:
    """Return a short file of /proc, b"" if its process is gone; read for every test, so with as few calls as can be."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return b""
    try:
        return os.read(fd, 1 << 16)
    except ProcessLookupError:
        return b""
    finally:
        os.close(fd)


def children(pid: int) -> list[int]:
    """Return the living and unreaped child processes of all threads of `pid`; none if it is gone."""
    return [int(child) for thread in threads(pid) for child in _read(f"/proc/{pid}/task/{thread}/children").split()]


def threads(pid: int) -> list[int]:
    """Return the thread ids of a process; none if it is gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int, most: int = 10_000) -> list[int]:
    """Return every process below `pid`, breadth first, up to `most` of them."""
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) < most:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


#: State letters of a process that runs, sleeps or waits for a disk: it will go on by itself. Source: proc(5), stat.
AT_WORK = ("R", "S", "D")


def state(pid: int) -> str:
    """Return the kernel's state letter (R, S, T stopped, Z zombie ...) or "" if the process is gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return fields[0].decode() if fields else ""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, all its threads included and its children not; 0.0 if it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)
    except OSError:
        return 0.0


def resident_bytes(pid: int) -> int:
    """Return the memory a process holds now."""
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * PAGE_BYTES if fields else 0


def peak_bytes(pid: int) -> int:
    """Return the most memory a process has held since it began, or since its peak was reset (VmHWM)."""
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def waiting_seconds(pid: int) -> float:
    """Return how long a process has been ready to run without a processor; 0.0 where the kernel does not say."""
    fields = _read(f"/proc/{pid}/schedstat").split()
    return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0


class Together:
    """Two processes that take turns, on one processor for as long as nothing else has need of that.

    Waking a process on another processor takes several times as long as going on to it on one's own. Theirs is the one on
    which the kernel has put the first, an idle one if any. Where we may not place them, they stay where they are.
    """

    def __init__(self, pid: int, other: int) -> None:
        self._pids = [pid, *([other] if other else [])]
        self._is_placed = False
        self._late_seconds = 0.0
        self._began = self._seen = self._figures()
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        if other not in (0, os.getpid()) and len(fields) > _PROCESSOR:
            self._is_placed = self._place({int(fields[_PROCESSOR])})

    def _place(self, processors: Collection[int]) -> bool:
        try:
            for pid in reversed(self._pids):
                os.sched_setaffinity(pid, processors)
        except OSError:
            for pid in self._pids:  # one alone has nothing of it
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(pid, os.sched_getaffinity(0))
            return False
        return True

    def _figures(self) -> tuple[float, float, float]:
        """Return the time, for how long both have waited for a processor, and for how long they have had one."""
        return time.monotonic(), sum(map(waiting_seconds, self._pids)), sum(map(cpu_seconds, self._pids))

    def look(self, since_seconds: float, meant_seconds: float) -> None:
        """Take up how long it is since the last look, and how long that was meant to be; let them part if they wait too much."""
        self._late_seconds += max(since_seconds - meant_seconds, 0.0)
        before, self._seen = self._seen, self._figures()
        if self._is_placed and _kept(before, self._seen) > MOST_WAITING * since_seconds:
            self._place(os.sched_getaffinity(0))
            self._is_placed = False

    def kept_seconds(self) -> float:
        """Return for how long they could not go on since they were put together: no processor was free, or all stood still."""
        return max(_kept(self._began, self._figures()), self._late_seconds)


def _kept(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    """Return for how long two that take turns waited for others: while one waits for the other, that one has the processor."""
    passed, waited, had = (now - then for then, now in zip(before, after, strict=True))
    return max(min(waited, passed - had), 0.0)


def last_words(errors: IO[bytes] | None) -> str:
    """Return the end of what the processes of a box have said."""
    if errors is None or errors.closed:
        return ""
    written = os.fstat(errors.fileno()).st_size
    return os.pread(errors.fileno(), LAST_BYTES, max(written - LAST_BYTES, 0)).decode("utf-8", "replace").strip()


def readable() -> bool:
    """Whether this kernel tells a process's children, without which nothing can be checked from outside."""
    return Path("/proc/self/task/self/children").exists() or bool(list(Path("/proc/self/task").glob("*/children")))


def kill_others(first_pid: int, kept: Collection[int], rounds: int = 3) -> bool:
    """Kill every process below a box's first one but for those in `kept`, as long as the rounds last; whether there was any.

    A number is not trusted: what is signalled was held by its descriptor while it was seen below the first process.
    """
    for done in range(rounds):
        others = [pid for pid in descendants(first_pid) if pid not in kept and state(pid) not in ("", "Z")]
        held = {}
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                held[pid] = os.pidfd_open(pid)
        for pid in held.keys() & set(descendants(first_pid)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(held[pid], signal.SIGKILL)
        for pidfd in held.values():
            wait_ended(pidfd, KILLED_SECONDS)
            os.close(pidfd)
        if not held:
            return done > 0
    return True


def kill_namespace(init_pidfd: int, wait_seconds: float = 10.0) -> None:
    """Kill the first process of a PID namespace, and with it, by the kernel's hand, every other; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(init_pidfd, signal.SIGKILL)
    if not wait_ended(init_pidfd, wait_seconds):
        raise Fault("a box could not be ended: a process in it does not die")


def wait_ended(pidfd: int, wait_seconds: float) -> bool:
    """Whether the process of a pidfd ended within the time."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(wait_seconds * 1000))


def wait_until(condition: Callable[[], bool], wait_seconds: float, interval_seconds: float = 0.002) -> bool:
    """Wait for a condition, polling; return whether it came true in time."""
    deadline = time.monotonic() + wait_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_seconds)
    return True


def is_first_process_of(pid: int, launcher_pid: int) -> bool:
    """Whether `pid` descends from the process we launched: a connection from anyone else is refused."""
    return pid == launcher_pid or pid in descendants(launcher_pid)
