"""Plain pytest over a suite and a reference in one process, as its author runs it at home. Side: judge.

Nothing of the judge's is installed here: no remote names, no connection. The reference is staff's code, and the box that it
runs in is used for nothing else.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from grader.judge.control import Control
from grader.judge.starting.arguments import arguments, enter, read_manifest
from grader.wire.messages import Finished, PlainOutcome, RunPlain

MESSAGE_CHARACTERS = 4_000


class Outcomes:
    """The plug-in that keeps each test's outcome, and the first thing that it failed by."""

    def __init__(self, suite: str) -> None:
        self.start = f"{suite}/"
        self.found: dict[str, tuple[str, str]] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note(report.nodeid, "failed", str(report.longrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        is_expected = hasattr(report, "wasxfail") and report.skipped
        crash = getattr(report.longrepr, "reprcrash", None)
        self._note(report.nodeid, "passed" if is_expected else report.outcome, crash.message if crash else "")

    def _note(self, nodeid: str, outcome: str, message: str) -> None:
        name = nodeid.removeprefix(self.start)
        if self.found.get(name, ("passed", ""))[0] == "passed":
            self.found[name] = (outcome, message[:MESSAGE_CHARACTERS])


def run_plain(control: Control, root: Path, job: RunPlain) -> NoReturn:
    """Run all tests of a suite beside a reference, and report what came of each."""
    own, reference = root / job.suite, root / job.reference
    manifest = read_manifest(own)
    enter(own, root, manifest, job.sites)
    sys.path.insert(0, str(reference))
    outcomes = Outcomes(job.suite)
    with open(os.devnull, "w", encoding="utf-8") as silence:
        sys.stdout = sys.stderr = silence
        pytest.main([*arguments(own, root, manifest), "-pno:cacheprovider"], plugins=[outcomes])
    for name, (outcome, message) in outcomes.found.items():
        control.send(PlainOutcome(name, outcome, message))
    control.send(Finished())
    os._exit(0)
