"""What GitHub tells beside pushes: `course_admin/integrations/github/app/events.py`, through the webhook."""

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest

from course_admin.courses.models import AuditEvent, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity
from course_admin.integrations.github.models import Installation, Rerequest
from course_admin.integrations.github.signature import sign
from course_admin.submissions.models import Push, PushState, Repository, Run, RunReason, RunState
from tests.course_admin.integrations.github.fake_github import APP_ID, CLIENT_ID, EVERYTHING, told_installation
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import COMMIT, NOW, OWNER, graded, make_attempt, make_enrollment

DELIVERIES = json.loads(gzip.decompress((Path(__file__).parent / "published" / "deliveries.json.gz").read_bytes()))
TEACHER, MIRA = 5_001, 58_210_467
DELIVERY = "0f9d8a6c-cc78-11e3-81ab-4c9367dc0958"


@pytest.fixture
def tell(client, app):
    def tell(event: str, payload: object, delivery: str = DELIVERY) -> tuple[int, str]:
        body = json.dumps(payload).encode()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": delivery}
        headers["X-Hub-Signature-256"] = sign(body, "the current secret")
        answer = client.post("/hooks/github/", body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()["message"]

    return tell


@pytest.mark.medium
@pytest.mark.parametrize("event", sorted({event for event, _ in DELIVERIES}))
def test_every_published_delivery_is_taken_or_refused_with_a_reason(world, tell, event):
    for payload in (payload for name, payload in DELIVERIES if name == event):
        status, sentence = tell(event, payload)
        assert status in (200, 202, 404), sentence
        assert sentence.endswith(".")


@pytest.mark.medium
def test_none_of_the_published_deliveries_of_our_events_is_unreadable(world, tell):
    ours = [each for each in DELIVERIES if each[0] in ("installation", "repository", "member", "check_run", "push")]
    assert len(ours) >= 40
    assert not [sentence for event, payload in ours if "usable" in (sentence := tell(event, payload)[1])]


def test_an_installation_is_known_with_what_it_may(world, tell):
    told = told_installation(7, OWNER, EVERYTHING)
    assert tell("installation", {"action": "created", "installation": told})[1].endswith("may do what it needs to.")
    row = Installation.objects.get()
    assert (row.number, row.account_login, row.may("checks"), row.may("contents", "read")) == (7, OWNER, True, True)
    assert not row.may("members", "read")


def test_what_it_lacks_is_said(world, tell):
    told = told_installation(7, OWNER, {"contents": "read"})
    assert (
        "without the permission checks: write" in tell("installation", {"action": "created", "installation": told})[1]
    )


@pytest.mark.parametrize("written", [str, lambda text: int(datetime.fromisoformat(text).timestamp())])
def test_suspended_or_removed_it_gives_no_tokens(world, tell, written):
    """GitHub writes the times of an installation as text or as seconds since 1970."""
    first, second, third = (written(f"2026-09-0{day}T10:00:00Z") for day in (1, 2, 3))
    suspended = told_installation(7, OWNER, EVERYTHING, updated_at=first, suspended_at=second)
    tell("installation", {"action": "suspend", "installation": suspended})
    assert not Installation.objects.active().exists()
    back = told_installation(7, OWNER, EVERYTHING, updated_at=third)
    tell("installation", {"action": "unsuspend", "installation": back})
    assert Installation.objects.active().exists()
    tell("installation", {"action": "suspend", "installation": suspended})  # delivered again, late
    assert Installation.objects.active().exists()
    tell("installation", {"action": "deleted", "installation": back})
    tell("installation", {"action": "unsuspend", "installation": back})
    assert not Installation.objects.active().exists()


@pytest.mark.parametrize(
    "broken", [{}, {"id": 0}, {"id": True}, {"id": "7"}, {"id": 2**63}, {"account": {"id": 1, "login": "a\nb"}}]
)
def test_an_unreadable_installation_is_refused_and_changes_nothing(world, tell, broken):
    told = {**told_installation(7, OWNER, EVERYTHING), **broken} if broken else "no object"
    status, sentence = tell("installation", {"action": "created", "installation": told})
    assert (status, sentence.endswith("."), Installation.objects.count()) == (400, True, 0)


def test_a_renamed_or_transferred_repository_stays_its_students(world, tell):
    push = announce()
    repository = {"id": push.repository.host_id, "full_name": "elsewhere/other", "default_branch": "trunk"}
    tell("repository", {"action": "transferred", "repository": repository})
    known = Repository.objects.get()
    assert (known.full_name, known.default_branch, known.student) == ("elsewhere/other", "trunk", world.student)
    assert known.has_moved


def test_what_can_never_be_fetched_of_a_deleted_repository_is_shown_to_staff_at_once(world, tell):
    push = announce()
    repository = {"id": push.repository.host_id, "full_name": push.repository.full_name, "default_branch": "main"}
    tell("repository", {"action": "deleted", "repository": repository})
    push.refresh_from_db()
    assert (push.state, "deleted at its host" in push.reason) == (PushState.NEEDS_ATTENTION, True)


@pytest.fixture
def judged(world) -> Run:
    """A graded run of a push, an instructor and a student with proven GitHub accounts."""
    instructor = make_enrollment(world.course, "prof-ada", Role.INSTRUCTOR)
    for place, number in ((instructor, TEACHER), (world.student, MIRA)):
        ProvenIdentity.objects.create(
            account=place.account, kind=IdentityKind.GITHUB, subject=str(number), proven_at=NOW
        )
    push = announce()
    Push.objects.filter(pk=push.pk).update(state=PushState.ATTEMPTED)
    attempt = make_attempt(world.student, world.assignment, push=push, commit_id=COMMIT)
    return graded(attempt)


def again(run: Run, sender: int, **fields: object) -> dict:
    app = {"id": APP_ID, "client_id": CLIENT_ID}
    told = {"head_sha": COMMIT, "external_id": f"{run.public_id}.1", "app": app, **fields}
    repository = {"id": run.attempt.push.repository.host_id, "full_name": "a/b"}
    return {"action": "rerequested", "check_run": told, "repository": repository, "sender": {"id": sender}}


@pytest.mark.medium
def test_who_leads_the_course_has_it_graded_again_by_githubs_button_once_for_each_delivery(world, tell, judged):
    assert tell("check_run", again(judged, TEACHER)) == (202, "Queued: 1 run.")
    run = Run.objects.exclude(pk=judged.pk).get()
    assert (run.reason, run.state) == (RunReason.ASKED_FOR, RunState.QUEUED)
    assert run.requested_by.identities.get().subject == str(TEACHER)
    assert AuditEvent.objects.filter(reason="asked for by GitHub's button").count() == 1
    Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED)
    assert tell("check_run", again(judged, TEACHER)) == (202, "Queued: 1 run.")
    assert (Run.objects.count(), Rerequest.objects.count()) == (2, 1)


def test_a_suite_is_asked_for_by_its_commit(world, tell, judged):
    payload = again(judged, TEACHER)
    payload["check_suite"] = payload.pop("check_run")
    assert tell("check_suite", payload)[1] == "Queued: 1 run."


@pytest.mark.medium
@pytest.mark.parametrize(
    ("sender", "fields", "words"),
    [
        (MIRA, {}, "Only who leads the course"),
        (999, {}, "log in with GitHub once"),
        (TEACHER, {"external_id": "run_unknown.1"}, "No attempt of ours"),
        (TEACHER, {"head_sha": "e" * 40}, "No attempt of ours"),
        (TEACHER, {"app": {"id": 1}}, "not of this App"),
        (TEACHER, {"app": None}, "not of this App"),
    ],
)
def test_nobody_else_has_anything_graded_by_it(world, tell, judged, sender, fields, words):
    status, sentence = tell("check_run", again(judged, sender, **fields))
    assert (status, words in sentence, Run.objects.count()) == (202, True, 1)


@pytest.mark.medium
def test_what_needed_attention_is_tried_again_with_its_own_run(world, tell, judged):
    fields = {"state": RunState.NEEDS_ATTENTION, "fault": "no sandbox", "score": None, "max_score": None}
    Run.objects.filter(pk=judged.pk).update(**fields)
    assert tell("check_run", again(judged, TEACHER))[1] == "Queued: 1 run."
    assert Run.objects.get().state == RunState.QUEUED
