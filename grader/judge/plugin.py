"""The pytest plug-in of the judge box: one candidate process per test, verdicts, points. Side: judge.

A judge collects its suite once and then waits. For each run it forks: the child takes the run's control connection,
asks the supervisor for one candidate channel per test, and reports each test's end. The points a test can earn are fixed
and reported before any run begins.
"""

import importlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from _pytest.runner import runtestprotocol

from grader.errors import SuiteError
from grader.judge import connection, remote, scoring
from grader.judge.budget import measure, workload
from grader.judge.collection import Collection, function_of
from grader.verdict import Verdict
from grader.wire import values

CONTROL_PATH = "/run/assay/control"
SUITES = Path("/suite")
MESSAGE_BYTES = 1 << 19
INTEGER_DIGITS = 10_000  # any integer that crosses can be written down in a message
OUTPUT_CHARACTERS = 16_000
FRAMES_OF_A_TEST = 6  # of full size: a text can take four times its bytes, and a test may keep all of them
CONSTANTS = (bool, int, float, str)
#: pytest's own plug-ins that a judge has no use for; each costs time in every run.
UNUSED_PLUGINS = (
    "cacheprovider terminal pastebin junitxml doctest stepwise logging faulthandler debugging setuponly setupplan "
    "legacypath unraisableexception threadexception warnings nose capture"
).split()


class Control:
    """The connection to the supervisor: control messages, and the descriptors of each test's channel."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, message: dict[str, Any]) -> None:
        self.sock.send(values.encode(message, lambda _object: None, MESSAGE_BYTES))

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """Return the next message and its descriptors; the supervisor hanging up ends the judge."""
        body, fds, _flags, _address = socket.recv_fds(self.sock, MESSAGE_BYTES, 4)
        if not body:
            os._exit(0)
        message: dict[str, Any] = values.decode_trusted(body, lambda _node: None)
        return message, fds


def main() -> NoReturn:
    """Connect, and fork a judge for each suite that the supervisor names, until it hangs up.

    The suites of one box belong together: a box shared by several courses would let one look into another's.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(CONTROL_PATH)
    sys.dont_write_bytecode = True
    sys.set_int_max_str_digits(INTEGER_DIGITS)
    control = Control(sock)
    control.send({"ready": {"pytest": pytest.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}})
    while True:
        job, fds = control.receive()
        if os.fork() == 0:
            sock.close()
            judge_suite(Control(socket.socket(fileno=fds[0])), job)
        os.close(fds[0])
        _reap_children()


def judge_suite(control: Control, job: dict[str, Any]) -> NoReturn:
    """Collect one suite, and judge run after run until the supervisor hangs up."""
    control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_BYTES)
    root = SUITES / job["folder"]
    sys.path.insert(0, str(root))
    remote.install(job["packages"])
    marks: Any = importlib.import_module("marks")
    marks.in_candidate = remote.RemoteFunction
    collection = Collection(root, job["suite"])
    plugin = Judge(control, collection)
    arguments = [str(root / job["suite"]), f"--rootdir={root}", "--import-mode=importlib", "-c", os.devnull]
    arguments += ["-o", "addopts=", "-o", "python_classes=", "-o", "strict_parametrization_ids=true"]
    arguments += [f"-pno:{name}" for name in UNUSED_PLUGINS]
    pytest.main(arguments, plugins=[collection, plugin])
    plugin.report_broken()
    os._exit(0)


class Judge:
    """The plug-in: pytest calls its hooks while collecting and running."""

    def __init__(self, control: Control, collection: Collection) -> None:
        self.__name__ = "assay_judge"  # the name the suites' conftest.py knows this plug-in by
        self.control = control
        self.collection = collection
        self.settings: dict[str, Any] = {}
        self.connection: connection.Connection | None = None
        self.problem: BaseException | None = None
        self.reported = False
        self.measure_used: measure.Measure | None = None
        self.measured_until = self.reference_until = 0.0
        self.constants: dict[str, dict[str, remote.RemoteName]] = {}

    def report_broken(self) -> None:
        """Tell the supervisor that there is nothing to run, if that is so and it has not been told."""
        if not self.reported:
            self.control.send(
                {"broken": [sentence[:1000] for sentence in self.collection.broken[:20]] or ["pytest ended early"]}
            )

    # --- running ---

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Wait for runs and fork for each; the child judges all items and never returns."""
        if self.collection.broken:
            return True
        self.reported = True
        self.control.send({"collected": [self.collection.describe(item) for item in session.items]})
        while True:
            self.settings, fds = self.control.receive()
            if os.fork() == 0:
                self.control.sock.close()
                self.control = Control(socket.socket(fileno=fds[0]))
                try:
                    self._judge(session.items)
                finally:
                    os._exit(1)
            os.close(fds[0])
            _reap_children()

    def _judge(self, items: list[pytest.Item]) -> NoReturn:
        os.environ["ASSAY_SEED"] = str(self.settings["seed"])
        found = {self.collection.id(item): item for item in items}
        chosen = [found[name] for name in self.settings["only"]]
        if self.settings["shuffle"] is not None:
            np.random.default_rng(self.settings["shuffle"]).shuffle(chosen)
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            self._judge_item(item, following)
        self.control.send({"finished": len(chosen)})
        os._exit(0)

    def _judge_item(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Run one test and report its end; a refused test is reported with the supervisor's reason."""
        self.problem = None
        self.connection = None
        self.measure_used = None
        function = function_of(item)
        for attribute in ("__score__", "__leaderboard_value__"):
            vars(function).pop(attribute, None)
        began = time.perf_counter()
        runtestprotocol(item, log=False, nextitem=following)
        if isinstance(self.problem, SuiteError):
            self.control.send({"broken": [str(self.problem)]})
            os._exit(0)
        self.control.send({"end": self._end(item, time.perf_counter() - began)})

    def _open(self, item: pytest.Item) -> None:
        """Get this test's candidate process from the supervisor and seed it."""
        self.control.send({"start": self.collection.id(item)})
        self.connection = self._connect(self.settings["test_wall_seconds"])
        self.connection.left_bytes = FRAMES_OF_A_TEST * self.settings["frame_bytes"]
        remote.use(self.connection)
        self._fetch_constants(item.module.__dict__)  # type: ignore[attr-defined]

    def _connect(self, wall_seconds: float) -> connection.Connection:
        """Take the channel that the supervisor hands over next, and have the process behind it seeded."""
        reply, fds = self.control.receive()
        if "refused" in reply:
            raise connection.CandidateEnded(Verdict(reply["refused"][0]), reply["refused"][1])
        connected = connection.Connection(
            socket.socket(fileno=fds[0]),
            fds[1],
            wall_seconds=wall_seconds,
            frame_bytes=self.settings["frame_bytes"],
            output_bytes=self.settings["output_bytes"],
            refer=remote.refer,
            make_proxy=remote.make_proxy,
        )
        connected.request("begin", reply["seed"])
        return connected

    def open(self, role: str, tree: str) -> connection.Connection:
        """Return a connection to a fresh process that measures: see `grader.judge.budget.measure.Supervisor`.

        The candidate's processes of one test share one deadline, so that it cannot stretch a run by dawdling in each; the
        reference's share another, so that neither runs out of time for the other's dawdling.
        """
        self.control.send({"open": role, "tree": tree})
        connected = self._connect(self.settings["budget_wall_seconds"])
        connected.deadline = self.reference_until if tree == workload.REFERENCE else self.measured_until
        return connected

    def grant(self, seconds: float) -> None:
        """Put the candidate's deadline off by what the reference took."""
        self.measured_until += seconds

    def close(self, role: str) -> None:
        """Have a measured process ended."""
        self.control.send({"close": role})

    def reading(self, role: str, reset_peak: bool = False) -> dict[str, float]:
        """Return the kernel's clock and memory figures of a measured process."""
        self.control.send({"reading": role, "reset_peak": reset_peak})
        return self.control.receive()[0]

    @pytest.fixture
    def measure(self, request: pytest.FixtureRequest, rng: np.random.Generator) -> measure.Measure:
        """Measure a workload against a yardstick, in CPU time, memory or growth."""
        marks = {name: getattr(request.function, f"__{name}__", None) for name in ("budget", "scales")}
        self.measured_until = time.monotonic() + self.settings["budget_wall_seconds"]
        self.reference_until = self.measured_until + self.settings["budget_wall_seconds"]
        check = importlib.import_module("asserts").assert_close
        self.measure_used = measure.Measure(self, marks, rng, check, self.settings["trees"])
        return self.measure_used

    def _fetch_constants(self, names: dict[str, Any]) -> None:
        """Give the test module the plain values of the student's constants: names in capitals, as PEP 8 writes them.

        A class may be named so, too (GELU), and anything may stand under a name: only numbers and texts are constants.
        """
        for name, constant in self.constants.setdefault(
            names["__name__"],
            {name: value for name, value in names.items() if name.isupper() and isinstance(value, remote.RemoteName)},
        ).items():
            try:
                value = constant._assay_value()
            except connection.CandidateRaised:
                value = constant
            names[name] = value if type(value) in CONSTANTS else constant

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._open(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> pytest.TestReport:
        """Keep the first thing that went wrong; pytest's own report of it would ask proxies how they look."""
        if call.excinfo is not None and self.problem is None:
            self.problem = call.excinfo.value
        outcome: Any = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def _end(self, item: pytest.Item, seconds: float) -> dict[str, Any]:
        """Return a test's verdict, points and feedback, and hang up on its process."""
        problem = self.problem
        output = ""
        calls: list[Any] = []
        if self.connection is not None:
            problem = self.connection.ended or problem
            calls = list(self.connection.calls)
        text = scoring.message(function_of(item), problem, calls)
        if self.connection is not None:
            output = self.connection.close()
        remote.use(None)
        verdict = scoring.verdict(problem)
        function = function_of(item)
        end: dict[str, Any] = {
            "id": self.collection.id(item),
            "verdict": verdict.value,
            "points": float(scoring.earned(function, self.problem, verdict, self.collection.points[item.nodeid])),
            "message": text,
            "output": output[:OUTPUT_CHARACTERS],
            "duration_s": seconds,
        }
        if self.measure_used is not None and self.measure_used.figures:
            end["budget"] = self.measure_used.figures
        place = scoring.leaderboard(function)
        if place is not None:
            end["leaderboard"] = place
        return end


def _reap_children() -> None:
    """Collect the exit status of judges and runs that are over."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
