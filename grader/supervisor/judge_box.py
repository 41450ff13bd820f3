"""The judges, as the supervisor sees them: a box, in it a process for each suite, forked for each run. Side: worker."""

import select
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from grader.errors import JudgeFault, SuiteError
from grader.judge.limited.watch import BUSY, FULL_TESTS, SHORT_SECONDS
from grader.points import points_text
from grader.result import POINT_DECIMALS
from grader.sandbox import processes
from grader.sandbox.base import CONTENT, Box, Engine, Starting
from grader.sandbox.control import receive_message, send_message
from grader.sandbox.limits import MOST_RUN_SECONDS, Limits
from grader.sanitize import clean
from grader.suite.manifest import MANIFEST, Suite, line_of
from grader.suite.packages.site import site_of
from grader.wire.messages import MOST_WAITED_SECONDS, Broken, Collected, CollectSuite, JudgeRun

COLLECT_SECONDS = 60.0
SPARE_SECONDS = 60.0
BETWEEN_TESTS_SECONDS = 3.0  # a box that a test has spoilt is ended and another started
#: A judge runs code that staff wrote: it gets more room than a candidate, and no less isolation.
JUDGE_LIMITS = Limits(memory_bytes=4 << 30)


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """What a check can earn, fixed before any run."""

    id: str
    name: str
    max_points: float
    visibility: str
    number: str
    tags: tuple[str, ...]
    is_measured: bool  # it may take as long as a budget's measurement, not only as long as a test


def longest_seconds(suite: Suite, limits: Limits, checks: Collection[PlannedCheck]) -> float:
    """Return how long a run takes if every test uses up its time: no submission can make a fault of it.

    Raises SuiteError for a suite with which that is more than any worker waits for.
    """
    usual = limits.test_wall_seconds + BETWEEN_TESTS_SECONDS + BUSY * SHORT_SECONDS
    measured = 3 * limits.budget_wall_seconds * sum(check.is_measured for check in checks)  # twice for the reference
    judging = FULL_TESTS * BUSY * (limits.judge_cpu_seconds + limits.budget_wall_seconds)
    longest = SPARE_SECONDS + MOST_WAITED_SECONDS + len(checks) * usual + measured + judging
    if longest > MOST_RUN_SECONDS:
        raise SuiteError(
            f"{suite.name}: its tests take {longest:.0f} s if each uses up its time, and a run has {MOST_RUN_SECONDS:.0f} s; "
            f"lower test_wall_seconds or budget_wall_seconds in {MANIFEST}, or divide the suite"
        )
    return longest


class JudgeBox:
    """A box for the judges of suites that belong together: pytest and NumPy are loaded once, and each judge is forked."""

    def __init__(self, starting: Starting) -> None:
        self._starting: Starting | None = starting
        self._box: Box | None = None
        self._judges: list[SuiteJudge] = []

    @property
    def box(self) -> Box:
        """The box, waited for if it is still on its way up."""
        if self._box is None:
            assert self._starting is not None
            starting, self._starting = self._starting, None
            self._box = starting.finish()
        return self._box

    def judge(self, suite: Suite, owns_box: bool = False) -> "SuiteJudge":
        """Have a suite collected in a process of its own, without waiting for it."""
        name = str(len(self._judges))
        place = (self._starting or self.box).folder / CONTENT["judge"] / name  # beside its start
        place.mkdir()
        place.chmod(0o755)
        suite.write_to(place)
        ours, theirs = _socket_pair()
        with theirs:
            site = site_of(suite, "judge")
            if site:
                self.box.show_packages(site)
            self.box.send(CollectSuite(list(suite.packages), suite.judge_folder, name, site), [theirs.fileno()])
        self._judges.append(SuiteJudge(self, suite, ours, owns_box))
        return self._judges[-1]

    def close(self) -> None:
        """End every judge in it."""
        for judge in self._judges:
            judge.hang_up()
        if self._starting is not None:
            self._starting.abandon()
            self._starting = None
        if self._box is not None:
            self._box.close()


class SuiteJudge:
    """A judge that has collected its suite and waits for runs."""

    def __init__(self, home: JudgeBox, suite: Suite, control: socket.socket, owns_box: bool) -> None:
        self.suite = suite
        self._home = home
        self._control = control
        self._owns_box = owns_box
        self._checks: tuple[PlannedCheck, ...] | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions of what the judge runs on."""
        return self._home.box.versions

    @property
    def is_collected(self) -> bool:
        """Whether its suite's checks are known, so that nobody waits for them."""
        return self._checks is not None

    @property
    def checks(self) -> tuple[PlannedCheck, ...]:
        """Return the suite's checks; raises SuiteError if it cannot be collected."""
        if self._checks is None:
            self._checks = self._collected()
        return self._checks

    def _collected(self) -> tuple[PlannedCheck, ...]:
        try:
            message = receive_message(self._control, COLLECT_SECONDS, Collected, Broken)
        except TimeoutError:
            raise SuiteError(
                f"{self.suite.name}: collecting the suite took longer than {COLLECT_SECONDS:g} s"
            ) from None
        except EOFError:
            raise JudgeFault(self.ending("while it collected the suite")) from None
        if isinstance(message, Broken):
            raise SuiteError("; ".join(message.sentences))
        assert isinstance(message, Collected)
        checks = tuple(_planned(item) for item in message.checks)
        total = sum(check.max_points for check in checks)
        if self.suite.points is not None and abs(total - self.suite.points) > 1e-3:
            place = f"{self.suite.folder}/{MANIFEST}:{line_of(self.suite.folder / MANIFEST, 'points')}"
            raise SuiteError(
                f"{place}: the points of the tests add up to {points_text(total)}, not to {points_text(self.suite.points)}"
            )
        return checks

    def begin(self, run: JudgeRun) -> socket.socket:
        """Fork a run and return its control connection."""
        self.checks  # noqa: B018 - a broken suite is refused here
        ours, theirs = _socket_pair()
        with theirs:
            send_message(self._control, run, [theirs.fileno()])
        return ours

    def ending(self, when: str) -> str:
        """Return the sentence of a judge that has hung up, with what it said last."""
        said = clean(processes.last_words(self._home.box.errors), processes.LAST_BYTES)
        return f"the judge of {self.suite.name} ended {when}" + (f"; it said last: {said}" if said else "")

    def alive(self) -> bool:
        """Whether the judge can still be asked for a run: it hangs up when it ends."""
        if self._control.fileno() < 0:
            return False
        # Asked of the kernel: a socket with a timeout would wait for it, whatever the flags of its call.
        news = select.poll()
        news.register(self._control, select.POLLIN)
        try:
            return not news.poll(0) or bool(self._control.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def hang_up(self) -> None:
        """End the judge; a run that it has begun goes on until it is over, or the box is closed."""
        self._control.close()

    def close(self) -> None:
        """End the judge, and its box if that holds no other."""
        self.hang_up()
        if self._owns_box:
            self._home.close()


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    return ours, theirs


def _planned(item: dict[str, Any]) -> PlannedCheck:
    return PlannedCheck(
        **{**item, "tags": tuple(item["tags"]), "max_points": round(item["max_points"], POINT_DECIMALS)}
    )


def begin_judges(engine: Engine) -> JudgeBox:
    """Begin to start a box for judges, without waiting for it."""
    return JudgeBox(engine.begin("judge", JUDGE_LIMITS))


def open_judge(engine: Engine, suite: Suite) -> SuiteJudge:
    """Start a judge for a suite in a box of its own and have it collect."""
    home = begin_judges(engine)
    try:
        return home.judge(suite, owns_box=True)
    except BaseException:
        home.close()
        raise
