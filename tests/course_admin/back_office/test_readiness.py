"""What is missing is said where staff look: `course_admin/back_office/readiness.py`, `/health/ready`, `manage.py status`."""

import collections
import html
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.back_office import readiness
from course_admin.back_office.readiness import service_problems
from course_admin.celery import QUEUES
from course_admin.courses.models import Course
from course_admin.liveness.models import Sign
from course_admin.liveness.turns import note_sign, take_turn
from course_admin.submissions.models import Push, PushState, Repository, Run
from course_admin.submissions.tasks import TICK
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, OWNER, lease, make_attempt, make_enrollment, make_run, make_user

MINUTE = timedelta(minutes=1)


@pytest.fixture
def healthy(world, settings, tmp_path):
    """A service of which nothing is missing, at this moment."""
    now = timezone.now()
    settings.ASSAY_ARCHIVES = tmp_path
    note_sign(queues=[*QUEUES, "beat"], machine="m1", sent_at=now.timestamp(), at=now)
    take_turn(TICK, every_seconds=10, at=now)
    assert service_problems(now) == []
    return now


def only(problems: list[str]) -> str:
    (problem,) = problems
    return problem


@pytest.mark.parametrize("queue", [queue for queue in QUEUES if queue != "record"])
def test_a_queue_without_a_worker_is_named(healthy, queue):
    Sign.objects.filter(queue=queue).update(seen_at=healthy - 3 * MINUTE)
    assert f"No sign of life from a worker of the queue {queue}" in only(service_problems(healthy))


def test_without_a_recording_worker_nobody_knows_of_the_others(healthy):
    Sign.objects.exclude(queue=TICK).delete()
    assert "nobody knows of the others" in only(service_problems(healthy))


def test_no_tick_is_said(healthy):
    Sign.objects.filter(queue=TICK).update(seen_at=healthy - 7 * MINUTE)
    assert "No tick for 7 minutes" in only(service_problems(healthy))
    Sign.objects.filter(queue=TICK).delete()
    assert "There was no tick yet" in only(service_problems(healthy))


@pytest.mark.parametrize("minutes", [2, -2, 20, -20])
def test_a_clock_that_is_off_is_named_with_its_machine(healthy, minutes):
    sent_at = (healthy + minutes * MINUTE).timestamp()
    note_sign(queues=["grade"], machine="grader-7", sent_at=sent_at, at=healthy)
    word = "ahead" if minutes > 0 else "behind"
    assert f"The clock of grader-7 is {abs(minutes)} minutes {word}" in only(service_problems(healthy))


def test_a_broker_that_is_away_is_said(healthy, monkeypatch):
    monkeypatch.setattr(readiness, "waiting", lambda queue: None)
    assert "The broker does not answer" in only(service_problems(healthy))


def test_a_full_disk_is_said(healthy, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")(10 << 30, 10 << 30, 3 << 20)
    monkeypatch.setattr(readiness.shutil, "disk_usage", lambda place: usage)
    assert "is full: 3 MB are left" in only(service_problems(healthy))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"check_state": CheckState.FAILED, "check_report": {}, "checked_at": NOW}, "failed its check"),
        ({"check_state": CheckState.UNCHECKED, "check_fault": "The sandbox is away."}, "The sandbox is away."),
    ],
)
def test_a_suite_that_failed_its_check_is_said_until_a_newer_version_stands(healthy, fields, words):
    SuiteVersion.objects.update(**fields)
    assert words in only(service_problems(healthy))
    SuiteVersion.objects.create(
        name="m01_tensor",
        digest="6" * 64,
        archive_sha256="c" * 64,
        added_at=healthy,
        check_state="passed",
        check_report={},
        checked_at=healthy,
    )
    assert service_problems(healthy) == []


def test_a_host_that_refuses_our_fetches_is_said_with_its_words(healthy):
    push = announce(at=healthy - 5 * MINUTE)
    Push.objects.filter(pk=push.pk).update(tries=1, reason="git said: '403 Forbidden'.", next_try_at=healthy + MINUTE)
    problem = only(service_problems(healthy))
    assert "A host does not let us fetch: 1 push waits" in problem
    assert "403 Forbidden" in problem


def test_a_host_that_refused_until_all_tries_were_used_up_is_said_for_a_day(healthy):
    for number in range(3):
        assert service_problems(healthy) == []
        make_enrollment(Course.objects.get(), f"student{number}")
        told = {"repository_id": number + 1, "full_name": f"{OWNER}/m01-student{number}"}
        push = announce(delivery_id=f"d-{number:07}", at=healthy - 30 * MINUTE, **told)
        stuck = {"state": PushState.NEEDS_ATTENTION, "tries": 5, "reason": "git said: '403 Forbidden'."}
        Push.objects.filter(pk=push.pk).update(**stuck)
    problem = only(service_problems(healthy))
    assert "Pushes of 3 repositories could not be fetched" in problem
    assert "403 Forbidden" in problem


def test_a_host_that_does_not_answer_questions_is_said(healthy):
    push = announce(at=healthy - 5 * MINUTE)
    Push.objects.filter(pk=push.pk).update(state="ignored", reason="Nothing to grade.")
    for number in range(3):
        fields = {
            "full_name": f"o/n{number}",
            "bound_name": f"o/n{number}",
            "bound_login": "x",
            "default_branch": "main",
        }
        owner = {"course": push.repository.course, "student": push.repository.student}
        Repository.objects.create(host_id=9_000 + number, asked_at=healthy, **owner, **fields)
    assert "did not answer for 3 repositories" in only(service_problems(healthy))


def test_what_waits_too_long_is_said(healthy, world, sent):
    run = make_run(make_attempt(world.student, world.assignment), healthy - 20 * MINUTE)
    lease(run, healthy - 10 * MINUTE, running=False)
    assert "The oldest in the queue grade has waited for 10 minutes" in only(service_problems(healthy))
    Run.objects.update(state="cancelled", lease_token="", lease_expires_at=None)
    announce(at=healthy - 10 * MINUTE)
    assert "The oldest in the queue intake has waited for 10 minutes" in only(service_problems(healthy))


def test_all_of_it_stands_under_problems_and_in_status(healthy, client, capsys):
    call_command("status")
    assert "Nothing is missing." in capsys.readouterr().out
    Sign.objects.all().delete()
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    page = html.unescape(client.get("/admin/").content.decode())
    found = service_problems(timezone.now())
    assert len(found) == 2
    assert all(sentence in page for sentence in found)
    with pytest.raises(CommandError) as problem:
        call_command("status")
    assert str(problem.value).splitlines() == found


def test_status_says_that_our_settings_forbid_to_fetch(healthy, settings):
    settings.ASSAY_CLONE_URL = "https://git.example.edu/everything.git"
    with pytest.raises(CommandError, match="No code can be fetched"):
        call_command("status")


@pytest.mark.parametrize("url", ["/health/ready", "/health/ready/"])
def test_ready_knows_broker_clock_and_queues_and_names_nobody(healthy, client, url):
    answer = client.get(url)
    found = answer.json()
    assert answer.status_code == 200, found
    assert found["ready"] is found["database"] is found["broker"] is True
    assert found["clock_ahead_seconds"] == 0
    assert found["tick_age_seconds"] < 60
    assert set(found["queues"]) == set(QUEUES)
    assert found["queues"]["grade"]["workers"] == 1
    assert "m1" not in answer.content.decode()


def test_ready_is_503_while_anything_is_missing_and_health_answers_all_the_same(healthy, client, monkeypatch):
    monkeypatch.setattr("course_admin.task_sender.app.connection_for_read", _away)
    Sign.objects.all().delete()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert client.get("/health/").json() == {"status": "ok"}


def _away():
    from kombu import Connection

    return Connection("redis://127.0.0.1:9/0", transport_options={"socket_connect_timeout": 1})


def test_a_database_that_is_away_is_said_and_no_fault(client, monkeypatch):
    def away():
        raise DatabaseError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    assert client.get("/health/").status_code == 503
    assert client.get("/health/ready").json() == {"ready": False, "database": False}


def test_a_fresh_installation_says_what_to_start(db):
    assert any("celery --app course_admin beat" in sentence for sentence in service_problems(NOW))
