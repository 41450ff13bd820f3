"""The pytest plug-in that judges: one candidate process per test, verdicts, points. Side: judge.

Once its suite is collected it waits. For each run it forks: the child takes the run's control connection, asks the
supervisor for one candidate channel per test, and reports each test's end. The points a test can earn are fixed and
reported before any run begins.
"""

import gc
import importlib
import os
import socket
import time
import traceback
import warnings
from collections.abc import Generator
from typing import Any, NoReturn

import numpy as np
import pytest
from _pytest.config import parse_warning_filter
from _pytest.runner import runtestprotocol

from grader.errors import SuiteError
from grader.judge import connection, exceptions, feedback, remote, scoring
from grader.judge.budget import measure
from grader.judge.budget.processes import Begin, MeasuringProcesses
from grader.judge.collection import Collection, function_of
from grader.judge.control import Control, reap_children, seed_generators
from grader.judge.items import cases, scores
from grader.judge.items.problem import SKIPPING, Problem, deciding
from grader.judge.limited import watch
from grader.verdict import Verdict
from grader.wire.messages import (
    BeginTests,
    Broken,
    Collected,
    EndTest,
    Finished,
    Granted,
    JudgeRun,
    MoreTime,
    Stalled,
    StartTest,
    Withheld,
)

OUTPUT_CHARACTERS = 16_000
FRAMES_OF_A_TEST = 6  # of full size: a text can take four times its bytes, and a test may keep all of them


class Judge:
    """The plug-in: pytest calls its hooks while collecting and running."""

    def __init__(self, control: Control, collection: Collection) -> None:
        self.__name__ = "assay_judge"  # the name the suites' conftest.py knows this plug-in by
        self.control = control
        self.collection = collection
        self.settings: JudgeRun
        self.connection: connection.Connection | None = None
        self.problem: BaseException | None = None  # that the test's end comes to
        self.problems: list[Problem] = []
        self.reported = False
        self.measure_used: measure.Measure | None = None
        self.is_sharing = True  # whether a container that a test passes is shared with the student's code
        self.trusts_equality = False
        self.given = remote.Given(collection.root)
        self.progress: watch.Progress
        self.process = 0  # that judges

    def report_broken(self) -> None:
        """Tell the supervisor that there is nothing to run, if that is so and it has not been told."""
        if not self.reported:
            sentences = [sentence[:1000] for sentence in self.collection.broken[:20]]
            self.control.send(Broken(sentences or ["pytest ended early"]))

    # --- running ---

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Wait for runs and fork for each; the child judges all items and never returns."""
        if self.collection.broken:
            return True
        self.reported = True
        self.control.send(Collected([self.collection.describe(item) for item in session.items]))
        self.given.read_ahead({item.path for item in session.items})
        gc.freeze()  # see `grader.judge.__main__.main`
        while True:
            self.settings, fds = self.control.receive(JudgeRun)
            if os.fork() == 0:
                self.control.sock.close()
                self.control = Control(socket.socket(fileno=fds[0]))
                try:
                    self._judge(session.items)
                except BaseException:
                    traceback.print_exc()  # for whoever looks after the judges
                finally:
                    os._exit(1)
            os.close(fds[0])
            reap_children()

    def _judge(self, items: list[pytest.Item]) -> NoReturn:
        os.environ["ASSAY_SEED"] = str(self.settings.seed)
        found = {self.collection.id(item): item for item in items}
        chosen = [found[name] for name in self.settings.checks]
        if self.settings.shuffle is not None:
            np.random.default_rng(self.settings.shuffle).shuffle(chosen)
        limits = [watch.own_limits(self.settings, vars(function_of(item))) for item in chosen]
        full_test = self.settings.judge_cpu_seconds + self.settings.budget_wall_seconds
        self.progress = self.control.progress = watch.Progress(watch.FULL_TESTS * full_test)

        def judge(first: int) -> None:
            self.process = os.getpid()
            if first == 0:
                self.control.receive(BeginTests)
            for number in range(first, len(chosen)):
                self.progress.begin(number, limits[number])
                self._judge_item(chosen[number])
            self.control.send(Finished())

        def leave(number: int, is_lost: bool) -> None:
            if self.progress.is_awaiting:
                self.control.drop_answer(watch.REPLY_SECONDS)
            if is_lost:
                self.control.send(scoring.lost(self.collection.id(chosen[number]), self.progress.seconds))

        watch.watched(self.progress, limits, judge, leave)

    def _judge_item(self, item: pytest.Item) -> None:
        """Run one test and report its end; a refused test is reported with the supervisor's reason."""
        if item.nodeid in self.collection.skipped:
            sentence = feedback.SKIPPED_BY_ITS_AUTHOR.format(self.collection.skipped[item.nodeid])
            self.progress.tell()
            self.control.send(EndTest(self.collection.id(item), Verdict.SKIPPED.value, 0.0, sentence, "", 0.0))
            return
        self.problem, self.problems, self.connection, self.measure_used = None, [], None, None
        function = function_of(item)
        for attribute in ("__score__", "__leaderboard_value__"):
            vars(function).pop(attribute, None)
        seed_generators(f"judge {self.settings.seed} {self.collection.id(item)}")
        began = time.perf_counter()
        # No next item: fixtures of classes, modules and sessions end with the test, as what they hold of the student's does.
        with warnings.catch_warnings():
            runtestprotocol(item, log=False, nextitem=None)
        if os.getpid() != self.process:  # a test has forked, and its child has not ended itself
            os._exit(1)
        self.problem = deciding(self.problems) or scores.unusable(function, self._is_asked())
        self._recall()
        expected = self.collection.expected.get(item.nodeid)
        if expected is not None:
            self.problem = expected.judged(self.problem)
        fault, is_certain = self._fault(item)
        is_stalled = isinstance(self.problem, exceptions.YardstickEnded)
        is_believed = bool(fault) and (is_certain or self.settings.doubts_faults)
        if is_believed and not self.progress.is_fresh:  # what an earlier test has left behind may have led to it
            self.progress.ask(is_asked=False)
            os._exit(1)
        if is_stalled or (is_believed and not self.settings.doubts_faults):
            self.control.send(Stalled(str(self.problem)) if is_stalled else Broken([fault]))
            self.progress.finish()
            os._exit(0)
        end = self._end(item, time.perf_counter() - began, fault)
        self.progress.tell()
        self.control.send(end)  # first, so that the next process is on its way when this one ends
        if self.connection is not None:
            self.connection.close()

    def _recall(self) -> None:
        """Take up what ended a measurement, and a wrong use of a remote object, that the test has caught.

        The latter only if it did not fail all the same, or the wrong use is the suite's.
        """
        if self.measure_used is not None and self.measure_used.ended is not None:
            self.problem = self.measure_used.ended
        misuse = self.connection.misuse if self.connection is not None else None
        is_suites = isinstance(misuse, SuiteError | exceptions.SuiteMisuse)
        if is_suites or (misuse is not None and isinstance(self.problem, (*SKIPPING, type(None)))):
            self.problem = misuse

    def _fault(self, item: pytest.Item) -> tuple[str, bool]:
        """Return what went wrong in a test through its suite, in what decides or in a subtest, and whether for everybody."""
        faults, given = self.collection.faults, self.connection.given if self.connection is not None else ()
        for number, problem in enumerate([self.problem, *(other.exception for other in self.problems)]):
            is_asked = self._is_asked() or number > 0
            fault = faults.sentence(item, problem, is_asked, given if number == 0 else ())
            if fault and problem is not None and self.problem is not None:
                return fault[:1000], faults.is_certain(item, problem, is_asked, given)
        return "", False

    def _is_asked(self) -> bool:
        return self.connection is None or self.connection.is_asked or self.measure_used is not None

    def _open(self, item: pytest.Item) -> None:
        """Get this test's candidate process from the supervisor and seed it."""
        self.control.send(StartTest(self.collection.id(item)))
        self.connection, begin = self._connect(self.settings.test_wall_seconds)
        self.connection.when_asked = self.progress.ask
        self.connection.more_seconds = self._more_seconds
        self.connection.left_bytes = FRAMES_OF_A_TEST * self.settings.frame_bytes
        remote.use(self.connection)
        for mark in item.iter_markers("filterwarnings"):
            for filtered in (
                mark.args if mark.args != ("default",) else ()
            ):  # which is what our conftest says of every test
                warnings.filterwarnings(*parse_warning_filter(filtered, escape=False))
        cases = item.callspec.params if hasattr(item, "callspec") else {}
        self.given.fill(self.connection, item.path, cases, begin)

    def _connect(self, wall_seconds: float) -> tuple[connection.Connection, Begin]:
        """Take the channel that the supervisor hands over next, and what the process behind it is to begin with."""
        reply, fds = self.control.receive(Granted, Withheld)
        if isinstance(reply, Withheld):
            raise exceptions.CandidateEnded(Verdict(reply.verdict), reply.message)
        assert isinstance(reply, Granted)
        connected = connection.Connection(
            socket.socket(fileno=fds[0]),
            fds[1],
            wall_seconds=wall_seconds if reply.wall_seconds is None else reply.wall_seconds,
            frame_bytes=self.settings.frame_bytes,
            output_bytes=self.settings.output_bytes,
            refer=remote.refer,
            make_proxy=remote.make_proxy,
            make_name=remote.students_name,
        )
        connected.hurry = "" if reply.wall_seconds is None else feedback.HURRIED
        connected.trusts_equality = self.trusts_equality
        if not self.is_sharing:
            connected.sharing = None
        return connected, (reply.seed, self.is_sharing)

    def _more_seconds(self) -> float:
        """Return for how long the running test was kept from a processor, as the supervisor knows, and that it may have more."""
        self.control.send(MoreTime())
        return self.control.receive(MoreTime)[0].seconds

    @pytest.fixture
    def measure(self, request: pytest.FixtureRequest, rng: np.random.Generator) -> Any:
        """Measure a workload against a yardstick, in CPU time, memory or growth; or, in a run without clocks, check its answer."""
        if not self.settings.is_timed:
            return importlib.import_module("home").Measure(request.function, rng)
        marks = {name: getattr(request.function, f"__{name}__", None) for name in ("budget", "scales")}
        processes = MeasuringProcesses(
            self.control, self._connect, self.progress.ask, self.settings.budget_wall_seconds
        )
        check = importlib.import_module("asserts").assert_close
        self.measure_used = measure.Measure(processes, marks, rng, check, self.settings.trees)
        return self.measure_used

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._open(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, Any, Any]:
        """Have a test fail that returns what it should have asserted."""
        with warnings.catch_warnings():
            warnings.filterwarnings("error", r".*returned <class 'bool'>", pytest.PytestReturnNotNoneWarning)
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> pytest.TestReport:
        """Keep what went wrong; pytest's own report of it would ask proxies how they look."""
        if isinstance(item, cases.Method) and call.when == "call":
            self.problems += item.problems
        if call.excinfo is not None:
            self.problems.append(Problem(call.excinfo.value))
        outcome: Any = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take up which subtest of pytest's it was that failed last."""
        if isinstance(report, pytest.SubtestReport) and report.failed:
            self.problems[-1] = Problem(self.problems[-1].exception, report._sub_test_description())

    def _end(self, item: pytest.Item, seconds: float, fault: str) -> EndTest:
        """Return a test's verdict, points and feedback, and ask its process nothing more."""
        problem, output = self.problem, ""
        calls: list[Any] = []
        if self.connection is not None:
            problem = self.connection.ended or problem
            calls = list(self.connection.calls)
        parts = self.problems if any(each.subtest for each in self.problems) else []
        text = scoring.message(function_of(item), problem, calls, parts)
        if problem is None and item.nodeid in self.collection.expected and self.problems:
            text = feedback.FAILED_AS_EXPECTED.format(self.collection.expected[item.nodeid].reason)
        if self.connection is not None:
            output = self.connection.stop()
        remote.use(None)
        verdict = Verdict.FAILED if fault else scoring.verdict(problem)
        text = feedback.of_fault(text, self.settings.doubts_faults) if fault else text
        function = function_of(item)
        return EndTest(
            check=self.collection.id(item),
            verdict=verdict.value,
            points=float(scoring.earned(function, problem, verdict, self.collection.points[item.nodeid])),
            message=text,
            output=output[:OUTPUT_CHARACTERS],
            duration_s=seconds,
            budget=(self.measure_used and self.measure_used.figures) or None,
            leaderboard=scoring.leaderboard(function),
            fault=fault,
        )
