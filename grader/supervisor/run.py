"""The supervisor: one run of one tree against one suite, from boxes to a `RunResult`. Side: worker.

It runs no code of the student's and none of the suite's: it forks test processes on the judge's request, hands their
channels over, reads the kernel's clocks, kills, and writes down what the judge reports. Every check that was planned is in the
result; a judge that dies, or a run that passes its limit, is a fault and makes no result at all.
"""

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from grader.errors import Fault, JudgeFault, RunTimedOut, SuiteError, YardstickStalled
from grader.result import Check, RunResult
from grader.sandbox.base import CONTENT, Box, Engine, Starting
from grader.sandbox.control import receive_message, send_message
from grader.sandbox.limits import Limits
from grader.source import Preparation, Tree, stage_folder
from grader.suite.advice import advise
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.suite.packages.site import site_of
from grader.supervisor.assemble import ResultBuilder, check_of, provenance
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.judge_box import SuiteJudge, begin_judges, longest_seconds
from grader.supervisor.meters import Meters
from grader.supervisor.overlay import with_course_files
from grader.supervisor.test_process import TestProcess
from grader.verdict import Verdict
from grader.wire.messages import (
    BeginTests,
    Broken,
    CloseMeter,
    EndTest,
    Finished,
    Granted,
    JudgeRun,
    Message,
    OpenMeter,
    ReadMeter,
    Stalled,
    StartTest,
    Withheld,
)
from grader.wire.values import ProtocolError

WATCH_SECONDS = 0.2
OF_A_RUN = (StartTest, EndTest, OpenMeter, ReadMeter, CloseMeter, Broken, Stalled, Finished)

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
        self.watched: Verdict | None = None
        self.left_seconds = limits.lost_wall_seconds
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
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise RunTimedOut(f"the run of {self.judge.suite.name} passed its limit")
            try:
                return receive_message(control, min(WATCH_SECONDS, remaining), *OF_A_RUN)
            except TimeoutError:
                if self.process is not None and self.watched is None:
                    self.watched = self.host.watch(self.process)
            except EOFError:
                raise JudgeFault(f"the judge of {self.judge.suite.name} ended in the middle of a run") from None
            except ProtocolError as problem:
                raise JudgeFault(f"the judge said something that is no part of a run: {problem}") from None

    def _start(self, control: socket.socket, check_id: str) -> None:
        """Give the judge a fresh candidate process for a test."""
        process = self.host.next_test()
        if isinstance(process, TestProcess):
            self.process, self.watched = process, None
        self.check_id = check_id
        late = min(self.limits.late_wall_seconds, self.limits.test_wall_seconds) if self.left_seconds <= 0 else None
        self._hand_over(control, process, late)

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


def grade(
    tree: Tree,
    suite: Suite,
    engine: Engine,
    *,
    seed: int,
    order: Order | None = None,
    judge: SuiteJudge | None = None,
    open_candidate: Callable[[Limits], Box] | None = None,
    on_check: OnCheck | None = None,
) -> RunResult:
    """Grade a tree and return the result; the same seed, tree and suite give the same inputs again.

    `judge` and `open_candidate` come from a warm pool; without them boxes are started here and ended with the run.
    Raises SuiteError for a suite that cannot be collected, and Fault where something of ours fails.
    """
    began = time.monotonic()
    limits = Limits().override(suite.limits)
    with contextlib.ExitStack() as over:
        judges = None if judge else begin_judges(engine)  # first, since nothing else takes as long
        if judges:
            over.callback(judges.close)
        first = [] if open_candidate else [engine.begin("candidate", limits)]
        over.callback(_abandon, first)
        preparation = Preparation(tree, suite.packages, suite.notebooks)
        over.callback(preparation.abandon)
        work, course_notes = with_course_files(preparation.prepared.tree, suite)
        judge = judges.judge(suite) if judges else judge
        assert judge is not None
        start_candidate = open_candidate or (lambda limits: engine.start("candidate", limits))

        def open_box() -> Box:
            box = first.pop().finish() if first else start_candidate(limits)
            work.write_to(box.folder / CONTENT["candidate"])
            return box

        def refuse() -> None:
            if preparation.refusal is not None:
                host.refusal = Verdict.FAILED, preparation.refusal
                host.discard_box()

        def finish_preparation() -> None:
            preparation.finish()
            refuse()

        host = ForkServer(open_box, suite.packages, suite.modules, limits, site=site_of(suite, "candidate"))
        over.callback(host.discard_box)
        refuse()
        meters = Meters(work, suite, limits, start_candidate)
        over.callback(meters.close_all)
        if not judge.is_collected:
            host.prepare()
        run = SupervisedRun(host, meters, judge, limits, seed, order or Order(), on_check)
        outcome = run.judge_all(finish_preparation)
        if outcome.faults:
            host.discard_box()
            asked = Order(only=outcome.faults, is_timed=run.order.is_timed, doubts_faults=False)
            again = partial(grade, seed=seed, order=asked, judge=judge, open_candidate=open_candidate)
            _refuse_broken(suite, outcome.faults, lambda reference: again(reference, suite, engine))
        made_with = provenance(tree, suite, engine, seed, limits, host, judge)
        made_with |= {"cpu_seconds": round(outcome.cpu_seconds, 4)}
        notes = (*suite.notes_on(tree), *preparation.prepared.notes, *course_notes)
        prepared = replace(preparation.prepared, notes=notes)
        result = outcome.result(run.planned, suite, prepared, made_with)
        if suite.advice and run.order.is_whole:
            result = replace(result, notes=(*result.notes, *advise(result, suite.advice).sentences))
    result.provenance["wall_seconds"] = round(time.monotonic() - began, 4)
    return result


def _refuse_broken(suite: Suite, faults: Mapping[str, str], judged: Callable[[Tree], RunResult]) -> None:
    """Raise SuiteError if the reference, too, meets what looks like a fault of the suite's: no submission decides about that."""
    assert suite.reference is not None
    lost = [each.id for each in judged(stage_folder(suite.reference)).checks if each.verdict is not Verdict.PASSED]
    if lost:
        raise SuiteError(faults[lost[0]])


def _abandon(boxes: list[Starting]) -> None:
    for box in boxes:
        box.abandon()
