"""The calibration's own suite can be run: a run of it takes no longer than any run may."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grader.bench.budget import BATCH, MANIFEST
from grader.sandbox.limits import MOST_RUN_SECONDS, Limits
from grader.supervisor.judge_box import longest_seconds
from tests.grader.engines import make_suite


def test_a_batch_of_measurements_fits_into_a_run(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, manifest=MANIFEST.replace("../reference", str(tmp_path)))
    checks: Any = [SimpleNamespace(is_measured=True)] * BATCH
    assert longest_seconds(suite, Limits(), checks) <= MOST_RUN_SECONDS
