"""Measured processes, as the supervisor sees them: and the kernel's figures about them. Side: worker.

A measured process is forked from the base zygote of a box that never holds a package zygote. CPU time is that of every
process in its box, by the control group where there is one and by the process clocks otherwise; memory likewise. Nothing is
read from inside.
"""

import math
import resource
from collections.abc import Callable
from pathlib import Path

from grader.errors import JudgeFault
from grader.judge.budget.trees import ON_REFERENCE, REFERENCE
from grader.sandbox import processes
from grader.sandbox.base import CONTENT, Box
from grader.sandbox.cgroup import MemoryWatch
from grader.sandbox.limits import Limits
from grader.source import Tree, stage_folder
from grader.suite.manifest import Suite
from grader.suite.packages.site import site_of
from grader.supervisor.course.overlay import module_files, on_reference, with_given_files
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.test_process import TestProcess
from grader.verdict import Verdict
from grader.wire.messages import Reading

RESET_PEAK = "5"  # proc(5), /proc/pid/clear_refs
UNMEASURABLE = (
    "a memory budget cannot be measured here, for the kernel does not let this user begin a box's peak anew (proc(5), "
    "clear_refs); have the worker run as root, or let it use bubblewrap"
)
#: The kernel's limit ends what escaped the judge's clock: it must not come first, for nobody can say of a process that the kernel
#: ended that its time was up.
BEHIND_THE_CLOCK_SECONDS = 5
#: The kernel counts a group's pages in batches, and lends some to each processor. Source: cgroup-v1/memory.txt, 5.5.
GROUP_ERROR_BYTES = 1 << 20


def measured_limits(limits: Limits) -> list[tuple[int, int, int]]:
    """Return what a measured process may use: it works alone, so that whatever it costs is seen on its own clock.

    No process, no thread and no file of its own, on any host: what a child of it burns and holds can be lost from sight.
    """
    seconds = math.ceil(limits.budget_wall_seconds) + BEHIND_THE_CLOCK_SECONDS
    return [
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ]


class Meters:
    """The measured processes of one run, by the judge's names for them."""

    def __init__(self, tree: Tree, suite: Suite, limits: Limits, open_candidate: Callable[[Limits], Box]) -> None:
        self._reference = suite.reference
        makers: dict[str, Callable[[], Tree]] = {"candidate": lambda: tree}
        if suite.reference is not None:
            makers[REFERENCE] = self._staged_reference
            if len(suite.modules) > 1 and module_files(tree, suite.modules[-1]):
                makers[ON_REFERENCE] = lambda: on_reference(tree, self._staged_reference(), suite)

        self._makers = makers
        self._suite = suite
        self._limits = limits
        self._open_candidate = open_candidate
        self._hosts: dict[tuple[str, str], ForkServer] = {}
        self._running: dict[str, tuple[ForkServer, TestProcess]] = {}
        self._of_reference: set[str] = set()  # roles
        self._watches: dict[str, tuple[MemoryWatch, int]] = {}

    @property
    def trees(self) -> tuple[str, ...]:
        """What a measured process can be made of: the candidate, the reference, or the candidate's module on the reference."""
        return tuple(self._makers)

    def _host(self, role: str, tree: str) -> ForkServer:
        """Return the host of a role's processes: a box of its own, so that none burns time on another's clock."""
        if (role, tree) not in self._hosts:

            def open_box() -> Box:
                box = self._open_candidate(self._limits)
                self._makers[tree]().write_to(box.folder / CONTENT["candidate"])
                return box

            self._hosts[role, tree] = ForkServer(
                open_box,
                list(self._suite.packages),
                self._suite.modules,
                self._limits,
                shares_imports=False,
                test_limits=measured_limits(self._limits),
                site=site_of(self._suite, "candidate"),
            )
        return self._hosts[role, tree]

    def _staged_reference(self) -> Tree:
        assert self._reference is not None
        return with_given_files(stage_folder(self._reference), self._suite)

    def open(self, role: str, tree: str) -> TestProcess | tuple[Verdict, str]:
        """Fork a measured process; raises JudgeFault for a tree that this run has not, such as a missing reference."""
        self.close(role)
        if tree not in self._makers:
            raise JudgeFault(
                f"a budget is measured against the {tree}, which this suite has not (suite.toml, reference)"
            )
        host = self._host(role, tree)
        process = host.next_test()
        if isinstance(process, TestProcess):
            self._running[role] = (host, process)
            (self._of_reference.add if tree == REFERENCE else self._of_reference.discard)(role)
        return process

    def close(self, role: str) -> None:
        """End a measured process and whatever it has started."""
        self._unwatch(role)
        host, process = self._running.pop(role, (None, None))
        if host is not None and process is not None:
            host.finish_test(process)

    def reading(self, role: str, reset_peak: bool) -> Reading:
        """Return the CPU seconds, the memory held now and the peak of a measured process and its box.

        With `reset_peak` the next peak is counted from here.
        """
        if role not in self._running:
            return Reading(0.0, 0.0, 0.0)
        process = self._running[role][1]
        below = processes.descendants(process.box.init_pid)
        used = process.box.used_bytes()  # memory, too
        resident = processes.resident_bytes(process.pid) + used
        others = sum(processes.peak_bytes(pid) for pid in below if pid != process.pid)
        peak = processes.peak_bytes(process.pid) + others + used
        if role in self._watches:
            watch, resident_then = self._watches[role]
            peak = max(peak, resident_then + watch.rise_bytes() - GROUP_ERROR_BYTES)
        if reset_peak:
            self._reset_peak(role, process, resident)
        clocks = sum(map(processes.cpu_seconds, below))
        return Reading(max(clocks, process.box.cpu_seconds() or 0.0), resident, peak)

    def _reset_peak(self, role: str, process: TestProcess, resident_bytes: int) -> None:
        """Have the kernel's peaks begin anew: the process's, and its group's where there is one.

        Raises JudgeFault where the reference's cannot be: its peak from before would hide what the candidate's work needs. A
        candidate that prevents it for its own process only looks larger.
        """
        try:
            Path(f"/proc/{process.pid}/clear_refs").write_text(RESET_PEAK)
        except OSError as problem:
            if role in self._of_reference and processes.state(process.pid) not in ("", "Z"):
                raise JudgeFault(f"{UNMEASURABLE}: {problem.strerror}") from None
        self._unwatch(role)
        watch = process.box.watch_memory()
        if watch is not None:
            self._watches[role] = watch, resident_bytes

    def _unwatch(self, role: str) -> None:
        if role in self._watches:
            self._watches.pop(role)[0].close()

    def close_running(self) -> None:
        """End every measured process: those of a test whose judge died are still there."""
        for role in tuple(self._running):
            self.close(role)

    def close_all(self) -> None:
        """End every measured process and all boxes."""
        self.close_running()
        for host in self._hosts.values():
            host.discard_box()
