"""The judge's side of a run, as the supervisor sees it: one box per suite, forked for each run. Side: worker."""

import socket
from dataclasses import dataclass
from typing import Any

from grader.errors import JudgeFault, SuiteError
from grader.sandbox.base import CONTENT, Box, Engine, Limits, Starting, wait_ended
from grader.suite import MANIFEST, Suite, line_of

COLLECT_SECONDS = 60.0
POINT_DECIMALS = 6  # of points and maximum alike, so that a third of a point can be had in full
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


class JudgeBox:
    """A judge that has collected its suite and waits for runs."""

    def __init__(self, starting: Starting, suite: Suite) -> None:
        self.suite = suite
        self.box: Box = starting.finish()
        self._checks: tuple[PlannedCheck, ...] | None = None
        suite.write_to(self.box.folder / CONTENT["judge"])
        self.box.send({"packages": [suite.package], "suite": suite.judge_folder})

    @property
    def checks(self) -> tuple[PlannedCheck, ...]:
        """Return the suite's checks; raises SuiteError if it cannot be collected."""
        if self._checks is None:
            self._checks = self._collected()
        return self._checks

    def _collected(self) -> tuple[PlannedCheck, ...]:
        try:
            message = self.box.receive(COLLECT_SECONDS)
        except TimeoutError:
            raise SuiteError(
                f"{self.suite.name}: collecting the suite took longer than {COLLECT_SECONDS:g} s"
            ) from None
        except EOFError:
            raise JudgeFault(f"the judge of {self.suite.name} ended while it collected the suite") from None
        if "broken" in message:
            raise SuiteError("; ".join(map(str, message["broken"])))
        checks = tuple(_planned(item) for item in message["collected"])
        total = sum(check.max_points for check in checks)
        if self.suite.points is not None and abs(total - self.suite.points) > 1e-3:
            place = f"{self.suite.folder}/{MANIFEST}:{line_of(self.suite.folder / MANIFEST, 'points')}"
            raise SuiteError(f"{place}: the points of the tests add up to {total:g}, not to {self.suite.points:g}")
        return checks

    def begin(self, settings: dict[str, Any]) -> socket.socket:
        """Fork a run and return its control connection."""
        self.checks  # noqa: B018 - a broken suite is refused here
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        with theirs:
            self.box.send(settings, [theirs.fileno()])
        return ours

    def alive(self) -> bool:
        """Whether the judge can still be asked for a run."""
        return not self.box.closed and not wait_ended(self.box.init_pidfd, 0.0)

    def close(self) -> None:
        """End the judge."""
        self.box.close()


def _planned(item: dict[str, Any]) -> PlannedCheck:
    return PlannedCheck(
        **{**item, "tags": tuple(item["tags"]), "max_points": round(item["max_points"], POINT_DECIMALS)}
    )


class StartingJudge:
    """A judge on its way up."""

    def __init__(self, engine: Engine, suite: Suite) -> None:
        self._starting = engine.begin("judge", JUDGE_LIMITS)
        self._suite = suite

    def finish(self) -> JudgeBox:
        """Wait for the judge's box and have it collect."""
        return JudgeBox(self._starting, self._suite)


def begin_judge(engine: Engine, suite: Suite) -> StartingJudge:
    """Begin to start a judge, without waiting for it."""
    return StartingJudge(engine, suite)


def open_judge(engine: Engine, suite: Suite) -> JudgeBox:
    """Start a judge for a suite and have it collect."""
    return begin_judge(engine, suite).finish()
