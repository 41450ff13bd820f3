"""One push through real processes: a real repository, a real queue, a service worker, a grading worker, a sandbox.

The webhook is answered in this process, with messages caught as everywhere in these tests and then sent on the real
queue; the workers are programs of their own, the grading worker's environment is made from nothing.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from kombu import Queue

from course_admin.assignments.suites.versions import register_suite
from course_admin.celery import QUEUES
from course_admin.liveness.models import Sign
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.models import Run, RunState, UnannouncedTip
from grader.transport.broker import celery_settings, folder_url
from tests.conftest import RABBITMQ_URL, REDIS_URL
from tests.course_admin.integrations.github.test_code import git, pushed
from tests.course_admin.test_admin import announcement
from tests.factories import OWNER, make_assignment, make_course, make_enrollment
from tests.load.tiny_suite import SUITE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


@dataclass
class Pipeline:
    """The processes of one installation."""

    folder: Path
    broker_url: str
    service: dict[str, str]
    processes: list[subprocess.Popen] = field(default_factory=list)

    def start_service(self) -> subprocess.Popen:
        queues = ["--queues", "intake,record,sync", "--beat", "--schedule", str(self.folder / "beat")]
        return self._start("course_admin", queues, self.service, pool="prefork")

    def start_grader(self) -> subprocess.Popen:
        told = {"PATH": os.environ["PATH"], "BROKER_URL": self.broker_url, "ASSAY_VAR": str(self.folder / "worker")}
        told |= {"ASSAY_ARCHIVES": str(self.folder / "archives"), "ASSAY_SANDBOX": "bubblewrap"}
        told |= {name: os.environ[name] for name in ("ASSAY_ROOTS",) if name in os.environ}  # built once for all
        return self._start("grader.worker.grade", ["--queues", "grade"], told, pool="prefork")

    def _start(self, app: str, more: list[str], environ: dict[str, str], pool: str) -> subprocess.Popen:
        command = [
            sys.executable,
            "-m",
            "celery",
            "--quiet",
            "--app",
            app,
            "worker",
            "--pool",
            pool,
            "--concurrency",
            "1",
        ]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO", *more]
        log = (self.folder / f"{app}-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen) -> None:
        """Kill a worker with all its children, in whatever it is doing."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @property
    def queues(self) -> Celery:
        """Another program at the same broker."""
        app = Celery("test")
        app.conf.update(celery_settings(self.broker_url))
        return app

    def send(self, task: str, queue: str, **kwargs: object) -> None:
        """Send a message on the real queue, as another process would."""
        self.queues.send_task(task, kwargs=kwargs, queue=Queue(queue))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail("\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log")))
            time.sleep(0.1)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill(process)


def database_url() -> str:
    """Return the address of the test database, for other processes."""
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(chosen['NAME']))}"
    return f"postgresql://{chosen['USER']}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"


@pytest.fixture(
    params=["filesystem", pytest.param("redis", marks=pytest.mark.redis)],
)
def broker_url(request, tmp_path) -> str:
    servers = {"redis": REDIS_URL, "rabbitmq": RABBITMQ_URL}
    return servers.get(request.param) or folder_url(tmp_path / "broker")


@pytest.fixture
def pipeline(transactional_db, tmp_path, settings, broker_url) -> Iterator[Pipeline]:
    suite = tmp_path / "suites" / "tiny"
    suite.mkdir(parents=True)
    for name, text in SUITE.items():
        (suite / name).write_text(text)
    settings.ASSAY_SUITES = tmp_path / "suites"
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    pipeline = Pipeline(
        tmp_path,
        broker_url,
        {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "course_admin.settings.demo",
            "DATABASE_URL": database_url(),
            "BROKER_URL": broker_url,
            "ASSAY_VAR": str(tmp_path / "service"),
            "ASSAY_ARCHIVES": str(tmp_path / "archives"),
            "ASSAY_CLONE_URL": f"file://{tmp_path}/host/{{full_name}}.git",
            "ASSAY_LEASE_SECONDS": "3",
            "ASSAY_TICK_SECONDS": "1",
        },
    )
    with pipeline.queues.connection_for_write() as at:
        for name in QUEUES:
            at.SimpleQueue(name).clear()
    try:
        yield pipeline
    finally:
        pipeline.stop()
        with pipeline.queues.connection_for_write() as at:
            for name in QUEUES:
                at.SimpleQueue(name).clear()
        assert django_settings.ASSAY_BROKER_URL == "memory://"


def push(pipeline: Pipeline, sent: list, code: str) -> None:
    """Make the course and push one student's code; the announcement is stored and its message sent for real."""
    course = make_course()
    suite = register_suite(name="tiny", at=timezone.now())
    make_assignment(course, "m01", suite=suite)
    make_enrollment(course)
    bare = pipeline.folder / "host" / OWNER / "m01-mira-okafor.git"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare")
    work = pipeline.folder / "work"
    (work / "tiny").mkdir(parents=True)
    git(work, "init", "--quiet")
    git(work, "remote", "add", "origin", str(bare))
    (work / "tiny" / "__init__.py").write_text("")
    (work / "tiny" / "core.py").write_text(code)
    commit = pushed(work, "# beside the package\n")
    told = replace(announcement(1, "mira-okafor"), commit_id=commit, delivery_id=str(uuid.uuid4()))
    receive(announcement=told, at=timezone.now())
    for message in sent:
        pipeline.send(message.task, "intake", **message.kwargs)
    sent.clear()


def is_graded() -> bool:
    return Run.objects.filter(state=RunState.GRADED).exists()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.bubblewrap
def test_a_push_comes_back_as_a_grade(pipeline, sent):
    assert_a_push_comes_back(pipeline, sent)


@pytest.mark.bubblewrap
@pytest.mark.rabbitmq
@pytest.mark.parametrize("broker_url", ["rabbitmq"], indirect=True)
def test_one_setting_makes_rabbitmq_the_broker(pipeline, sent):
    assert_a_push_comes_back(pipeline, sent)


def assert_a_push_comes_back(pipeline: Pipeline, sent: list) -> None:
    pipeline.start_service()
    pipeline.start_grader()
    push(pipeline, sent, "def double(x):\n    return abs(2 * x)\n")
    pipeline.wait_until(is_graded)
    run = Run.objects.get()
    assert (run.score, run.max_score, run.tries) == (5, 8, 1)
    assert sorted(run.checks.values_list("verdict", "visibility")) == [("failed", "hidden"), ("passed", "visible")]
    assert run.provenance["tree_digest"] == run.attempt.tree_digest
    assert run.provenance["suite_digest"] == run.suite.digest
    assert run.worker
    pipeline.wait_until(
        lambda: {*Sign.objects.values_list("queue", flat=True)} >= {"grade", "intake", "record", "sync"}
    )


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    "broker_url", ["filesystem"], indirect=True
)  # it waits a minute, and the broker is none of its matter
def test_a_push_whose_webhook_was_lost_comes_back_as_a_grade(pipeline, sent):
    pipeline.service["ASSAY_POLL_SECONDS"] = "1"
    pipeline.start_service()
    pipeline.start_grader()
    push(pipeline, sent, "def double(x):\n    return abs(2 * x)\n")
    pipeline.wait_until(is_graded)
    (pipeline.folder / "work" / "tiny" / "core.py").write_text("def double(x):\n    return 2 * x\n")
    lost = pushed(pipeline.folder / "work", "# nobody is told\n")
    pipeline.wait_until(lambda: UnannouncedTip.objects.filter(commit_id=lost).exists())
    pipeline.wait_until(lambda: Run.objects.filter(state=RunState.GRADED).count() == 2)
    assert Run.objects.get(attempt__commit_id=lost).score == 8


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
def test_a_grading_worker_killed_in_mid_run_costs_nothing(pipeline, sent):
    pipeline.start_service()
    first = pipeline.start_grader()
    push(pipeline, sent, "import time\ntime.sleep(3)\n\n\ndef double(x):\n    return 2 * x\n")
    pipeline.wait_until(lambda: Run.objects.filter(state=RunState.RUNNING).exists())
    pipeline.kill(first)
    pipeline.start_grader()
    pipeline.wait_until(is_graded)
    run = Run.objects.get()
    assert (run.score, run.max_score, run.tries) == (8, 8, 2)
    assert run.checks.count() == 2


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
def test_a_broker_that_lost_everything_costs_nothing(pipeline, sent):
    pipeline.service["ASSAY_QUEUE_TTL_SECONDS"] = "2"
    pipeline.start_service()
    push(pipeline, sent, "def double(x):\n    return 2 * x\n")
    pipeline.wait_until(lambda: Run.objects.filter(state=RunState.DISPATCHED).exists())
    with pipeline.queues.connection_for_write() as at:
        at.SimpleQueue("grade").clear()
    pipeline.start_grader()
    pipeline.wait_until(is_graded)
    assert Run.objects.get().score == 8
