"""Judge a recorded run once more, from what it was made of, and compare: nothing is written down.

The code runs in a sandbox of the machine that replays, as on any grading worker.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_admin.submissions.models import Run
from course_admin.submissions.queue.results import as_result
from grader.result import Check, RunResult
from grader.sandbox.engines import default_engine
from grader.source import unpack_archive
from grader.suite.bundle import KeptSuites
from grader.supervisor.run import grade
from grader.transport.archives import FolderArchives


@dataclass(frozen=True, slots=True)
class Difference:
    """One check that came out otherwise, or came out in one of the two runs only."""

    check: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found."""

    then: RunResult
    now: RunResult
    differences: tuple[Difference, ...]


def replay(*, run: Run, archives: FolderArchives, sandbox: str) -> Replay:
    """Judge a graded run's archive again under its own suite and seed. Raises GraderError if it cannot be done."""
    then = as_result(run)
    tree = unpack_archive(archives.get(run.attempt.archive_sha256))
    with tempfile.TemporaryDirectory(prefix="assay-replay-") as folder:
        suites = KeptSuites(Path(folder))
        sha256 = run.suite.archive_sha256
        suite = suites.load(run.suite.name, run.suite.digest, sha256, lambda: archives.get(sha256))
        now = grade(tree, suite, default_engine(sandbox), seed=run.seed)
    return Replay(then, now, tuple(_differences(then, now)))


def _differences(then: RunResult, now: RunResult) -> list[Difference]:
    old, new = ({check.id: _outcome(check) for check in result.checks} for result in (then, now))
    return [
        Difference(name, old.get(name, "no such check"), new.get(name, "no such check"))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _outcome(check: Check) -> str:
    return f"{check.verdict}, {check.points:g} of {check.max_points:g}"
