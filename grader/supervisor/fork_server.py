"""The fork server: gives a run its test processes, one for each test, and proves that nothing of a test is left. Side: worker.

    CLOSED --open--> BARE --import once--> WARM
       ^               |                     |
       `---------------+---------------------'   whatever is left behind, stops answering or cannot be imported

    CLOSED   there is no box
    BARE     a box whose tests are forked from the base zygote and import the student's modules for themselves
    WARM     a box with a package zygote, which has imported them once, and from which tests are forked

A package zygote is shared as long as it has neither threads nor children of its own and answers in time; the first time
that it fails, it is given up for the rest of the run. A package whose import ends Python or takes too long is refused for
all tests alike. After each test what is left of it is killed; if the kernel still knows of something, the box goes.
"""

import contextlib
import os
import resource
import socket
import time
from collections.abc import Callable, Collection, Sequence
from enum import Enum, auto
from typing import TypeVar

from grader.errors import Fault
from grader.judge import feedback
from grader.sandbox import processes
from grader.sandbox.base import START_SECONDS, Box
from grader.sandbox.control import receive_unless_stopped, receive_with_patience_for, send_message
from grader.sandbox.limits import Limits
from grader.supervisor.test_process import TestProcess, Usage, sweep
from grader.verdict import Verdict
from grader.wire import values
from grader.wire.messages import Forked, ForkPackageZygote, ForkTest, LimitBox, Loaded, Message, Tidied, Tidy

ANSWER_SECONDS, ORPHANS_SECONDS = 5.0, 0.2
MAX_PACKAGE_ZYGOTES = 3
#: What answers of a run's package zygotes may take together, and each besides: they have run the student's code, and may dawdle.
ZYGOTE_SECONDS, EACH_ANSWER_SECONDS = 0.5, 0.02
_M = TypeVar("_M", bound=Message)
UNANSWERED = (TimeoutError, EOFError, Fault, values.ProtocolError)


class State(Enum):
    """What the next test is forked from."""

    CLOSED = auto()
    BARE = auto()
    WARM = auto()


class ForkServer:
    """Gives one run its test processes, from one box or from as many as a hostile submission costs."""

    def __init__(
        self,
        open_box: Callable[[], Box],
        packages: Sequence[str],
        modules: Sequence[str],
        limits: Limits,
        *,
        shares_imports: bool = True,
        test_limits: Sequence[tuple[int, int, int]] = (),
        site: str = "",
    ) -> None:
        self._open_box = open_box
        self._packages, self._modules, self._site = list(packages), list(modules), site
        self.limits = limits
        self.box: Box | None = None
        self.state = State.CLOSED
        self._shares_imports = shares_imports
        self._zygote: socket.socket | None = None
        self._zygote_pid = self._zygotes_used = 0
        self._zygote_seconds = ZYGOTE_SECONDS
        usual = (resource.RLIMIT_CPU, limits.test_cpu_seconds, limits.test_cpu_seconds + 1)
        self._test_limits = [list(limit) for limit in test_limits or [usual]]
        self._live: set[int] = set()  # tests that have not been ended
        self._clean_inodes = 0
        self._ready: TestProcess | None = None
        self.refusal: tuple[Verdict, str] | None = None
        self.boxes_used = 0
        self.versions: dict[str, str] = {}

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
        """Return a new test process, None for a package that is refused; raises Fault if two fresh boxes give none."""
        for _attempt in range(2):
            self._advance()
            if self.refusal is not None:
                return None
            process = self._fork()
            if process is not None:
                return process
            self._shares_imports = self._shares_imports and self.state is not State.WARM
            self.discard_box()
        raise Fault("two fresh boxes in a row could not start a test process")

    def _advance(self) -> None:
        """Get to the state that the next test is forked from, unless the package is refused on the way."""
        if self.state is State.WARM and not self._is_clean(ignores_files=True):
            self._give_up_sharing()
        while self.refusal is None:
            if self.state is State.CLOSED:
                self._open()
            elif self.state is State.BARE and self._shares_imports:
                self._import_once()
            else:
                return

    def _open(self) -> None:
        """CLOSED -> BARE."""
        self.box = self._open_box()
        if self._site:
            self.box.show_packages(self._site)
        self.state = State.BARE
        self.versions = self.box.versions
        self.boxes_used += 1
        self._clean_inodes = self.box.used_inodes()
        self.box.send(LimitBox([list(limit) for limit in self.limits.box_rlimits()]))
        self.box.hear_first_process(Tidied)

    def _import_once(self) -> None:
        """BARE -> WARM; or CLOSED, with sharing given up or the package refused; or BARE, once enough zygotes were tried."""
        self._zygotes_used += 1
        if self._zygotes_used > MAX_PACKAGE_ZYGOTES:
            self._shares_imports = False
            return
        assert self.box is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        null = os.open(os.devnull, os.O_WRONLY)
        with theirs:
            self.box.send(ForkPackageZygote(self._packages, self._modules, self._site), [theirs.fileno(), null])
        os.close(null)
        try:
            self.box.hear_first_process(Forked)
            below = processes.children(self.box.init_pid)
            receive_with_patience_for(below, ours, self.limits.import_wall_seconds, Loaded)
        except TimeoutError:
            self.refusal = Verdict.TIMED_OUT, feedback.IMPORT_TOO_SLOW.format(seconds=self.limits.import_wall_seconds)
        except EOFError:
            self.refusal = Verdict.CRASHED, feedback.IMPORT_ENDED
        except (Fault, values.ProtocolError):
            pass
        else:
            if len(below) == 1:
                self._zygote, self._zygote_pid, self.state = ours, below[0], State.WARM
                if self._is_clean(ignores_files=True):
                    return
        ours.close()
        self._give_up_sharing()

    def _give_up_sharing(self) -> None:
        """Any state -> CLOSED, and never WARM again."""
        self._shares_imports = False
        self.discard_box()

    def _fork(self, tidy: bool = False) -> TestProcess | None:
        """Return a new test process forked by a zygote, which may tidy up first, or None if the zygote does not do it."""
        assert self.box is not None
        parent = self._zygote_pid or self.box.init_pid
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        reading, writing = os.pipe()
        message = ForkTest(self._packages, self.limits.frame_bytes, self._test_limits, tidy, self._site)
        before = set(processes.children(parent))
        try:
            self._ask(message, Forked, [theirs.fileno(), writing])
            born = [pid for pid in processes.children(parent) if pid not in before]
            if len(born) == 1:
                process = TestProcess.of_child(born[0], ours, reading, self.box, parent)
                self._live.add(process.pid)
                return process
        except (*UNANSWERED, ProcessLookupError):
            pass
        finally:
            theirs.close()
            os.close(writing)
        ours.close()
        os.close(reading)
        return None

    def _ask(self, message: Message, answer: type[_M], fds: Sequence[int] = ()) -> _M:
        """Send the zygote a message and return its answer; the patience with a package zygote may run out."""
        assert self.box is not None
        control, began, is_warm = self._zygote or self.box.control, time.monotonic(), self.state is State.WARM
        seconds = self._zygote_seconds if is_warm else START_SECONDS
        try:
            send_message(control, message, fds)
            return receive_unless_stopped(control, seconds, answer, self._zygote_pid or self.box.init_pid)
        finally:
            if is_warm:
                left = self._zygote_seconds - (time.monotonic() - began)
                self._shares_imports = self._shares_imports and left > 0
                self._zygote_seconds = min(left + EACH_ANSWER_SECONDS, ZYGOTE_SECONDS)

    def watch(self, process: TestProcess) -> Verdict | None:
        """Look at a running test from outside; kills it, and returns the verdict, if it uses what it may not."""
        return process.kill_if_greedy(self.limits, self._clean_inodes)

    def finish_test(self, process: TestProcess) -> Usage:
        """End a test's process, and see to it that nothing of it is left: what cannot be cleaned goes with its box."""
        cpu = process.cpu_seconds()
        process.kill()
        self._live.discard(process.pid)
        gone = process.wait()
        is_tidy, status = self._tidy() if gone and process.box is self.box else (False, None)
        is_swept = is_tidy and self._sweep()
        clean = is_tidy and self._is_clean(self._live)
        usage = Usage(max(cpu, process.box_seconds()), status, process.ran_out_of_memory(), is_swept or not clean)
        if process.box is self.box and (not clean or (self.state is State.WARM and not self._shares_imports)):
            self.discard_box()
        return usage

    def turn_over(self, process: TestProcess) -> Usage:
        """End a test's process while its successor is forked; if anything is left of it, the successor goes as well.

        The successor waits for the judge's first word; what it could meet of the one that ends is found right after.
        """
        is_shared = self.state is State.WARM and self._shares_imports and process.parent == self._zygote_pid
        if not is_shared or process.box is not self.box:
            usage = self.finish_test(process)
            self.prepare()
            return usage
        cpu = process.cpu_seconds()
        process.kill()
        self._live.discard(process.pid)
        successor = self._fork(tidy=True)
        gone = process.wait()
        self._ready = successor
        clean = gone and successor is not None and self._is_clean({successor.pid}, ended=process.pid)
        usage = Usage(cpu, None, process.ran_out_of_memory(), not clean)
        if not clean:
            self._ready = None
            if successor is not None:
                successor.discard()
                self._live.discard(successor.pid)
            if not gone or successor is None or not self._sweep() or not self._is_clean(self._live):
                self.discard_box()
        self.prepare()
        return usage

    def _sweep(self) -> bool:
        """Kill what is in the box besides its zygotes and its tests; whether there was anything, and all of it is gone."""
        assert self.box is not None
        with contextlib.suppress(*UNANSWERED):
            return sweep(self.box, {*self._live, self._zygote_pid}, ANSWER_SECONDS) and self._tidy()[0]
        return False

    def _tidy(self) -> tuple[bool, int | None]:
        """Have the zygote reap what ended and empty the working folder: whether it did, and the wait status it tells."""
        try:
            ended = self._ask(Tidy(), Tidied).ended
        except UNANSWERED:
            return False, None
        # An earlier test that was turned over may be reaped along with this one, before it.
        return True, ended[-1][1] if ended and len(ended[-1]) == 2 else None

    def _is_clean(self, tests: Collection[int] = (), *, ended: int = 0, ignores_files: bool = False) -> bool:
        """Whether the box holds nothing but its zygotes, each with one thread, these tests, and an empty working folder.

        ended: a test that may still wait to be reaped. The files of a test that runs are its own.
        """
        assert self.box is not None
        if self.state is State.WARM:
            is_alone = (
                len(processes.threads(self._zygote_pid)) == 1
                and processes.state(self._zygote_pid) in processes.AT_WORK
                and set(processes.children(self._zygote_pid)) - {ended} == set(tests)
                and (not ended or processes.state(ended) in ("", "Z"))
                and processes.children(self.box.init_pid) == [self._zygote_pid]
            )
        else:  # orphans that its first process has yet to reap are gone in a moment
            first = self.box.init_pid
            is_alone = processes.wait_until(lambda: set(processes.children(first)) <= set(tests), ORPHANS_SECONDS)
        ignores_files = ignores_files or (bool(self._live) and not ended)
        return is_alone and (ignores_files or self.box.used_inodes() <= self._clean_inodes)

    def discard_box(self) -> None:
        """Any state -> CLOSED: end the box with everything in it; the next test gets another."""
        ready, self._ready = self._ready, None
        self._live.clear()
        if ready is not None:
            ready.discard()
        if self._zygote is not None:
            self._zygote.close()
        self._zygote, self._zygote_pid = None, 0
        box, self.box, self.state = self.box, None, State.CLOSED
        if box is not None:
            box.close()
