"""The candidate's side of a run, as the supervisor sees it: boxes, zygotes, one process per test, and the proof that it is gone.

Side: worker. A test is forked from the package zygote, which has imported the student's modules once, as long as that
zygote has neither threads nor children of its own; otherwise from the base zygote, and it imports for itself. After each
test the kernel is asked, from outside, whether anything of it is left; if so the whole box goes.
"""

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.errors import Fault
from grader.judge import feedback
from grader.sandbox import processes
from grader.sandbox.base import Box, wait_ended, wait_until
from grader.sandbox.control import receive_message, send_message
from grader.sandbox.limits import Limits
from grader.verdict import Verdict
from grader.wire import values

ANSWER_SECONDS = 5.0
EXIT_SECONDS = 2.0
MAX_PACKAGE_ZYGOTES = 3
#: What all answers of a run's package zygotes may take together: they have run the student's code, and may dawdle on
#: purpose. A good one needs a few milliseconds for each test.
ZYGOTE_SECONDS = 10.0


@dataclass(slots=True)
class TestProcess:
    """One running test: its process by the kernel's word, and the judge's ends of its channel and output."""

    pid: int
    pidfd: int
    channel: socket.socket
    output: int
    box: Box
    parent: int
    box_cpu_seconds: float | None
    oom_kills: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a test that is over."""

    cpu_seconds: float
    status: int | None  # wait status as its parent tells it: for words, never for a verdict that earns
    out_of_memory: bool
    left_behind: bool


class ForkServer:
    """Gives one run its test processes, from one box or from as many as a hostile submission costs."""

    def __init__(
        self,
        open_box: Callable[[], Box],
        packages: Sequence[str],
        modules: Sequence[str],
        limits: Limits,
        *,
        direct: bool = False,
        test_limits: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        self._open_box = open_box
        self._packages = list(packages)
        self._modules = list(modules)
        self.limits = limits
        self.box: Box | None = None
        self._zygote: socket.socket | None = None
        self._zygote_pid = 0
        self._zygotes_used = 0
        self._zygote_seconds = ZYGOTE_SECONDS
        self._direct = direct
        cpu_seconds = limits.test_cpu_seconds
        self._test_limits = list(test_limits) or [(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)]
        self._live: set[int] = set()
        self._clean_inodes = 0
        self._ready: TestProcess | None = None
        self.refusal: tuple[Verdict, str] | None = None
        self.boxes_used = 0
        self.versions: dict[str, str] = {}

    # --- getting a test process ---

    def prepare(self) -> None:
        """Have a test process ready, so that the next test need not wait for its fork."""
        if self._ready is None and self.refusal is None:
            self._ready = self._fork_test()

    def next_test(self) -> TestProcess | tuple[Verdict, str]:
        """Return a fresh test process, or the verdict that every test gets because the package cannot be imported."""
        self.prepare()
        process, self._ready = self._ready, None
        if process is None:
            return self.refusal or (Verdict.CRASHED, feedback.HELP[Verdict.CRASHED])
        return process

    def _fork_test(self) -> TestProcess | None:
        for _attempt in range(2):
            control, parent = self._forker()
            if self.refusal is not None:
                return None
            process = self._fork(control, parent)
            if process is not None:
                return process
            self._direct = self._direct or parent == self._zygote_pid
            self.discard_box()
        raise Fault("two fresh boxes in a row could not start a test process")

    def _forker(self) -> tuple[socket.socket, int]:
        """Return the zygote to fork from and its pid, starting box and package zygote where there are none."""
        box = self._box()
        if self._direct:
            return box.control, box.init_pid
        if self._zygote is not None and not self._zygote_is_clean():
            self._direct = True
            self.discard_box()
            box = self._box()
            return box.control, box.init_pid
        if self._zygote is None:
            self._start_package_zygote(box)
        return (self._zygote, self._zygote_pid) if self._zygote is not None else (box.control, box.init_pid)

    def _box(self) -> Box:
        if self.box is None:
            self.box = self._open_box()
            self.versions = self.box.versions
            self.boxes_used += 1
            self._clean_inodes = self.box.used_inodes()
            self.box.send({"do": "tidy", "limits": [list(limit) for limit in self.limits.box_rlimits()]})
            self.box.receive(ANSWER_SECONDS)
        return self.box

    def _start_package_zygote(self, box: Box) -> None:
        """Have the student's modules imported once; a package that cannot be is refused for all tests."""
        self._zygotes_used += 1
        if self._zygotes_used > MAX_PACKAGE_ZYGOTES:
            self._direct = True
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        null = os.open(os.devnull, os.O_WRONLY)
        message = {"do": "package", "packages": self._packages, "modules": self._modules}
        box.send(message, [theirs.fileno(), null])
        theirs.close()
        os.close(null)
        try:
            box.receive(ANSWER_SECONDS)
            below = processes.children(box.init_pid)
            receive_message(ours, self.limits.import_wall_seconds)
        except TimeoutError:
            self._refuse(
                Verdict.TIMED_OUT,
                f"Importing your package took longer than {self.limits.import_wall_seconds:g} s. Move work out of the top "
                "level of your modules.",
            )
        except EOFError:
            self._refuse(
                Verdict.CRASHED,
                "Importing your package ended Python itself. Look for sys.exit, os._exit or os.kill at the top level of "
                "your modules.",
            )
        except (Fault, values.ProtocolError):
            self._direct = True
        else:
            if len(below) == 1:
                self._zygote, self._zygote_pid = ours, below[0]
                if self._zygote_is_clean():
                    return
            self._direct = True
        ours.close()
        self._zygote = None
        self.discard_box()
        if self.refusal is None:
            self._box()

    def _refuse(self, verdict: Verdict, message: str) -> None:
        self.refusal = (verdict, message)

    def _zygote_is_clean(self) -> bool:
        """Whether the package zygote is one thread, running, without children, and alone in its box with the base zygote."""
        assert self.box is not None
        pid = self._zygote_pid
        return (
            len(processes.threads(pid)) == 1
            and processes.children(pid) == []
            and processes.children(self.box.init_pid) == [pid]
            and processes.state(pid) in ("R", "S", "D")
        )

    def _fork(self, control: socket.socket, parent: int, tidy: bool = False) -> TestProcess | None:
        """Return a new test process forked by a zygote, which may tidy up first, or None if the zygote does not do it."""
        assert self.box is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        reading, writing = os.pipe()
        message = {
            "do": "test",
            "tidy": tidy,
            "packages": self._packages,
            "frame_bytes": self.limits.frame_bytes,
            "test_limits": self._test_limits,
        }
        before = set(processes.children(parent))
        try:
            self._ask(control, message, [theirs.fileno(), writing])
            born = [pid for pid in processes.children(parent) if pid not in before]
            if len(born) == 1:
                pidfd = os.pidfd_open(born[0])
                cpu, kills = self.box.cpu_seconds(), self.box.oom_kills()
                self._live.add(born[0])
                return TestProcess(born[0], pidfd, ours, reading, self.box, parent, cpu, kills)
        except (TimeoutError, EOFError, Fault, values.ProtocolError, ProcessLookupError):
            pass
        finally:
            theirs.close()
            os.close(writing)
        ours.close()
        os.close(reading)
        return None

    def _ask(self, control: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> dict[str, Any]:
        """Send a zygote a message and return its answer; a package zygote's patience runs out over the run."""
        is_package = control is self._zygote
        began = time.monotonic()
        try:
            send_message(control, message, fds)
            return receive_message(
                control, min(ANSWER_SECONDS, self._zygote_seconds) if is_package else ANSWER_SECONDS
            )[0]
        finally:
            if is_package:
                self._zygote_seconds -= time.monotonic() - began
                self._direct = self._direct or self._zygote_seconds <= 0

    # --- ending a test ---

    def watch(self, process: TestProcess) -> Verdict | None:
        """Look at a running test from outside; returns the verdict if it uses what it may not, and kills it."""
        if process.box.used_inodes() - self._clean_inodes > self.limits.work_inodes:
            verdict = Verdict.OUTPUT_EXCEEDED
        elif self._resident_bytes(process.box) > self.limits.memory_bytes + (512 << 20):
            verdict = Verdict.OUT_OF_MEMORY
        else:
            return None
        self._kill(process)
        return verdict

    def _resident_bytes(self, box: Box) -> int:
        return sum(map(processes.resident_bytes, processes.descendants(box.init_pid)))

    def _kill(self, process: TestProcess) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(process.pidfd, signal.SIGKILL)

    def finish_test(self, process: TestProcess) -> Usage:
        """End a test's process, and see to it that nothing of it is left: what cannot be cleaned goes with its box."""
        cpu = processes.cpu_seconds(process.pid)
        self._kill(process)
        self._live.discard(process.pid)
        gone = wait_ended(process.pidfd, EXIT_SECONDS)
        os.close(process.pidfd)
        box = process.box
        is_tidy, status = self._tidy(process) if gone and box is self.box else (False, None)
        left_behind = not is_tidy or not self._is_clean(process)
        if process.box_cpu_seconds is not None:
            cpu = max(cpu, (box.cpu_seconds() or 0.0) - process.box_cpu_seconds)
        out_of_memory = box.oom_kills() > process.oom_kills
        if box is self.box and (left_behind or (self._direct and self._zygote is not None)):
            self.discard_box()
        return Usage(cpu, status, out_of_memory, left_behind)

    def turn_over(self, process: TestProcess) -> Usage:
        """End a test's process while its successor is forked; if anything is left of it, the successor goes as well.

        The successor waits for the judge's first word; what it could meet of the one that ends is found right after.
        """
        if self._zygote is None or process.parent != self._zygote_pid or self._direct or process.box is not self.box:
            usage = self.finish_test(process)
            self.prepare()
            return usage
        cpu = processes.cpu_seconds(process.pid)
        self._kill(process)
        self._live.discard(process.pid)
        successor = self._fork(self._zygote, self._zygote_pid, tidy=True)
        gone = wait_ended(process.pidfd, EXIT_SECONDS)
        os.close(process.pidfd)
        self._ready = successor
        clean = gone and successor is not None and self._holds_only(successor, process)
        out_of_memory = process.box.oom_kills() > process.oom_kills
        if not clean:
            self.discard_box()
        self.prepare()
        return Usage(cpu, None, out_of_memory, not clean)

    def _holds_only(self, successor: TestProcess, ended: TestProcess) -> bool:
        """Whether the box holds nothing but its zygotes and a successor; the one that ended may still wait to be reaped."""
        assert self.box is not None
        return (
            len(processes.threads(self._zygote_pid)) == 1
            and set(processes.children(self._zygote_pid)) - {ended.pid} == {successor.pid}
            and processes.state(ended.pid) in ("", "Z")
            and processes.children(self.box.init_pid) == [self._zygote_pid]
            and self.box.used_inodes() <= self._clean_inodes
        )

    def _tidy(self, process: TestProcess) -> tuple[bool, int | None]:
        """Have the zygote reap what ended and empty the working folder: whether it did, and the wait status it tells."""
        assert self.box is not None
        control = self.box.control
        if self._zygote is not None and process.parent == self._zygote_pid:
            control = self._zygote
        try:
            ended = self._ask(control, {"do": "tidy"}).get("ended")
        except (TimeoutError, EOFError, Fault, values.ProtocolError):
            return False, None
        # An earlier test that was turned over may be reaped along with this one, before it.
        if type(ended) is list and ended and type(ended[-1]) is tuple and list(map(type, ended[-1])) == [int, int]:
            return True, ended[-1][1]
        return True, None

    def _is_clean(self, process: TestProcess) -> bool:
        """Whether the box holds nothing but its zygotes, each with one thread, and an empty working folder."""
        assert self.box is not None
        if process.parent == self._zygote_pid:
            alone = self._zygote_is_clean()
        else:
            alone = wait_until(lambda: set(processes.children(process.box.init_pid)) <= self._live, 0.2)
        return alone and (bool(self._live) or process.box.used_inodes() <= self._clean_inodes)

    def discard_box(self) -> None:
        """End the box with everything in it; the next test gets another."""
        ready, self._ready = self._ready, None
        self._live.clear()
        if ready is not None:
            ready.channel.close()
            os.close(ready.output)
            os.close(ready.pidfd)
        if self._zygote is not None:
            self._zygote.close()
        self._zygote, self._zygote_pid = None, 0
        box, self.box = self.box, None
        if box is not None:
            box.close()
