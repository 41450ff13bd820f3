"""What GitHub shows of an attempt, against a GitHub that refuses what is not as documented: `integrations/github/checks/`."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from werkzeug import Response

from course_admin.courses.models import Role
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.checks import sending
from course_admin.integrations.github.checks.content import plain
from course_admin.integrations.github.checks.ledger import SENT_AT_ONCE, open_reports, refresh_revealed, send_due
from course_admin.integrations.github.models import CheckReport, Installation
from course_admin.integrations.github.tasks import show_checks
from course_admin.submissions.models import Push, PushState, Run, RunState
from course_admin.submissions.queue.record import record
from course_admin.submissions.receipts.issue import check as check_receipt
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import (
    COMMIT,
    NOW,
    OWNER,
    graded,
    lease,
    make_attempt,
    make_check,
    make_enrollment,
    make_result,
    make_run,
)

MESSAGE = """AssertionError: two values differ
Student code:
  File "tinytorch/core/tensor.py", line 2, in add
    return self.data"""
IN_NOTEBOOK = """ValueError: shapes
  File "tinytorch/core/tensor.py", line 3, in add (modules/01/tensor.ipynb, cell 4, line 7)
    return x"""


@pytest.fixture
def clock(hub, world) -> Clock:
    hub.now = Clock(NOW)
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW - timedelta(days=1))
    return hub.now


@pytest.fixture
def pushed(world, hub, clock):
    """Make a pushed attempt, whose repository the fake has."""

    def pushed(delivery: str = "", **fields):
        push = announce(delivery_id=delivery) if delivery else announce()
        Push.objects.filter(pk=push.pk).update(state=PushState.ATTEMPTED)
        hub.has(push.repository.full_name, push.repository.host_id)
        archive = pack_archive(Tree.of({"tinytorch/core/tensor.py": b"def add(self):\n    return self.data\n"}))
        stored = {"archive_bytes": len(archive)}
        if not fields.get("refusal"):
            stored["archive_sha256"] = FolderArchives(django_settings.ASSAY_ARCHIVES).put(archive)
        return make_attempt(world.student, world.assignment, push=push, commit_id=push.commit_id, **stored, **fields)

    return pushed


@pytest.fixture
def show(clock):
    """Play a round, three seconds after the one before; return how many requests for reports worked."""

    def show(seconds: float = 3) -> int:
        clock.at += timedelta(seconds=seconds)
        open_reports(at=clock.at)
        with github(clock) as hub:
            return send_due(hub=hub)

    return show


def only(hub) -> SimpleNamespace:
    (run,) = hub.check_runs.values()
    return SimpleNamespace(**run)


@pytest.mark.slow
def test_a_check_run_is_made_when_queued_changed_while_it_runs_and_completed(hub, pushed, show):
    run = make_run(pushed())
    show()
    made = only(hub)
    assert (made.status, made.head_sha, made.external_id) == ("queued", COMMIT, f"{run.public_id}.1")
    assert made.details_url == f"https://grade.example.edu/attempts/{run.attempt.public_id}/"
    token = lease(run)
    show()
    assert only(hub).status == "in_progress"
    assert record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW)
    show()
    done = only(hub)
    assert (done.status, done.conclusion, done.output["title"]) == ("completed", "failure", "5 of 10 points")
    assert "1 of 2 checks passed. Attempt 1, commit 3f9c2ab1d4, received on 2 October 2026" in done.output["summary"]
    assert "| Check 2 | failed | 0 of 5 |" in done.output["summary"]
    asked = len(hub.asked)
    assert show() == 0
    assert len(hub.asked) == asked
    assert not CheckReport.objects.get().is_open


@pytest.mark.medium
@pytest.mark.parametrize("visibility", ["after_due_date", "after_published", "hidden"])
def test_what_is_no_longer_hidden_is_shown_once_and_no_annotation_twice(world, hub, pushed, show, visibility):
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(due_at=NOW + timedelta(days=1))
    world.assignment.refresh_from_db()
    graded(pushed(), make_check(), make_check(2, 0.0, verdict=Verdict.FAILED, visibility=visibility))
    show()
    assert "| Check 2 |" in only(hub).output["summary"]
    assert "0 of 5" not in only(hub).output["summary"]
    assert CheckReport.objects.get().withheld == 1

    def look() -> int:
        hub.now.at += timedelta(minutes=11)
        with github(hub.now) as client:
            return refresh_revealed(hub=client)

    assert look() == 0
    hub.now.at += timedelta(days=2)
    if visibility == "after_published":
        type(world.assignment).objects.filter(pk=world.assignment.pk).update(results_published_at=hub.now.at)
    if visibility == "hidden":
        assert look() == 0
        assert "0 of 5" not in only(hub).output["summary"]
        return
    before = len(only(hub).annotations)
    hub.once("PATCH .*check-runs", 502)
    assert look() == 0
    assert look() == 1
    assert "0 of 5" in only(hub).output["summary"]
    assert (only(hub).status, len(only(hub).annotations)) == ("completed", before)
    asked = len(hub.asked)
    assert look() == 0
    assert len(hub.asked) == asked


@pytest.mark.medium
def test_all_points_are_a_success(hub, pushed, show):
    graded(pushed(), make_check())
    show()
    assert (only(hub).conclusion, only(hub).annotations) == ("success", [])


def test_the_receipt_stands_in_it_and_holds(hub, pushed, show):
    graded(pushed())
    show()
    block = only(hub).output["text"].split("```json\n")[1].rpartition("\n```")[0]
    assert check_receipt(block.encode()).facts["commit"] == COMMIT


@pytest.mark.medium
def test_what_failed_is_annotated_at_the_students_own_line(hub, pushed, show):
    wrong = {"verdict": Verdict.FAILED}
    graded(
        pushed(),
        make_check(1, 0.0, message=MESSAGE, **wrong),
        make_check(2, 0.0, message=MESSAGE, **wrong),  # the same cause
        make_check(3, 0.0, message=IN_NOTEBOOK, verdict=Verdict.CRASHED),
        make_check(4, 0.0, message=MESSAGE.replace("line 2", "line 99"), **wrong),  # no such line
        make_check(5, 0.0, message="expected 3, got 4", **wrong),
    )
    show()
    first, second = only(hub).annotations
    assert (first["path"], first["start_line"], first["annotation_level"]) == ("tinytorch/core/tensor.py", 2, "failure")
    assert first["message"].startswith("AssertionError: two values differ")
    assert (second["path"], second["start_line"]) == ("modules/01/tensor.ipynb", 1)
    assert second["message"].startswith("In cell 4, line 7: ValueError: shapes")


@pytest.mark.medium
def test_at_most_fifty_annotations_go_out_and_never_twice(hub, pushed, show):
    checks = [
        make_check(n, 0.0, verdict=Verdict.FAILED, message=MESSAGE.replace("two values", f"values {n}"))
        for n in range(1, 71)
    ]
    graded(pushed(), *checks)
    hub.once("POST .*/check-runs", 502, after=True)
    show()
    show(60)
    assert len(only(hub).annotations) == 50


def test_a_hidden_check_is_as_hidden_as_on_the_report(hub, pushed, show):
    secret = MESSAGE.replace("two values differ", "the canary 7f3a")
    graded(pushed(), make_check(1), make_check(2, 0.0, verdict=Verdict.FAILED, message=secret, visibility="hidden"))
    show()
    assert "canary" not in json.dumps(hub.check_runs)
    assert only(hub).annotations == []
    assert "| Check 2 | failed | hidden |" in only(hub).output["summary"]


def test_of_a_public_repository_nothing_is_said(hub, pushed, show):
    attempt = pushed()
    hub.repositories[attempt.push.repository.full_name.lower()]["private"] = False
    graded(attempt, make_check(1, 0.0, verdict=Verdict.FAILED, message=MESSAGE))
    show()
    told = only(hub)
    assert (told.conclusion, told.output["title"], told.annotations) == ("neutral", "Graded", [])
    for word in ("Check 1", "points", "Mira", "failed"):
        assert word not in json.dumps(told.output)


def test_names_and_messages_are_text_and_nothing_else():
    assert plain("a|b `c` <img src=x> @mira-okafor\n# [x](https://evil.example)") == (
        r"a\|b \`c\` &lt;img src=x&gt; &#64;mira\-okafor \# \[x\]\(https&#58;//evil\.example\)"
    )


@pytest.mark.medium
@pytest.mark.parametrize(
    ("fields", "status", "conclusion", "words"),
    [
        ({"state": RunState.SUPERSEDED}, "completed", "cancelled", "something newer"),
        ({"state": RunState.CANCELLED}, "completed", "cancelled", "Cancelled"),
        ({"state": RunState.NEEDS_ATTENTION, "fault": "no sandbox on w3"}, "completed", "neutral", "fault of ours"),
    ],
)
def test_what_was_not_graded_says_so_and_no_fault_of_ours_is_a_failure(
    hub, pushed, show, fields, status, conclusion, words
):
    run = make_run(pushed())
    Run.objects.filter(pk=run.pk).update(finished_at=NOW, **fields)
    show()
    told = only(hub)
    assert (told.status, told.conclusion, words in told.output["title"]) == (status, conclusion, True)
    assert "w3" not in json.dumps(told.output)


def test_an_attempt_that_cannot_be_graded_says_why(hub, pushed, show):
    pushed(refusal="A link leads out of the tree: <data>.")
    show()
    assert (only(hub).conclusion, only(hub).output["title"]) == ("failure", "These files cannot be graded")
    assert r"A link leads out of the tree: &lt;data&gt;\." in only(hub).output["summary"]


def test_a_run_that_goes_on_after_a_fault_gets_a_check_run_of_its_own(hub, pushed, show):
    run = make_run(pushed())
    Run.objects.filter(pk=run.pk).update(state=RunState.NEEDS_ATTENTION, fault="no sandbox", finished_at=NOW)
    show()
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, fault="", finished_at=None)
    show()
    first, second = hub.check_runs.values()
    assert (first["status"], second["status"]) == ("completed", "queued")
    assert (first["external_id"], second["external_id"]) == (f"{run.public_id}.1", f"{run.public_id}.2")


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before the request", "after the request"])
@pytest.mark.parametrize("stage", ["made", "completed"])
def test_a_kill_at_any_step_leaves_one_check_run_and_no_annotation_twice(hub, pushed, show, monkeypatch, when, stage):
    run = make_run(pushed())
    if stage == "completed":
        show()
    checks = make_check(1, 0.0, verdict=Verdict.FAILED, message=MESSAGE)
    record(run=run.public_id, token=lease(run), document=make_result(checks).to_json(), at=NOW)
    ask = sending.Sender._ask

    def killed(self, report, permissions, method, path, body=None):
        if method == "GET":
            return ask(self, report, permissions, method, path, body)
        if when == "after the request":
            ask(self, report, permissions, method, path, body)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending.Sender, "_ask", killed)
        with pytest.raises(Killed):
            show()
    assert show(1) == 0  # its claim still holds
    show(200)
    told = only(hub)
    assert (told.status, told.conclusion, len(told.annotations)) == ("completed", "failure", 1)


def test_two_workers_send_a_report_once(hub, pushed, clock):
    graded(pushed())
    open_reports(at=clock.at)
    due = list(CheckReport.objects.due(clock.at).with_everything())
    assert len(due) == 1
    CheckReport.objects.update(next_try_at=clock.at + timedelta(minutes=3))  # the other one claims it
    with github(clock) as asking:
        assert send_due(hub=asking) == 0
    assert not hub.check_runs


@pytest.mark.slow
def test_a_limit_leaves_the_whole_installation_alone_until_it_is_over(hub, pushed, show, clock):
    graded(pushed("d-0000001"))
    graded(pushed("d-0000002"))
    hub.once("POST .*/check-runs", 403, {"message": "You have exceeded a secondary rate limit"}, retry_after="90")
    show()
    assert not hub.check_runs  # the second one was not even asked for
    assert Installation.objects.get().quiet_until == clock.at + timedelta(seconds=90)
    asked = len(hub.asked)
    show(60)
    assert len(hub.asked) == asked
    show(40)
    assert len(hub.check_runs) == 2


@pytest.mark.slow
def test_a_round_sends_a_dozen_and_the_next_ones_the_rest(hub, pushed, show):
    for number in range(SENT_AT_ONCE + 3):
        graded(pushed(f"d-{number:07}"))
    show()
    assert len(hub.check_runs) == SENT_AT_ONCE
    show()
    assert len(hub.check_runs) == SENT_AT_ONCE + 3


@pytest.mark.medium
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response('{"message": "No commit found for SHA: 3f9c"}', 422), "No commit found"),
        (Response('{"message": "Resource not accessible by integration"}', 403), "not accessible"),
        (Response('{"message": "Moved Permanently"}', 301), "301"),
    ],
)
def test_what_github_refuses_is_not_asked_for_again_and_staff_read_why(world, client, hub, pushed, show, answer, words):
    graded(pushed())
    hub.faults.append(("POST .*/check-runs", lambda: answer, False))
    show()
    asked = len(hub.asked)
    show(7200)
    assert len(hub.asked) == asked
    client.force_login(make_enrollment(world.course, "prof-ada", Role.INSTRUCTOR).account)
    page = client.get(reverse("repositories", args=[world.course.slug, world.assignment.slug])).content.decode()
    assert "What GitHub does not show" in page
    assert words in page


@pytest.mark.medium
def test_without_the_permission_for_checks_a_status_says_it_in_a_line(hub, pushed, show):
    granted = {name: level for name, level in EVERYTHING.items() if name != "checks"}
    Installation.objects.update(permissions=granted)
    hub.permissions = granted
    run = make_run(pushed())
    show()
    record(run=run.public_id, token=lease(run), document=make_result().to_json(), at=NOW)
    show()
    first, second = hub.statuses
    assert (first["state"], first["description"], first["context"]) == ("pending", "Waiting to be graded", "assay/m01")
    assert (second["state"], second["description"], second["sha"]) == ("failure", "5 of 10 points", COMMIT)
    assert not hub.check_runs


def test_without_either_nothing_is_asked_and_the_row_says_why(hub, pushed, show):
    Installation.objects.update(permissions={"contents": "read"})
    graded(pushed())
    show()
    assert not hub.asked
    assert "neither the permission" in CheckReport.objects.get().words


def test_what_came_before_the_app_or_lies_elsewhere_is_not_shown(hub, pushed, show):
    run = graded(pushed())
    Run.objects.filter(pk=run.pk).update(queued_at=NOW - timedelta(days=2))
    elsewhere = graded(pushed("d-0000009"))
    elsewhere.attempt.push.repository.__class__.objects.filter(pk=elsewhere.attempt.push.repository.pk).update(
        full_name="tinytorch-class-2/m01-mira-okafor"
    )
    show()
    assert not CheckReport.objects.exists()


def test_a_fault_of_ours_with_one_holds_up_no_other(hub, pushed, show, monkeypatch, caplog):
    broken, fine = graded(pushed("d-0000001")), graded(pushed("d-0000002"))
    body = sending.content.check_run

    def check_run(report, **told):
        if report.run == broken:
            raise ZeroDivisionError
        return body(report, **told)

    monkeypatch.setattr(sending.content, "check_run", check_run)
    show()
    assert only(hub).external_id == f"{fine.public_id}.1"
    assert "a fault of ours" in CheckReport.objects.get(run=broken).words


def test_the_task_does_nothing_without_an_app(db, settings):
    assert not settings.ASSAY_GITHUB_APP_ID
    show_checks()
    assert not CheckReport.objects.exists()
