"""A worker that is not fit takes itself out of the queue: `grader/worker/health.py`, and its use by `grader/worker/grade.py`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery
from celery.exceptions import Reject
from kombu import Queue

from grader.errors import JudgeFault, SandboxUnavailable, UsageError
from grader.transport import beacon
from grader.transport.archives import ArchiveUnavailable
from grader.transport.broker import celery_settings, folder_url
from grader.worker import grade
from grader.worker.health import FAULTS_IN_A_ROW, Fitness

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 120
OWN = [SandboxUnavailable("no engine"), ArchiveUnavailable("gone"), OSError(28, "No space left"), MemoryError()]


def fault_all(fitness: Fitness, problem: Exception, runs: list[str]) -> list[bool]:
    fits = []
    for run in runs:
        fitness.note_fault(run, problem)
        fits.append(fitness.is_fit)
    return fits


@pytest.mark.parametrize("problem", OWN, ids=lambda problem: type(problem).__name__)
def test_faults_in_a_row_of_its_own_end_a_worker(problem):
    assert fault_all(Fitness(), problem, ["a", "b", "c"]) == [True, True, False]


@pytest.mark.parametrize("problem", [JudgeFault("the suite"), UsageError("the suite"), ZeroDivisionError()])
def test_faults_that_may_be_a_suites_end_no_worker(problem):
    assert all(fault_all(Fitness(), problem, [f"run {number}" for number in range(20)]))


def test_one_run_that_always_fails_ends_no_worker():
    assert all(fault_all(Fitness(), OWN[0], ["a"] * 20))


def test_a_result_in_between_shows_that_the_worker_is_fit():
    fitness = Fitness()
    assert all(fault_all(fitness, OWN[0], ["a", "b"]))
    fitness.note_result()
    assert all(fault_all(fitness, OWN[0], ["c", "d"]))


def start_worker(folder: Path, **environ: str) -> subprocess.Popen:
    told = {"PATH": os.environ["PATH"], "BROKER_URL": folder_url(folder / "broker"), "ASSAY_VAR": str(folder / "var")}
    command = "celery --quiet --app grader.worker.grade worker --queues grade --concurrency 1 --without-gossip --without-mingle"
    return subprocess.Popen(
        [sys.executable, "-m", *command.split()], cwd=ROOT, env=told | environ, stderr=subprocess.PIPE, text=True
    )


def send(folder: Path, runs: int) -> None:
    queue = Celery("test")
    queue.conf.update(celery_settings(folder_url(folder / "broker")))
    facts = {"lease_token": "t", "archive_sha256": "a" * 64, "suite": "tiny", "suite_digest": "b" * 64}
    facts |= {"suite_sha256": "c" * 64, "seed": 1, "heartbeat_seconds": 60}
    for number in range(runs):
        queue.send_task("grader.worker.grade.grade", kwargs={"run": f"run_{number}", **facts}, queue=Queue("grade"))


def waiting(folder: Path, queue: str) -> list[str]:
    """Return the names of the tasks that wait in a queue, sorted; how often a worker shows that it lives hangs on its pace."""
    names = [
        json.loads(file.read_text())["headers"]["task"] for file in (folder / "broker" / queue).glob("[0-9]*.json")
    ]
    return sorted(name for name in names if name != beacon.SIGN)


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_worker_that_reads_no_archives_reports_says_so_once_and_exits(tmp_path):
    send(tmp_path, FAULTS_IN_A_ROW + 5)
    worker = start_worker(tmp_path, ASSAY_SANDBOX="bubblewrap", ASSAY_ARCHIVES=str(tmp_path / "not mounted"))
    _, log = worker.communicate(timeout=PATIENCE_SECONDS)
    assert worker.returncode == 4
    assert log.count("This worker leaves the queue") == 1
    assert waiting(tmp_path, "record") == [
        *["course_admin.submissions.tasks.fault"] * FAULTS_IN_A_ROW,
        *["course_admin.submissions.tasks.start"] * FAULTS_IN_A_ROW,
    ]
    assert len(waiting(tmp_path, "grade")) == 5


@pytest.mark.medium
def test_a_worker_without_a_sandbox_does_not_begin(tmp_path):
    send(tmp_path, 2)
    worker = start_worker(tmp_path, ASSAY_SANDBOX="docker", DOCKER_HOST=f"unix://{tmp_path}/nobody.sock")
    _, log = worker.communicate(timeout=PATIENCE_SECONDS)
    assert worker.returncode == 4
    assert log.count("This worker does not begin: no sandbox can be used here: docker: no Docker Engine answers") == 1
    assert len(waiting(tmp_path, "grade")) == 2


def test_a_process_that_is_not_fit_asks_again_with_each_message_that_it_gives_back(monkeypatch):
    asked = []
    before = signal.signal(signal.SIGUSR2, lambda *_: asked.append("to end"))
    monkeypatch.setattr(grade, "_main_process", os.getpid())
    monkeypatch.setattr(grade, "fitness", Fitness())
    for number in range(FAULTS_IN_A_ROW):
        grade.fitness.note_fault(f"run {number}", OSError("no space left"))
    try:
        for _ in range(2):
            with pytest.raises(Reject, match="on its way out"):
                grade.grade("run", "token", "archive", "suite", "digest", "sha", 1, 1.0)
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert asked == ["to end"] * 2
