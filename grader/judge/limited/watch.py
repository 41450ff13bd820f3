"""A run's tests, judged in a process that another one watches: CPU time, memory and time of each test are limited. Side: judge.

What a candidate sends may take the judge longer to compare, or to write down, than anybody can wait. All tests of a run share
one process, so that an honest run pays one fork for this. If that process dies, the test that it was at is over, and another
process goes on with the next one. A death before the student's code has been asked for anything is the suite's own; but what an
earlier test has left behind in the process may have brought it about, and a fresh process tries that test first.
"""

import math
import mmap
import os
import resource
import select
import signal
import struct
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.wire.messages import MOST_WAITED_SECONDS, JudgeRun

LOOK_SECONDS = 0.5
REPLY_SECONDS = 30.0
BUSY = 2.0  # seconds that one of CPU time may take on a busy machine
#: So many tests of a run may use up all of the judge's time; then it has a second for each that is left, for a run must end
#: before its worker does.
FULL_TESTS, SHORT_SECONDS = 3, 1.0
_LAYOUT = struct.Struct("qd??B")
#: What a judge has mapped where no /proc tells it: NumPy, pytest and a suite, generously.
MAPPED_BYTES = 1 << 30
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
#: What the process is at: a test of its own; telling of one; between two; done with all of them.
JUDGING, TELLING, TOLD, DONE = range(4)


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """What the judge may use for one test, beside what the candidate uses."""

    cpu_seconds: float
    memory_bytes: int  # more than it holds when the test begins
    waiting_seconds: float  # for the candidate

    @property
    def wall_seconds(self) -> float:
        """How long the test may take in all."""
        return self.waiting_seconds + BUSY * self.cpu_seconds


def own_limits(run: JudgeRun, marks: Mapping[str, Any]) -> OwnLimits:
    """Return what the judge itself may use for a test with these marks; a measurement checks every answer of it."""
    measured = run.budget_wall_seconds if "__budget__" in marks or "__scales__" in marks else 0.0
    waiting = run.test_wall_seconds + 3 * measured + MOST_WAITED_SECONDS
    return OwnLimits(run.judge_cpu_seconds + measured, run.judge_memory_bytes, waiting)


class Progress:
    """How far the process has come, in memory that it shares with the one that watches it."""

    def __init__(self, run_cpu_seconds: float) -> None:
        self.left_cpu_seconds = run_cpu_seconds  # of the whole run's, for the process that is forked next
        self.first = 0  # the first test of this process
        self._memory = mmap.mmap(-1, _PAGE_BYTES)
        self._note(-1, 0.0, False, False, TELLING)

    def _note(self, number: int, began: float, is_asked: bool, is_awaiting: bool, phase: int) -> None:
        _LAYOUT.pack_into(self._memory, 0, number, began, is_asked, is_awaiting, phase)

    @property
    def _state(self) -> tuple[int, float, bool, bool, int]:
        number, began, is_asked, is_awaiting, phase = _LAYOUT.unpack_from(self._memory)
        return number, began, is_asked, is_awaiting, phase

    @property
    def number(self) -> int:
        """Which test it is at, or was at last; -1 before the first."""
        return self._state[0]

    @property
    def seconds(self) -> float:
        """How long it has been at it."""
        return time.monotonic() - self._state[1]

    @property
    def is_judging(self) -> bool:
        """Whether a test of its own is under way, all that is said of it not yet made."""
        return self._state[4] == JUDGING

    @property
    def is_done(self) -> bool:
        """Whether everything has been told."""
        return self._state[4] == DONE

    @property
    def is_students(self) -> bool:
        """Whether the student's code has been asked for something in the test that is under way."""
        return self.is_judging and self._state[2]

    @property
    def is_fresh(self) -> bool:
        """Whether the process has judged nothing yet but the test that is under way."""
        return self.number <= self.first

    @property
    def is_to_be_tried_again(self) -> bool:
        """Whether what an earlier test has left behind may have ended the process."""
        return (not self.is_fresh and self.is_judging) or self._state[4] == TOLD

    @property
    def is_awaiting(self) -> bool:
        """Whether an answer of the supervisor's may be on its way."""
        return self._state[3]

    def begin(self, number: int, limits: OwnLimits) -> None:
        """Note that a test begins, and limit this process for it."""
        left = max(self.left_cpu_seconds - _used_cpu(), SHORT_SECONDS)
        _limit_cpu(min(limits.cpu_seconds, left))
        _limit_memory(limits.memory_bytes)
        self._note(number, time.monotonic(), False, False, JUDGING)

    def ask(self, is_asked: bool = True) -> None:
        """Note that the student's code is asked for something; or that what its process said of itself has been read."""
        number, began, _, is_awaiting, phase = self._state
        self._note(number, began, is_asked, is_awaiting, phase)

    def await_answer(self, is_awaiting: bool) -> None:
        """Note that the supervisor is asked for something, or has answered."""
        number, began, is_asked, _, phase = self._state
        self._note(number, began, is_asked, is_awaiting, phase)

    def tell(self) -> None:
        """Note that a test is over, and that only telling of it is left, which nothing of a student's can hold up."""
        _limit_cpu(math.inf)  # first: where a test has forbidden that, it is the test's own end
        number, began, is_asked, is_awaiting, _ = self._state
        self._note(number, began, is_asked, is_awaiting, TELLING)

    def told(self) -> None:
        """Note that what a test has come to has been told."""
        number, began, _, _, _ = self._state
        self._note(number, began, False, False, TOLD)

    def finish(self) -> None:
        """Note that everything has been told."""
        number, began, _, _, _ = self._state
        self._note(number, began, False, False, DONE)


def watched(
    progress: Progress,
    limits: Sequence[OwnLimits],
    judge: Callable[[int], None],
    leave: Callable[[int, bool], None],
) -> NoReturn:
    """Have `judge(first)` judge all tests from the first on in a process of its own, and another go on where one dies.

    `leave(number, is_lost)` drops what a process that has died was waiting for, and tells of its test if that is lost. Never
    returns; hangs up where nobody but we can be at fault.
    """
    while not progress.is_done:
        alive, ended = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.close(alive)
                judge(progress.first)
                progress.finish()
            except BaseException:
                traceback.print_exc()  # for whoever looks after the judges
            finally:
                os._exit(0 if progress.is_done else 1)
        os.close(ended)
        status = _wait(process, alive, progress, limits)
        os.close(alive)
        if not progress.is_done:
            if progress.is_students:
                leave(progress.number, True)
                progress.first = progress.number + 1
            elif progress.is_to_be_tried_again:
                leave(progress.number, False)
                progress.first = progress.number + (not progress.is_judging)
            else:
                os.write(2, f"a judge's process ended with wait status {status} at test {progress.number}".encode())
                os._exit(1)
    os._exit(0)


def _wait(process: int, alive: int, progress: Progress, limits: Sequence[OwnLimits]) -> int:
    """Wait for a process's end, bring it about where its test takes too long, and return its wait status."""
    end = select.poll()
    end.register(alive, select.POLLIN)
    while not end.poll(LOOK_SECONDS * 1000):
        if progress.is_judging and progress.seconds > limits[progress.number].wall_seconds:
            os.kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    progress.left_cpu_seconds -= usage.ru_utime + usage.ru_stime
    return status


def _used_cpu() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def _limit_cpu(seconds: float) -> None:
    """Let this process use so much more CPU time, in whole seconds: the kernel counts no others."""
    most = resource.RLIM_INFINITY if math.isinf(seconds) else math.ceil(_used_cpu() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _limit_memory(more_bytes: int) -> None:
    """Let this process map so much more memory than it has mapped now."""
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY)
        mapped = int(os.read(file, 100).split()[0]) * _PAGE_BYTES
        os.close(file)
    except FileNotFoundError:
        mapped = MAPPED_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more_bytes, resource.RLIM_INFINITY))
