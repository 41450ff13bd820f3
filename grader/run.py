"""The supervisor: one run of one tree against one suite, from boxes to a `RunResult`. Side: worker.

It runs no code of the student's and none of the suite's: it forks test processes on the judge's request, hands their
channels over, reads the kernel's clocks, kills, and writes down what the judge reports. Every check that was planned is in the
result; a judge that dies, or a run that passes its limit, is a fault and makes no result at all.
"""

import contextlib
import hashlib
import os
import platform
import signal
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from grader import __version__, feedback
from grader.advice import advise
from grader.errors import (
    Fault,
    JudgeFault,
    RunTimedOut,
    SandboxUnavailable,
    SourceError,
    SuiteError,
    UsageError,
)
from grader.hosting import Host, TestProcess, Usage
from grader.judging import POINT_DECIMALS, PlannedCheck, SuiteJudge, open_judge
from grader.metering import Meters
from grader.result import Check, Leaderboard, RunResult
from grader.sandbox.base import CONTENT, Box, Engine
from grader.sandbox.control import receive_message, send_message
from grader.sandbox.limits import Limits
from grader.source import LineMap, Prepared, Tree, prepare_package
from grader.suite import Suite
from grader.text import clean
from grader.verdict import CAN_EARN_POINTS, Verdict

WATCH_SECONDS = 0.2
SPARE_SECONDS = 60.0
BETWEEN_TESTS_SECONDS = 3.0  # a box that a test has spoilt is ended and another started
MESSAGE_BYTES, OUTPUT_BYTES = 8_000, 16_000

OnCheck = Callable[[Check, int, int], None]


@dataclass(frozen=True)
class Order:
    """What to run: all of a suite in its own order, or a part of it, or in another order."""

    seed: int
    only: Collection[str] | None = None
    shuffle: int | None = None
    without: str | None = None  # a file of the suite to leave out
    first: Sequence[str] = ()  # checks to begin with
    until_lost: bool = False  # stop at the first test that loses points

    @property
    def is_whole(self) -> bool:
        """Whether every check of the suite is part of this run."""
        return self.only is None and self.without is None and not self.until_lost

    def wants(self, check_id: str) -> bool:
        """Whether a check is part of this run."""
        left_out = self.without is not None and check_id.startswith(f"{self.without}::")
        return not left_out and (self.only is None or check_id in self.only)


@dataclass
class _Progress:
    """What has been reported so far."""

    checks: dict[str, Check] = field(default_factory=dict)
    leaderboard: list[Leaderboard] = field(default_factory=list)
    cpu_seconds: float = 0.0


class Run:
    """One run under way."""

    def __init__(
        self, host: Host, meters: Meters, judge: SuiteJudge, limits: Limits, order: Order, on_check: OnCheck | None
    ) -> None:
        self.host = host
        self.meters = meters
        self.judge = judge
        self.limits = limits
        self.order = order
        self.on_check = on_check
        self.progress = _Progress()
        self.process: TestProcess | None = None
        self.watched: Verdict | None = None
        wanted = {check.id: check for check in judge.checks if order.wants(check.id)}
        self.planned = {name: wanted[name] for name in (*order.first, *wanted) if name in wanted}
        self.deadline = time.monotonic() + max(limits.run_wall_seconds, self._longest_seconds())

    def _longest_seconds(self) -> float:
        """Return how long the run takes if every test uses up its time: no submission can make a fault of a run."""
        seconds = SPARE_SECONDS
        for check in self.planned.values():
            seconds += self.limits.test_wall_seconds + BETWEEN_TESTS_SECONDS
            seconds += self.limits.budget_wall_seconds if check.is_measured else 0.0
        return seconds

    def judge_all(self) -> _Progress:
        """Serve the judge until it has reported every test; raises Fault if it does not."""
        control = self.judge.begin(
            {
                "seed": self.order.seed,
                "only": list(self.planned),
                "shuffle": self.order.shuffle,
                "test_wall_seconds": self.limits.test_wall_seconds,
                "budget_wall_seconds": self.limits.budget_wall_seconds,
                "trees": list(self.meters.trees),
                "frame_bytes": self.limits.frame_bytes,
                "output_bytes": self.limits.output_bytes,
            }
        )
        with control:
            try:
                while self._serve(control) and not (self.order.until_lost and self._has_lost()):
                    pass
            finally:
                self._drop_process()
        missing = self.planned.keys() - self.progress.checks.keys()
        if missing and not self.order.until_lost:
            raise JudgeFault(f"the judge ended without a word on {len(missing)} tests, {min(missing)} among them")
        return self.progress

    def _has_lost(self) -> bool:
        return any(check.points < check.max_points for check in self.progress.checks.values())

    def _serve(self, control: socket.socket) -> bool:
        """Handle one message of the judge; False when it has finished."""
        message = self._next_message(control)
        if "start" in message:
            self._start(control, str(message["start"]))
        elif "end" in message:
            self._end(message["end"])
        elif "open" in message:
            self._hand_over(control, self.meters.open(str(message["open"]), str(message["tree"])), str(message["open"]))
        elif "reading" in message:
            send_message(control, self.meters.reading(str(message["reading"]), bool(message["reset_peak"])))
        elif "close" in message:
            self.meters.close(str(message["close"]))
        elif "finished" in message:
            return False
        elif "broken" in message:
            raise SuiteError("; ".join(map(str, message["broken"])))
        else:
            raise JudgeFault("the judge said something that is no part of a run")
        return True

    def _next_message(self, control: socket.socket) -> dict[str, Any]:
        """Return the judge's next message, looking at the running test from outside while waiting."""
        while True:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise RunTimedOut(f"the run of {self.judge.suite.name} passed its limit")
            try:
                return receive_message(control, min(WATCH_SECONDS, remaining))[0]
            except TimeoutError:
                if self.process is not None and self.watched is None:
                    self.watched = self.host.watch(self.process)
            except EOFError:
                raise JudgeFault(f"the judge of {self.judge.suite.name} ended in the middle of a run") from None

    def _start(self, control: socket.socket, check_id: str) -> None:
        """Give the judge a fresh candidate process for a test."""
        process = self.host.next_test()
        if isinstance(process, TestProcess):
            self.process, self.watched = process, None
        self._hand_over(control, process, check_id)

    def _hand_over(self, control: socket.socket, process: TestProcess | tuple[Verdict, str], purpose: str) -> None:
        """Give a process's channel to the judge, with a seed of its own, or say why there is none."""
        if isinstance(process, tuple):
            verdict, message = process
            send_message(control, {"refused": [verdict.value, message]})
            return
        seed = int.from_bytes(hashlib.sha256(f"candidate {self.order.seed} {purpose}".encode()).digest()[:4], "big")
        send_message(control, {"go": True, "seed": seed}, [process.channel.fileno(), process.output])
        process.channel.close()
        os.close(process.output)

    def _end(self, end: dict[str, Any]) -> None:
        """Write down a test's end, once its process is gone, and get the next process ready meanwhile."""
        usage = None
        is_last = len(self.progress.checks) + 1 >= len(self.planned)
        if self.process is not None:
            process, self.process = self.process, None
            crashed = end["verdict"] == Verdict.CRASHED.value  # only then is it asked how the process ended
            usage = self.host.finish_test(process) if is_last or crashed else self.host.turn_over(process)
            self.progress.cpu_seconds += usage.cpu_seconds
        if not is_last:
            self.host.prepare()
        planned = self.planned.get(end["id"])
        if planned is None or end["id"] in self.progress.checks:
            raise JudgeFault(f"the judge reported {end['id']!r}, which is not a test of this run")
        check = _check(planned, end, usage, self.watched, self.limits.test_cpu_seconds)
        self.progress.checks[check.id] = check
        if "leaderboard" in end:
            name, value, order = end["leaderboard"]
            self.progress.leaderboard.append(Leaderboard(clean(name, 200), value, "asc" if order == "asc" else "desc"))
        if self.on_check is not None:
            self.on_check(check, len(self.progress.checks), len(self.planned))

    def _drop_process(self) -> None:
        if self.process is not None:
            with contextlib.suppress(Fault):
                self.host.finish_test(self.process)
            self.process = None


def _used_up_its_cpu(usage: Usage, limit_seconds: float) -> bool:
    """Whether a process ended at its CPU limit: by the kernel's clock, or, where that is gone with it, by its signal."""
    killed_at_limit = usage.status is not None and usage.status & 0x7F == signal.SIGXCPU
    return killed_at_limit or usage.cpu_seconds >= 0.95 * limit_seconds


def _check(
    planned: PlannedCheck, end: dict[str, Any], usage: Usage | None, watched: Verdict | None, cpu_limit_seconds: float
) -> Check:
    """Return the check of a test that is over: the judge's verdict, sharpened by what was seen from outside."""
    verdict = Verdict(end["verdict"])
    message = str(end["message"])
    if planned.is_measured:  # what ended then was another process than the one that is known here
        usage = None
    if verdict is Verdict.CRASHED and not message:
        if watched is not None:
            verdict = watched
        elif usage is not None and usage.out_of_memory:
            verdict = Verdict.OUT_OF_MEMORY
        elif usage is not None and _used_up_its_cpu(usage, cpu_limit_seconds):
            verdict = Verdict.TIMED_OUT
        message = (
            feedback.ended(usage.status if usage else None) if verdict is Verdict.CRASHED else feedback.HELP[verdict]
        )
    points = round(float(end["points"]), POINT_DECIMALS) if verdict in CAN_EARN_POINTS else 0.0
    return Check(
        id=planned.id,
        name=clean(planned.name, 400, 1),
        points=min(points, planned.max_points),
        max_points=planned.max_points,
        verdict=verdict,
        message=clean(message, MESSAGE_BYTES, 120),
        output=clean(str(end["output"]), OUTPUT_BYTES, 400),
        duration_s=round(float(end["duration_s"]), 6),
        number=planned.number,
        visibility=planned.visibility,
        tags=planned.tags,
        budget=end.get("budget"),
    )


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
    prepared, refusal = _prepare(tree, suite)
    starting = None if open_candidate else engine.begin("candidate", limits)
    first: list[Any] = [starting] if starting else []
    own_judge = None
    host = meters = None
    try:
        if judge is None:
            judge = own_judge = open_judge(engine, suite)

        def open_box() -> Box:
            box = first.pop().finish() if first else open_candidate(limits) if open_candidate else None
            box = box or engine.start("candidate", limits)
            prepared.tree.write_to(box.folder / CONTENT["candidate"])
            return box

        host = Host(open_box, [suite.package], suite.modules, limits)
        host.refusal = refusal
        meters = Meters(
            prepared.tree, suite, limits, open_candidate or (lambda limits: engine.start("candidate", limits))
        )
        if own_judge is not None:
            host.prepare()
        run = Run(host, meters, judge, limits, order or Order(seed), on_check)
        progress = run.judge_all()
        result = _result(tree, prepared, suite, engine, seed, limits, run, progress)
        if suite.advice and run.order.is_whole:
            result = replace(result, notes=(*result.notes, *advise(result, suite.advice).sentences))
    finally:
        if meters is not None:
            meters.close_all()
        if host is not None:
            host.discard_box()
        for box in first:
            box.abandon()
        if own_judge is not None:
            own_judge.close()
    result.provenance["wall_seconds"] = round(time.monotonic() - began, 4)
    return result


def _prepare(tree: Tree, suite: Suite) -> tuple[Prepared, tuple[Verdict, str] | None]:
    """Return the tree as seen from the package's folder, notebooks assembled; or the sentence that every test will carry."""
    try:
        return prepare_package(tree, suite.package, suite.notebooks), None
    except SourceError as problem:
        return Prepared(tree, LineMap(), tree.notes()), (Verdict.FAILED, str(problem))


def _result(
    tree: Tree,
    prepared: Prepared,
    suite: Suite,
    engine: Engine,
    seed: int,
    limits: Limits,
    run: Run,
    progress: _Progress,
) -> RunResult:
    checks = tuple(
        replace(check, message=prepared.lines.annotate(check.message))
        for check in (progress.checks[name] for name in run.planned if name in progress.checks)
    )
    return RunResult(
        suite=suite.name,
        score=round(sum(check.points for check in checks), 4),
        max_score=round(sum(check.max_points for check in checks), 4),
        checks=checks,
        leaderboard=tuple(progress.leaderboard),
        notes=tuple(clean(note, 400) for note in (*_missing_files(prepared.tree, suite), *prepared.notes)),
        provenance={
            "tree_digest": tree.digest,
            "suite_digest": suite.digest,
            "sandbox": engine.name,
            "seed": seed,
            "limits": asdict(limits),
            "versions": {
                "assay": __version__,
                **{f"candidate {name}": version for name, version in run.host.versions.items()},
                **{f"judge {name}": version for name, version in run.judge.versions.items()},
            },
            "machine": f"{platform.machine()} {platform.release()}",
            "boxes": run.host.boxes_used,
            "cpu_seconds": round(progress.cpu_seconds, 4),
        },
    )


def _missing_files(tree: Tree, suite: Suite) -> list[str]:
    return [
        f"The file {path} is missing: this assignment needs it at exactly that place."
        for path in suite.required_files
        if path not in tree.paths
    ]


def default_engine(name: str = "auto") -> Engine:
    """Return an engine by name; "auto" is Docker if an engine answers, else bubblewrap.

    Raises SandboxUnavailable, naming what is missing, if the chosen engine cannot give what a sandbox promises.
    """
    from grader.sandbox.bubblewrap import Bubblewrap
    from grader.sandbox.docker import Docker

    engines: dict[str, Callable[[], Engine]] = {"docker": Docker, "bubblewrap": Bubblewrap}
    if name not in ("auto", *engines):
        raise UsageError(f"there is no sandbox called {name!r}; choose auto, {' or '.join(engines)}")
    problems = []
    for candidate in [name] if name != "auto" else list(engines):
        engine = engines[candidate]()
        missing = engine.check()
        if not missing:
            engine.remove_orphans()
            return engine
        problems.append(f"{candidate}: {'; '.join(missing)}")
    raise SandboxUnavailable("no sandbox can be used here: " + " | ".join(problems))


def new_seed() -> int:
    """Return a fresh seed for a run that names none."""
    return int.from_bytes(os.urandom(4), "big")
