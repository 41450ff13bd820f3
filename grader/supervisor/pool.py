"""Warm boxes: judges that have collected their suite, and candidates that wait for a tree; a candidate is used once. Side: worker.

A pool belongs to one worker process. Candidates are begun ahead of need and never wait for each other; judges are kept
by suite digest, the least recently used ones ending first.
"""

from collections import OrderedDict, deque
from dataclasses import replace
from types import TracebackType

from grader.sandbox.base import Box, Engine, Starting
from grader.sandbox.limits import Limits
from grader.suite.manifest import Suite
from grader.supervisor.judge_box import SuiteJudge, open_judge


class Pool:
    """Warm judges and candidates of one engine."""

    def __init__(self, engine: Engine, *, candidates: int = 1, judges: int = 8) -> None:
        self.engine = engine
        self._wanted = candidates
        self._most_judges = judges
        self._starting: dict[Limits, deque[Starting | Box]] = {}
        self._judges: OrderedDict[str, SuiteJudge] = OrderedDict()

    def judge(self, suite: Suite) -> SuiteJudge:
        """Return the judge of a suite, warm if there is one; raises SuiteError if the suite cannot be collected."""
        judge = self._judges.pop(suite.digest, None)
        if judge is not None and judge.alive():
            self._judges[suite.digest] = judge
            return judge
        if judge is not None:
            judge.close()
        judge = open_judge(self.engine, suite)
        try:
            judge.checks  # noqa: B018 - a suite that cannot be collected keeps no judge
        except BaseException:
            judge.close()
            raise
        self._judges[suite.digest] = judge
        while len(self._judges) > self._most_judges:
            self._judges.popitem(last=False)[1].close()
        return judge

    def candidate(self, limits: Limits) -> Box:
        """Return a fresh candidate box with these limits, and begin the next one."""
        waiting = self._starting.setdefault(box_limits(limits), deque())
        ready = waiting.popleft() if waiting else self.engine.begin("candidate", box_limits(limits))
        return ready.finish() if isinstance(ready, Starting) else ready

    def warm(self, limits: Limits) -> None:
        """Have the wanted number of candidates on their way; call it when nobody waits."""
        waiting = self._starting.setdefault(box_limits(limits), deque())
        while len(waiting) < self._wanted:
            waiting.append(self.engine.begin("candidate", box_limits(limits)))

    def settle(self) -> None:
        """Wait until all boxes that were begun are ready."""
        for waiting in self._starting.values():
            for index, item in enumerate(waiting):
                waiting[index] = item.finish() if isinstance(item, Starting) else item

    def close(self) -> None:
        """End every box."""
        for waiting in self._starting.values():
            for item in waiting:
                if isinstance(item, Starting):
                    item.abandon()
                else:
                    item.close()
        self._starting.clear()
        while self._judges:
            self._judges.popitem()[1].close()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def box_limits(limits: Limits) -> Limits:
    """Return what a box depends on: limits of time are the run's, and boxes that differ in nothing else are shared."""
    plain = Limits()
    return replace(
        limits,
        run_wall_seconds=plain.run_wall_seconds,
        import_wall_seconds=plain.import_wall_seconds,
        test_wall_seconds=plain.test_wall_seconds,
        lost_wall_seconds=plain.lost_wall_seconds,
        late_wall_seconds=plain.late_wall_seconds,
        test_cpu_seconds=plain.test_cpu_seconds,
        output_bytes=plain.output_bytes,
        frame_bytes=plain.frame_bytes,
        judge_cpu_seconds=plain.judge_cpu_seconds,
        judge_memory_bytes=plain.judge_memory_bytes,
    )
