"""The table of queues, the tasks behind it, and a broker that is away."""

import re
import uuid

import pytest
from celery import Celery
from django.db import OperationalError
from django.utils import timezone
from kombu import Queue
from kombu.exceptions import OperationalError as BrokerAway

from course_admin import task_sender
from course_admin.assignments.suites import checks
from course_admin.celery import QUEUES, _configure, app
from course_admin.demo import processes
from course_admin.integrations.github.tasks import ingest
from course_admin.settings import env
from course_admin.submissions import tasks
from course_admin.submissions.models import PushState, Run, RunState
from course_admin.submissions.queue import dispatch
from grader.source import Tree
from grader.transport.broker import celery_settings, folder_url
from grader.worker import check as checker
from grader.worker import grade as worker
from tests.conftest import RABBITMQ_URL, REDIS_URL
from tests.course_admin.test_admin import announcement
from tests.factories import NOW, lease, make_attempt, make_enrollment, make_result, make_run

CLOCK = (
    "course_admin.submissions.tasks.tick",
    "course_admin.assignments.tasks.resend_checks",
    "course_admin.integrations.github.tasks.poll",
    "course_admin.integrations.github.tasks.reconcile",
    "course_admin.integrations.github.tasks.show_checks",
    "course_admin.integrations.github.tasks.make_repositories",
    "course_admin.invitations.tasks.send_invitations",
    "course_admin.notifications.tasks.tell",
    "course_admin.integrations.outbox.tasks.sync",
    "course_admin.integrations.canvas.tasks.revoke",
    "course_admin.integrations.gradescope.tasks.forget",
)


def test_every_task_has_a_queue_and_every_queue_its_tasks():
    app.loader.import_default_modules()  # as a worker does
    registered = {name for name in app.tasks if name.startswith("course_admin.")}
    listed = {task for _, names in QUEUES.values() for task in names}
    assert listed == registered | {worker.grade.name, checker.check.name}
    assert {worker.GRADE.name, worker.RECORD.name, checker.CHECK.name} <= set(QUEUES)
    assert checker.check.name == checks.CHECK
    assert {f"{checker.REPORTS}.checked", f"{checker.REPORTS}.check_fault"} <= listed
    assert worker.grade.name == task_sender.GRADE
    assert {task_sender.INGEST, f"{worker.REPORTS}.record"} <= listed
    for _, names in QUEUES.values():
        for name in names:
            assert app.conf.task_routes[name]["queue"] in QUEUES


def test_one_module_sends_tasks():
    """Whoever sends by another way forgets that it happens on commit, or that the broker may be away."""
    senders = [path for path in (env.ROOT / "course_admin").rglob("*.py") if "send_task(" in path.read_text()]
    assert senders == [env.ROOT / "course_admin" / "task_sender.py"]


def test_messages_are_json_and_lost_workers_lose_nothing():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result
    assert app.conf.task_acks_late
    assert worker.app.conf.task_acks_late
    assert app.conf.worker_prefetch_multiplier == worker.app.conf.worker_prefetch_multiplier == 1
    assert [queue.name for queue in app.conf.task_queues] == ["intake", "sync", "grade", "check", "record"]


def test_the_clock_knows_tasks_by_their_whole_names():
    """Another LMS's `tasks.sync` does not take the place of Canvas's."""
    assert {name: entry["task"] for name, entry in _configure()["beat_schedule"].items()} == {
        name: name for name in CLOCK
    }


def _served(commands: list[str]) -> list[set[str]]:
    """Return the queues that each worker among some commands serves."""
    found = (re.search(r"--queues (\S+)", command) for command in commands if " worker " in command)
    return [set(each.group(1).rstrip("`").split(",")) for each in found if each]


def _documented(folder) -> list[str]:
    page = (env.ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    return [line for line in page.splitlines() if line.startswith("| ") and "`celery " in line]


def _demonstrated(folder) -> list[str]:
    started = processes.Processes(folder)
    started.start = lambda name, command, environment: started.running.append((name, command))
    processes.start_workers(started, folder / "beat")
    return [" ".join(command) for _, command in started.running]


def _composed(folder) -> list[str]:
    page = (env.ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    return [line.replace('"', "").replace(", ", " ") for line in page.splitlines() if "command: [" in line]


@pytest.mark.parametrize(
    ("commands", "others"),
    [
        (_documented, set()),
        (_demonstrated, set()),
        (_composed, {"grade"}),
    ],  # the grading image names its queue itself
)
def test_no_process_that_takes_pushes_in_or_records_waits_for_an_lms(tmp_path, commands, others):
    """A Canvas that is slow holds the processes of `sync`, a git host that is slow those of `intake`: neither holds a result."""
    slow = {
        "outbox.tasks.sync",
        "outbox.tasks.sync_course",
        "outbox.tasks.compare_course",
        "canvas.tasks.read_assignments",
        "canvas.tasks.connect",
        "canvas.tasks.revoke",
        "github.tasks.poll",
        "github.tasks.reconcile",
    }
    slow |= {"github.tasks.show_checks", "github.tasks.make_repositories"}
    for name in slow:
        assert app.conf.task_routes[f"course_admin.integrations.{name}"]["queue"] == "sync"
    served = _served(commands(tmp_path))
    for queue in ("sync", "intake", "record"):
        assert {queue} in served
        assert sum(queue in queues for queues in served) == 1
    assert set().union(*served) == set(QUEUES) - others


def test_a_push_is_stored_and_answered_while_the_broker_is_away(
    world, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    from course_admin.submissions.intake.ingest import receive

    def away(*_args, **_kwargs):
        raise BrokerAway("connection refused")

    monkeypatch.setattr(app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        push = receive(announcement=announcement(1, "mira-okafor"), at=NOW).push
    push.refresh_from_db()
    assert push.state == PushState.RECEIVED
    assert "the broker is away" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_way_of_one_push_through_the_tasks(world, sent, settings, tmp_path, monkeypatch):
    """The same calls as on a real queue, one after the other."""
    from course_admin.submissions.intake.ingest import receive

    settings.ASSAY_ARCHIVES = tmp_path
    tree = Tree.of({"tinytorch/core/tensor.py": b""})
    monkeypatch.setattr("course_admin.integrations.github.tasks.fetch", lambda push: tree)
    receive(announcement=announcement(1, "mira-okafor"), at=timezone.now())
    ingest(**sent.pop().kwargs)
    message = sent.pop()
    run, lease_token = message.kwargs["run"], message.kwargs["lease_token"]
    tasks.start(run=run, lease_token=lease_token, worker="w1")
    tasks.heartbeat(run=run, lease_token=lease_token)
    provenance = {
        "tree_digest": tree.digest,
        "suite_digest": message.kwargs["suite_digest"],
        "seed": message.kwargs["seed"],
    }
    document = make_result(provenance=provenance).to_json()
    tasks.record_result(run=run, lease_token=lease_token, document=document)
    graded = Run.objects.get()
    assert (graded.state, graded.score, graded.worker, graded.tries) == (RunState.GRADED, 5, "w1", 1)


def test_a_recorded_result_makes_room_for_the_next_run(world, sent, settings, django_capture_on_commit_callbacks):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    first = make_run(make_attempt(world.student, world.assignment))
    second = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    token = lease(first)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.record_result(run=first.public_id, lease_token=token, document=make_result().to_json())
    assert [message.kwargs["run"] for message in sent] == [second.public_id]


def test_the_tick_mends_what_a_death_left_behind(world, sent, django_capture_on_commit_callbacks):
    from course_admin.submissions.intake.ingest import receive

    push = receive(announcement=announcement(1, "mira-okafor"), at=NOW).push
    run = make_run(make_attempt(world.student, world.assignment))
    lease(run)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tick()
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert [message.kwargs for message in sent] == [{"push_id": push.pk}]


def test_a_result_outlives_a_database_that_is_away(world, sent, monkeypatch):
    run = make_run(make_attempt(world.student, world.assignment))
    token = lease(run)
    real, calls = tasks.record.record, []

    def record(**report):
        calls.append(report)
        if len(calls) < 3:
            raise OperationalError("the connection was closed by the server")
        return real(**report)

    monkeypatch.setattr(tasks.record, "record", record)
    report = {"run": run.public_id, "lease_token": token, "document": make_result().to_json()}
    assert tasks.record_result.apply(kwargs=report).successful()
    assert len(calls) == 3
    run.refresh_from_db()
    assert run.state == RunState.GRADED


def test_a_run_whose_message_never_left_is_queued_again_at_once(world, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_args, **_kwargs):
        raise BrokerAway("connection refused")

    monkeypatch.setattr(app, "send_task", away)
    run = make_run(make_attempt(world.student, world.assignment))
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.dispatch(at=NOW)
    run.refresh_from_db()
    assert (run.state, run.lease_token, run.tries) == (RunState.QUEUED, "", 0)


@pytest.mark.parametrize(
    ("broker_url", "expected"),
    [
        ("filesystem", 2),
        pytest.param(REDIS_URL, 2, marks=pytest.mark.redis),
        pytest.param(RABBITMQ_URL, 2, marks=pytest.mark.rabbitmq),
        pytest.param("redis://127.0.0.1:9/0", None, marks=pytest.mark.slow),
        pytest.param("amqp://guest:guest@127.0.0.1:9//", None, marks=pytest.mark.slow),
    ],
)
def test_it_is_known_how_many_messages_wait_whatever_the_broker(broker_url, expected, monkeypatch, tmp_path):
    broker = Celery("test")
    broker.conf.update(celery_settings(folder_url(tmp_path) if broker_url == "filesystem" else broker_url))
    monkeypatch.setattr(task_sender, "app", broker)
    if expected is None:
        assert task_sender.waiting("grade") is None
        return
    name = f"test-{uuid.uuid4()}"
    assert task_sender.waiting(name) == 0
    for _ in range(expected):
        broker.send_task("nobody", queue=Queue(name))
    assert task_sender.waiting(name) == expected
    with broker.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_delete(name)
