"""What plain pytest says of the corpus: one process for all exercises under one kind of solution, and no engine.

    python -m tests.foreign.plain SOLUTIONS OUT TEST_FILE...

writes to OUT, as JSON, the outcome of every test by its id (`exercise/file.py::Case::test`): passed, skipped or failed. A
file that cannot be collected has one entry, under its own name.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


class Outcomes:
    """The plug-in that keeps the worst outcome of each test's phases."""

    def __init__(self) -> None:
        self.by_id: dict[str, str] = {}
        self.suites = Path.cwd()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Be in the exercise's own folder, as where its author starts pytest."""
        os.chdir(self.suites / nodeid.split("/")[0])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.by_id[report.nodeid] = "failed"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = "passed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        if self.by_id.get(report.nodeid, "passed") == "passed":
            self.by_id[report.nodeid] = outcome


def plain_outcomes(suites: Path, solutions: Path, files: Iterable[str], out: Path) -> dict[str, str]:
    """Return the outcomes of test files below `suites`, run by pytest in a process of its own beside the solutions."""
    command = [sys.executable, "-m", "tests.foreign.plain", str(solutions), str(out), *files]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=suites, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert out.is_file(), ran.stdout + ran.stderr
    found: dict[str, str] = json.loads(out.read_text(encoding="utf-8"))
    return found


def main(solutions: str, out: str, *files: str) -> None:
    """Run the files of the current folder and write what came of them."""
    sys.path.insert(0, solutions)
    outcomes = Outcomes()
    arguments = ["-q", "--rootdir=.", "-c", os.devnull, "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    pytest.main([*arguments, *files], plugins=[outcomes])
    Path(out).write_text(json.dumps(outcomes.by_id), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
