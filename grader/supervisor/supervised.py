"""One tree's checks under way: the judge's requests are served, its tests' processes watched, and what ends is written down.

Side: worker. It runs no code of the student's and none of the suite's: it forks test processes on the judge's request, hands
their channels over, reads the kernel's clocks, kills. A judge that dies, or a run that passes its limit, is a fault.
"""

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Callable

from grader.errors import Fault, JudgeFault, RunTimedOut, SuiteError, YardstickStalled
from grader.result import Check
from grader.sandbox import processes
from grader.sandbox.base import CONTENT, Box
from grader.sandbox.control import receive_with_sender, send_message, tell_senders
from grader.sandbox.limits import Limits
from grader.source import Tree
from grader.suite.order import Order
from grader.suite.packages.site import site_of
from grader.supervisor.assemble import ResultBuilder, check_of
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.judge_box import SuiteJudge, longest_seconds
from grader.supervisor.meters import Meters
from grader.supervisor.test_process import TestProcess
from grader.verdict import Verdict
from grader.wire.messages import (
    MOST_WAITED_SECONDS,
    BeginTests,
    Broken,
    CloseMeter,
    EndTest,
    Finished,
    Granted,
    JudgeRun,
    Message,
    MoreTime,
    OpenMeter,
    ReadMeter,
    Stalled,
    StartTest,
    Withheld,
)
from grader.wire.values import ProtocolError

WATCH_SECONDS = 0.2
OF_A_RUN = (StartTest, EndTest, MoreTime, OpenMeter, ReadMeter, CloseMeter, Broken, Stalled, Finished)

OnCheck = Callable[[Check, int, int], None]


class SupervisedRun:
    """One run under way."""

    def __init__(
        self,
        host: ForkServer,
        meters: Meters,
        judge: SuiteJudge,
        limits: Limits,
        seed: int,
        order: Order,
        on_check: OnCheck | None,
    ) -> None:
        self.host = host
        self.meters = meters
        self.judge = judge
        self.limits = limits
        self.seed = seed
        self.order = order
        self.on_check = on_check
        self.outcome = ResultBuilder()
        self.process: TestProcess | None = None
        self.check_id = ""  # of the test under way
        self.judge_pid = 0
        self.together: processes.Together | None = None  # the judge and the test's process
        self.watched: Verdict | None = None
        self.left_seconds = limits.lost_wall_seconds
        self.given_seconds = 0.0  # to the test under way, beside its own
        self.left_waited_seconds = MOST_WAITED_SECONDS
        wanted = {check.id: check for check in judge.checks if order.wants(check.id)}
        self.planned = {name: wanted[name] for name in (*order.first, *wanted) if name in wanted}
        self.deadline = time.monotonic() + max(
            limits.run_wall_seconds, longest_seconds(judge.suite, limits, self.planned.values())
        )

    def judge_all(self, finish_preparation: Callable[[], None] = lambda: None) -> ResultBuilder:
        """Serve the judge until it has reported every test; raises Fault if it does not.

        finish_preparation: what has to be over before anything is asked of the student's code.
        """
        control = self.judge.begin(
            JudgeRun(
                seed=self.seed,
                checks=self._in_turn(),
                shuffle=self.order.shuffle,
                test_wall_seconds=self.limits.test_wall_seconds,
                budget_wall_seconds=self.limits.budget_wall_seconds,
                trees=list(self.meters.trees),
                frame_bytes=self.limits.frame_bytes,
                output_bytes=self.limits.output_bytes,
                judge_cpu_seconds=self.limits.judge_cpu_seconds,
                judge_memory_bytes=self.limits.judge_memory_bytes,
                doubts_faults=self.order.doubts_faults and self.judge.suite.reference is not None,
                is_timed=self.order.is_timed,
            )
        )
        with control:
            tell_senders(control)
            try:
                if self.planned:  # while the judge forks
                    self.host.prepare()
                finish_preparation()
                send_message(control, BeginTests())
                while self._serve(control) and not (self.order.until_lost and self.outcome.has_lost):
                    pass
            finally:
                self._drop_process()
        missing = self.planned.keys() - self.outcome.checks.keys()
        if missing and not self.order.until_lost:
            raise JudgeFault(f"the judge ended without a word on {len(missing)} tests, {min(missing)} among them")
        return self.outcome

    def _in_turn(self) -> list[str]:
        """Return the checks as they are judged: the hidden ones last.

        Tests of one box can leave messages for later ones in memory that they share, and what a visible one prints is read.
        """
        if self.order.first:
            return list(self.planned)
        return sorted(self.planned, key=lambda name: self.planned[name].visibility != "visible")

    def _serve(self, control: socket.socket) -> bool:
        """Handle one message of the judge; False when it has finished."""
        message = self._next_message(control)
        if isinstance(message, StartTest):
            self._start(control, message.check)
        elif isinstance(message, EndTest):
            self._end(message)
        elif isinstance(message, MoreTime):
            send_message(control, MoreTime(self._more_seconds()))
        elif isinstance(message, OpenMeter):
            self._hand_over(control, self.meters.open(message.role, message.tree), None)
        elif isinstance(message, ReadMeter):
            send_message(control, self.meters.reading(message.role, message.reset_peak))
        elif isinstance(message, CloseMeter):
            self.meters.close(message.role)
        elif isinstance(message, Broken):
            raise SuiteError("; ".join(message.sentences))
        elif isinstance(message, Stalled):
            raise YardstickStalled(message.sentence)
        return not isinstance(message, Finished)

    def _next_message(self, control: socket.socket) -> Message:
        """Return the judge's next message, looking at the running test from outside while waiting."""
        while True:
            asked = time.monotonic()
            remaining = self.deadline - asked
            if remaining <= 0:
                raise RunTimedOut(f"the run of {self.judge.suite.name} passed its limit")
            try:
                message, self.judge_pid = receive_with_sender(control, min(WATCH_SECONDS, remaining), *OF_A_RUN)
                return message
            except TimeoutError:
                if self.process is not None and self.watched is None:
                    self.watched = self.host.watch(self.process)
                if self.together is not None:
                    self.together.look(time.monotonic() - asked, WATCH_SECONDS)
            except EOFError:
                raise JudgeFault(self.judge.ending("in the middle of a run")) from None
            except ProtocolError as problem:
                raise JudgeFault(f"the judge said something that is no part of a run: {problem}") from None

    def _start(self, control: socket.socket, check_id: str) -> None:
        """Give the judge a fresh candidate process for a test; it may begin one anew, in a fresh process of its own."""
        self._drop_process()
        process = self.host.next_test()
        if isinstance(process, TestProcess):
            self.process, self.watched = process, None
            self.together, self.given_seconds = processes.Together(process.pid, self.judge_pid), 0.0
        self.check_id = check_id
        late = min(self.limits.late_wall_seconds, self.limits.test_wall_seconds) if self.left_seconds <= 0 else None
        self._hand_over(control, process, late)

    def _more_seconds(self) -> float:
        """Return how much longer the running test may take: as long as others kept it waiting, while the run has that."""
        if self.process is None or self.together is None or self.left_seconds <= 0:
            return 0.0
        kept = self.together.kept_seconds() - self.process.others_seconds() - self.given_seconds
        more = max(min(kept, self.left_waited_seconds), 0.0)
        self.given_seconds += more
        self.left_waited_seconds -= more
        return more

    def _hand_over(
        self, control: socket.socket, process: TestProcess | tuple[Verdict, str], wall_seconds: float | None
    ) -> None:
        """Give a process's channel to the judge, with its test's seed, so that all sides of a budget draw alike; or say why not."""
        if isinstance(process, tuple):
            verdict, message = process
            send_message(control, Withheld(verdict.value, message))
            return
        seed = int.from_bytes(hashlib.sha256(f"candidate {self.seed} {self.check_id}".encode()).digest()[:4], "big")
        send_message(control, Granted(seed, wall_seconds), [process.channel.fileno(), process.output])
        process.channel.close()
        os.close(process.output)

    def _end(self, end: EndTest) -> None:
        """Write down a test's end, once its process is gone, and get the next process ready meanwhile."""
        usage = None
        is_last = len(self.outcome.checks) + 1 >= len(self.planned)
        if self.process is not None:
            process, self.process = self.process, None
            crashed = end.verdict == Verdict.CRASHED.value  # only then is it asked how the process ended
            usage = self.host.finish_test(process) if is_last or crashed else self.host.turn_over(process)
            self.outcome.cpu_seconds += usage.cpu_seconds
        self.meters.close_running()
        if not is_last:
            self.host.prepare()
        planned = self.planned.get(end.check)
        if planned is None or end.check in self.outcome.checks:
            raise JudgeFault(f"the judge reported {end.check!r}, which is not a test of this run")
        check = check_of(planned, end, usage, self.watched, self.limits.test_cpu_seconds)
        self.outcome.add(check, end)
        if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED) and not planned.is_measured:
            self.left_seconds -= end.duration_s
        if self.on_check is not None:
            self.on_check(check, len(self.outcome.checks), len(self.planned))

    def _drop_process(self) -> None:
        if self.process is not None:
            with contextlib.suppress(Fault):
                self.host.finish_test(self.process)
            self.process = None


def judge_again(
    run: SupervisedRun, tree: Tree, order: Order, start_candidate: Callable[[Limits], Box]
) -> dict[str, Check]:
    """Judge some of a run's checks on another tree, in boxes of its own, and return them by their names.

    It has the time that the run has left, as a whole and for tests that do not pass, and its computing counts as the run's.
    """
    suite, limits = run.judge.suite, run.limits

    def open_box() -> Box:
        box = start_candidate(limits)
        tree.write_to(box.folder / CONTENT["candidate"])
        return box

    with contextlib.ExitStack() as over:
        host = ForkServer(open_box, suite.packages, suite.modules, limits, site=site_of(suite, "candidate"))
        over.callback(host.discard_box)
        meters = Meters(tree, suite, limits, start_candidate)
        over.callback(meters.close_all)
        again = SupervisedRun(host, meters, run.judge, limits, run.seed, order, None)
        again.deadline, again.left_seconds = min(again.deadline, run.deadline), run.left_seconds
        try:
            return again.judge_all().checks
        finally:
            run.left_seconds = again.left_seconds
            run.outcome.cpu_seconds += again.outcome.cpu_seconds
