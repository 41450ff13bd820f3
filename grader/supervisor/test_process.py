"""One test's process, as the kernel knows it from outside, and what is known of it once it is over. Side: worker."""

import contextlib
import math
import os
import signal
import socket
from collections.abc import Collection
from dataclasses import dataclass

from grader.sandbox import processes
from grader.sandbox.base import Box
from grader.sandbox.limits import Limits
from grader.verdict import Verdict
from grader.wire.messages import Tidied, Tidy

EXIT_SECONDS = 2.0
#: Above a box's limit of memory: what interpreter and libraries hold, counted once for each process that shares them.
RESIDENT_SPARE_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a test that is over."""

    cpu_seconds: float
    status: int | None  # wait status as its parent tells it: for words, never for a verdict that earns
    out_of_memory: bool
    left_behind: bool


@dataclass(slots=True)
class TestProcess:
    """One running test: its process by the kernel's word, and the judge's ends of its channel and output."""

    pid: int
    pidfd: int
    channel: socket.socket
    output: int
    box: Box
    parent: int  # the zygote that forked it
    box_cpu_seconds: float | None  # of the whole box, when it began
    oom_kills: int  # in the box, when it began

    @classmethod
    def of_child(cls, pid: int, channel: socket.socket, output: int, box: Box, parent: int) -> "TestProcess":
        """Return the process of a zygote's new child; raises ProcessLookupError if it is gone already."""
        return cls(pid, os.pidfd_open(pid), channel, output, box, parent, box.cpu_seconds(), box.oom_kills())

    def kill(self) -> None:
        """End it; it need not live any more."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def wait(self) -> bool:
        """Whether it ended soon enough; its handle is given back either way."""
        gone = processes.wait_ended(self.pidfd, EXIT_SECONDS)
        os.close(self.pidfd)
        return gone

    def discard(self) -> None:
        """Give back all that is held of a process that was never used."""
        self.channel.close()
        os.close(self.output)
        os.close(self.pidfd)

    def cpu_seconds(self) -> float:
        """Return the CPU time on its own clock."""
        return processes.cpu_seconds(self.pid)

    def box_seconds(self) -> float:
        """Return the CPU time of its whole box since it began; 0.0 where no control group counts it."""
        if self.box_cpu_seconds is None:
            return 0.0
        return (self.box.cpu_seconds() or 0.0) - self.box_cpu_seconds

    def others_seconds(self) -> float:
        """Return the CPU time of what else runs in its box since it began, which it has begun itself; inf if it is not counted."""
        if processes.children(self.pid) and self.box_cpu_seconds is None:
            return math.inf
        return max(self.box_seconds() - self.cpu_seconds(), 0.0)

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has killed for memory in its box since it began."""
        return self.box.oom_kills() > self.oom_kills

    def kill_if_greedy(self, limits: Limits, inodes_before: int) -> Verdict | None:
        """End a test whose box uses more files or memory than it may, seen from outside, and return its verdict."""
        below = processes.descendants(self.box.init_pid)
        if self.box.used_inodes() - inodes_before > limits.work_inodes or self.box.used_bytes() > limits.work_bytes:
            verdict = Verdict.OUTPUT_EXCEEDED
        elif sum(map(processes.resident_bytes, below)) > limits.memory_bytes + RESIDENT_SPARE_BYTES:
            verdict = Verdict.OUT_OF_MEMORY
        else:
            return None
        self.kill()
        return verdict


def sweep(box: Box, kept: Collection[int], wait_seconds: float) -> bool:
    """Kill every process of a box but its first and these, and have the first reap what was orphaned; whether there was any.

    Raises what a conversation with a box does.
    """
    if not processes.kill_others(box.init_pid, kept):
        return False
    box.send(Tidy())
    box.receive(wait_seconds, Tidied)
    return True
