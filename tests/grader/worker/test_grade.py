"""The grading worker: what it reports, and what it never needs: `grader/worker/grade.py`."""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError

from grader.errors import Fault, SandboxUnavailable, UsageError
from grader.result import Check, RunResult
from grader.sandbox.engines import default_engine
from grader.source import Tree, pack_archive
from grader.suite import bundle
from grader.suite.bundle import KeptSuites, pack_suite
from grader.suite.manifest import load_packed_suite, load_suite
from grader.supervisor.pool import Pool
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from grader.worker import grade as worker_module
from grader.worker.grade import app, grade
from grader.worker.settings import worker_settings

ROOT = Path(__file__).resolve().parents[3]
SUITE_TOML = """
title = "Tiny"
package = "tiny"
modules = ["tiny.core"]
"""
TREE = Tree.of({"tiny/__init__.py": b"", "tiny/core.py": b"def double(x):\n    return 2 * x\n"})
SEED = 4117


@dataclass
class Worker:
    """A worker in a box: its folders, what it sent, and what it grades with."""

    folder: Path
    sent: list[tuple[str, dict]] = field(default_factory=list)

    @property
    def message(self) -> dict:
        archives = FolderArchives(self.folder / "archives")
        suite = load_suite(self.folder / "suites" / "tiny")
        return {
            "run": "run_1",
            "lease_token": "the-token",
            "archive_sha256": archives.put(pack_archive(TREE)),
            "suite": "tiny",
            "suite_digest": suite.digest,
            "suite_sha256": archives.put(pack_suite(suite)),
            "seed": SEED,
            "heartbeat_seconds": 60,
        }

    def reports(self) -> list[str]:
        return [name.removeprefix("course_admin.submissions.tasks.") for name, _ in self.sent]


@pytest.fixture
def worker(tmp_path, monkeypatch) -> Worker:
    suite = tmp_path / "suites" / "tiny"
    suite.mkdir(parents=True)
    (suite / "suite.toml").write_text(SUITE_TOML)
    (suite / "test_tiny.py").write_text(
        "from gradescope_utils.autograder_utils.decorators import weight\n"
        "from tiny.core import double\n\n\n"
        "@weight(5)\ndef test_doubles():\n"
        '    """Doubling gives twice the number."""\n    assert double(4) == 8\n'
    )
    worker = Worker(tmp_path)
    environ = {"ASSAY_ARCHIVES": str(tmp_path / "archives"), "ASSAY_VAR": str(tmp_path / "var")}
    monkeypatch.setattr(worker_module, "settings", worker_settings(environ))
    monkeypatch.setattr(app, "send_task", lambda name, kwargs, **_options: worker.sent.append((name, kwargs)))
    return worker


def give(monkeypatch, outcome) -> None:
    """Let the engine end with a result or an exception."""

    def judge(tree, suite, seed, _progress):
        assert tree.digest == TREE.digest
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome(suite.digest, seed) if callable(outcome) else outcome

    monkeypatch.setattr(worker_module, "judge", judge)


def test_a_suite_is_fetched_once_and_kept(worker, monkeypatch):
    give(monkeypatch, a_result)
    message = worker.message
    grade(**message)
    archive = worker.folder / "archives" / message["suite_sha256"][:2] / message["suite_sha256"]
    archive.unlink()
    grade(**{**message, "run": "run_2"})
    assert worker.reports() == ["start", "record", "start", "record"]


def test_a_kept_suite_that_was_touched_grades_nothing(worker, monkeypatch):
    give(monkeypatch, a_result)
    message = worker.message
    grade(**message)
    kept = worker.folder / "var" / "worker-suites" / message["suite_sha256"] / "tiny" / "test_tiny.py"
    kept.write_text(kept.read_text().replace("== 8", "== 9"))
    grade(**message)
    assert worker.reports()[-1] == "fault"
    assert "the kept suite tiny has the digest" in worker.sent[-1][1]["sentence"]


@pytest.mark.slow
def test_every_suite_of_the_course_survives_being_packed(tmp_path):
    for manifest in sorted((ROOT / "test_suites").glob("*/suite.toml")):
        suite = load_suite(manifest.parent)
        packed = pack_suite(suite)
        kept = KeptSuites(tmp_path).load(suite.name, suite.digest, hashlib.sha256(packed).hexdigest(), lambda: packed)  # noqa: B023
        assert kept.files.keys() == suite.files.keys()
        assert kept.reference is not None
        assert kept.reference.is_relative_to(tmp_path)


def test_a_suite_packed_without_a_reference_gets_none_from_its_worker(tmp_path):
    found = load_suite(ROOT / "test_suites" / "m01_tensor")
    suite = load_packed_suite(found.folder, None)
    assert found.reference is not None
    assert suite.digest != found.digest
    packed = pack_suite(suite)
    kept = KeptSuites(tmp_path).load(suite.name, suite.digest, hashlib.sha256(packed).hexdigest(), lambda: packed)
    assert kept.reference is None


def test_a_changed_reference_makes_another_version_of_a_suite(tmp_path):
    course = tmp_path / "course"
    shutil.copytree(ROOT / "tests" / "example_course", course)
    before = load_suite(course / "w1_words").digest
    assert before == load_suite(ROOT / "tests" / "example_course" / "w1_words").digest
    with (course / "reference" / "words.py").open("a") as module:
        module.write("# slower from here on\n")
    assert before != load_suite(course / "w1_words").digest


def a_result(suite_digest: str, seed: int) -> RunResult:
    check = Check("t", "Doubling", 5.0, 5.0, Verdict.PASSED)
    return RunResult("tiny", 5.0, 5.0, (check,), {"suite_digest": suite_digest, "seed": seed})


def test_a_result_goes_to_the_service_with_the_leases_token(worker, monkeypatch):
    give(monkeypatch, a_result)
    grade(**worker.message)
    assert worker.reports() == ["start", "record"]
    assert all((kwargs["run"], kwargs["lease_token"]) == ("run_1", "the-token") for _, kwargs in worker.sent)
    result = RunResult.from_json(worker.sent[-1][1]["document"])
    assert (result.score, result.provenance["seed"]) == (5.0, SEED)


@pytest.mark.parametrize(
    ("problem", "sentence", "can_retry"),
    [
        (SandboxUnavailable("bwrap is missing"), "bwrap is missing", True),
        (Fault("the judge died"), "the judge died", True),
        (UsageError("the suite is broken"), "the suite is broken", False),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device", True),
        (ZeroDivisionError("a bug of ours\x1b[31m"), "ZeroDivisionError: a bug of ours\\x1b[31m", True),
    ],
)
def test_a_fault_of_ours_is_a_fault_and_never_a_score(worker, monkeypatch, problem, sentence, can_retry):
    give(monkeypatch, problem)
    grade(**worker.message)
    assert worker.reports() == ["start", "fault"]
    report = worker.sent[-1][1]
    assert (report["sentence"], report["can_retry"]) == (sentence, can_retry)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"suite_digest": "0" * 64}, "the kept suite tiny has the digest"),
        ({"suite": "../../etc"}, "names no suite"),
        ({"suite_sha256": "../../etc"}, "names no suite"),
        ({"suite_sha256": "0" * 64}, "cannot be read"),
        ({"suite": "absent"}, "absent is not a folder"),
        ({"archive_sha256": "0" * 64}, "cannot be read"),
        ({"archive_sha256": "../x"}, "64 hexadecimal digits"),
    ],
)
def test_a_message_that_cannot_be_worked_off_is_a_fault(worker, monkeypatch, change, words):
    give(monkeypatch, a_result)
    grade(**{**worker.message, **change})
    assert worker.reports() == ["start", "fault"]
    assert words in worker.sent[-1][1]["sentence"]


def test_a_damaged_archive_is_a_fault(worker, monkeypatch):
    give(monkeypatch, a_result)
    archive = FolderArchives(worker.folder / "archives").put(b"no archive of ours")
    grade(**{**worker.message, "archive_sha256": archive})
    assert worker.reports() == ["start", "fault"]


def test_a_long_run_reports_that_it_goes_on(worker, monkeypatch):
    def slow(suite_digest: str, seed: int) -> RunResult:
        while worker.reports().count("heartbeat") < 2:
            pass
        return a_result(suite_digest, seed)

    give(monkeypatch, slow)
    grade(**{**worker.message, "heartbeat_seconds": 0.01})
    assert worker.reports()[0] == "start"
    assert worker.reports()[-1] == "record"
    before = len(worker.sent)
    assert worker.reports().count("heartbeat") == before - 2


def test_a_run_that_gets_on_says_how_far_it_is(worker, monkeypatch):
    def in_steps(tree, suite, seed, progress):
        for done in (1, 2):
            progress.note(None, done, 52)
            while {"run": "run_1", "lease_token": "the-token", "done": done, "planned": 52} not in told():
                pass
        return a_result(suite.digest, seed)

    def told() -> list[dict]:
        return [kwargs for name, kwargs in list(worker.sent) if name.endswith("heartbeat")]

    monkeypatch.setattr(worker_module, "judge", in_steps)
    monkeypatch.setattr(worker_module, "PROGRESS_SECONDS", 0.01)
    grade(**worker.message)  # whose heartbeat alone would come after a minute
    assert [kwargs["done"] for kwargs in told()] == [1, 2]


def test_a_broker_that_is_away_for_courtesies_does_not_stop_the_work(worker, monkeypatch):
    give(monkeypatch, a_result)

    def send_task(name, kwargs, **_options):
        if not name.endswith("record"):
            raise OperationalError("connection refused")
        worker.sent.append((name, kwargs))

    monkeypatch.setattr(app, "send_task", send_task)
    grade(**worker.message)
    assert worker.reports() == ["record"]


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "1.5", "٣"])
def test_a_limit_that_is_no_number_is_refused_by_name(seconds):
    with pytest.raises(UsageError, match="ASSAY_RUN_SECONDS"):
        worker_settings({"ASSAY_RUN_SECONDS": seconds})


@pytest.mark.slow
def test_the_worker_needs_no_django_and_no_database():
    """Importing it in a bare process loads neither, and consumes no queue but its own."""
    script = (
        "import json, sys, grader.worker.grade as t; "
        "print(json.dumps([sorted({'django.conf', 'django.db', 'course_admin', 'psycopg', 'sqlite3'} & set(sys.modules)), "
        "[queue.name for queue in t.app.conf.task_queues]]))"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], ["grade"]]


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_real_submission_is_graded_in_a_real_sandbox(worker, monkeypatch):
    pool = Pool(default_engine("bubblewrap"))
    monkeypatch.setattr(worker_module, "_pool", functools.cache(lambda: pool))
    try:
        grade(**worker.message)
    finally:
        pool.close()
    assert [each for each in worker.reports() if each != "heartbeat"] == ["start", "record"], worker.sent
    result = RunResult.from_json(worker.sent[-1][1]["document"])
    assert (result.score, result.max_score) == (5.0, 5.0), result.checks
    assert result.provenance["tree_digest"] == TREE.digest
    assert result.provenance["seed"] == SEED


def test_suites_that_nobody_asks_for_any_more_are_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "KEPT_SUITES", 2)
    kept = KeptSuites(tmp_path)
    for number in range(5):
        folder = tmp_path / f"{number:064x}"
        folder.mkdir()
        os.utime(folder, (number, number) if number < 4 else None)
    kept._forget(now=10 * bundle.UNUSED_SECONDS)
    assert sorted(int(path.name, 16) for path in tmp_path.iterdir()) == [3, 4]
    kept._forget(now=10 * bundle.UNUSED_SECONDS)
    assert len(list(tmp_path.iterdir())) == 2
