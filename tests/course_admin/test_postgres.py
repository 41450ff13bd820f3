"""The service's tests on PostgreSQL, as `on_postgres.py` chooses them: locks, constraints and races are the database's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import POSTGRES_URL
from tests.drawing import SEED

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.postgres
@pytest.mark.slow
def test_the_services_tests_pass_on_postgresql():
    chosen = "not postgres and not redis and not bubblewrap and not docker and (not slow or rows)"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.course_admin.on_postgres",
        "-m",
        chosen,
        "tests/course_admin",
    ]
    another_draw = str(SEED + 1)
    environ = {**os.environ, "DATABASE_URL": POSTGRES_URL, "ASSAY_SWEEP_SEED": another_draw}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
