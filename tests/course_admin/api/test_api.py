"""The API: tokens that open what their owner may, and no more; handing in, reports and grades as JSON."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from course_admin.api.models import ApiToken
from course_admin.api.tokens import MOST, TokenRefused, make_token
from course_admin.courses.models import AuditEvent, Role, Section
from course_admin.identity.models import User
from course_admin.submissions.models import Attempt, Run, RunState
from course_admin.submissions.receipts.issue import check
from grader.cli.main import main
from grader.source import Tree
from tests.course_admin.test_hostile_input import TEXTS
from tests.factories import graded, make_assignment, make_attempt, make_check, make_course, make_enrollment
from tests.grader.source.sources import WORK, make_zip, write_files

ALL = {"read", "submit", "gradebook"}


def caller(account: User, scopes: set[str] = ALL) -> Client:
    _, text = make_token(account=account, name="tests", scopes=scopes, days=None, at=timezone.now())
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def mine(world) -> Client:
    return caller(world.student.account)


def hand_in(client: Client, world: Any, *files: SimpleUploadedFile) -> Any:
    url = f"/api/v1/courses/{world.course.slug}/assignments/{world.assignment.slug}/attempts"
    return client.post(url, {"files": list(files) or [SimpleUploadedFile("work.zip", make_zip(WORK))]})


@pytest.mark.slow
def test_a_student_lists_their_courses_and_assignments_with_their_own_times(world, mine):
    due = timezone.now().replace(microsecond=0)
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(due_at=due)
    make_assignment(world.course, "draft", is_draft=True, repository_pattern="")
    make_assignment(make_course("other"))
    assert mine.get("/api/v1/courses").json() == [{"slug": "tinytorch", "title": "TinyTorch", "roles": ["student"]}]
    (found,) = mine.get("/api/v1/courses/tinytorch/assignments").json()
    assert (found["slug"], found["points"], found["takes_uploads"]) == ("m01", 100.0, True)
    assert found["due_at"] == due.isoformat().replace("+00:00", "Z")
    assert mine.get("/api/v1/courses/other/assignments").status_code == 404


@pytest.mark.medium
def test_an_archive_that_is_handed_in_is_an_attempt_at_once(world, mine):
    answer = hand_in(mine, world)
    assert answer.status_code == 201
    told = answer.json()
    attempt = Attempt.objects.get()
    assert (told["id"], told["number"], told["state"], told["is_final"]) == (attempt.public_id, 1, "queued", False)
    assert told["url"] == f"http://testserver/attempts/{attempt.public_id}/"
    assert attempt.upload.account == world.student.account
    assert attempt.runs.get().state == RunState.QUEUED


@pytest.mark.medium
def test_files_are_handed_in_too_and_what_cannot_be_read_is_one_sentence(world, mine):
    assert hand_in(mine, world, SimpleUploadedFile("a.py", b"1"), SimpleUploadedFile("b.py", b"2")).status_code == 201
    answer = hand_in(mine, world, SimpleUploadedFile("work.zip", b"no archive"))
    assert (answer.status_code, "is not a zip" in answer.json()["message"]) == (409, True)
    doubled = hand_in(mine, world, SimpleUploadedFile("a.py", b"1"), SimpleUploadedFile("a.py", b"2"))
    assert (doubled.status_code, "'a.py' twice" in doubled.json()["message"]) == (409, True)
    none = mine.post("/api/v1/courses/tinytorch/assignments/m01/attempts", {})
    assert (none.status_code, "files" in none.json()["message"]) == (422, True)
    assert Attempt.objects.count() == 1


def test_too_much_is_one_sentence(world, mine, monkeypatch, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    many = hand_in(mine, world, *(SimpleUploadedFile(f"{n}.py", b"1") for n in range(3)))
    assert (many.status_code, "too many files" in many.json()["message"]) == (422, True)
    monkeypatch.setattr("course_admin.api.endpoints.UPLOAD_BYTES", 10)
    large = hand_in(mine, world, SimpleUploadedFile("a.py", b"x" * 11))
    assert (large.status_code, "at most 30 MiB" in large.json()["message"]) == (413, True)
    assert not Attempt.objects.exists()


def test_a_report_withholds_what_its_page_withholds(world, mine):
    checks = make_check(1), make_check(2, visibility="hidden", message="the hidden input")
    run = graded(make_attempt(world.student, world.assignment), *checks)
    told = mine.get(f"/api/v1/attempts/{run.attempt.public_id}").json()
    assert (told["state"], told["score"], told["is_final"]) == ("graded", 10.0, True)
    shown, hidden = told["checks"]
    assert (shown["points"], shown["why_withheld"]) == (5.0, "")
    assert (hidden["points"], hidden["message"], hidden["why_withheld"]) == (None, "", "hidden")
    assert "the hidden input" not in json.dumps(told)
    (listed,) = mine.get("/api/v1/attempts?course=tinytorch&assignment=m01").json()
    assert listed["id"] == told["id"]
    assert mine.get("/api/v1/attempts?course=other").json() == []


def test_a_receipt_is_the_one_of_the_page(world, mine):
    attempt = make_attempt(world.student, world.assignment)
    given = mine.get(f"/api/v1/attempts/{attempt.public_id}/receipt").content
    assert check(given).facts["attempt"] == attempt.public_id


@pytest.mark.medium
def test_nobody_sees_or_hands_in_through_the_api_what_they_may_not_in_the_browser(world):
    attempt = make_attempt(world.student, world.assignment)
    tuesday, thursday = (Section.objects.create(course=world.course, name=name) for name in ("Tue", "Thu"))
    type(world.student).objects.filter(pk=world.student.pk).update(section=tuesday)
    people = {
        "mate": (make_enrollment(world.course, "mate"), 404, 201, 404),
        "stranger": (make_enrollment(make_course("other"), "stranger"), 404, 404, 404),
        "ta": (make_enrollment(world.course, "ta", Role.TA, section=tuesday), 200, 404, 200),
        "other_ta": (make_enrollment(world.course, "other-ta", Role.TA, section=thursday), 404, 404, 200),
        "gone": (make_enrollment(world.course, "gone", Role.TA, is_active=False), 404, 404, 404),
        "instructor": (make_enrollment(world.course, "ines", Role.INSTRUCTOR), 200, 404, 200),
    }
    for role, (place, sees, hands_in, grades) in people.items():
        client = caller(place.account)
        assert client.get(f"/api/v1/attempts/{attempt.public_id}").status_code == sees, role
        assert client.get(f"/api/v1/attempts/{attempt.public_id}/receipt").status_code == sees, role
        assert hand_in(client, world).status_code == hands_in, role
        assert client.get("/api/v1/courses/tinytorch/gradebook").status_code == grades, role


def test_staff_read_the_grades_of_those_whom_they_teach(world):
    graded(make_attempt(world.student, world.assignment))
    make_enrollment(world.course, "jon")
    make_assignment(world.course, "draft", is_draft=True, repository_pattern="")
    client = caller(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    rows = client.get("/api/v1/courses/tinytorch/gradebook").json()
    assert [(row["student"], row["assignment"], row["points"]) for row in rows] == [
        ("Jon", "m01", None),
        ("Mira Okafor", "m01", 50.0),
    ]
    (later,) = client.get("/api/v1/courses/tinytorch/gradebook?after=1").json()
    assert later["student"] == "Mira Okafor"
    nobody = make_enrollment(
        world.course, "tia", Role.TA, section=Section.objects.create(course=world.course, name="x")
    )
    assert caller(nobody.account).get("/api/v1/courses/tinytorch/gradebook").json() == []


@pytest.mark.medium
@pytest.mark.parametrize(
    ("scope", "path"),
    [("read", "/api/v1/courses"), ("gradebook", "/api/v1/courses/tinytorch/gradebook"), ("submit", "")],
)
def test_a_token_opens_its_scopes_and_no_others(world, scope, path):
    staff = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    account = world.student.account if scope == "submit" else staff
    for scopes, opens in (({scope}, True), (ALL - {scope}, False)):
        client = caller(account, scopes)
        answer = client.get(path) if path else hand_in(client, world)
        assert (answer.status_code in (200, 201)) == opens
        assert opens or ("scope" in answer.json()["message"] and answer.status_code == 403)


def test_what_is_no_good_token_opens_nothing(world, client):
    account, now = world.student.account, timezone.now()
    _, over_text = make_token(account=account, name="over", scopes=ALL, days=1, at=now - timedelta(days=2))
    taken, taken_text = make_token(account=account, name="taken", scopes=ALL, days=None, at=now)
    ApiToken.objects.filter(pk=taken.pk).update(revoked_at=now)
    _, good = make_token(account=account, name="good", scopes=ALL, days=1, at=now)
    client.force_login(account)  # a session's cookie is no token
    for given in (
        "",
        "Bearer",
        "Bearer x",
        f"Basic {good}",
        f"Bearer {good}x",
        f"Bearer {over_text}",
        f"Bearer {taken_text}",
    ):
        answer = client.get("/api/v1/courses", headers={"Authorization": given} if given else {})
        assert (answer.status_code, "Bearer TOKEN" in answer.json()["message"]) == (401, True), given
    assert client.get("/api/v1/courses", headers={"Authorization": f"Bearer {good}"}).status_code == 200
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert client.get("/api/v1/courses", headers={"Authorization": f"Bearer {good}"}).status_code == 401


def test_staff_who_need_a_second_factor_have_no_token_that_opens_without(world, settings):
    client = caller(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert client.get("/api/v1/courses").status_code == 200
    settings.ASSAY_STAFF_SECOND_FACTOR = True
    answer = client.get("/api/v1/courses")
    assert (answer.status_code, "second factor" in answer.json()["message"]) == (403, True)


@pytest.mark.slow
def test_who_calls_without_end_waits_and_others_do_not(world, mine):
    for _ in range(30):
        hand_in(mine, world, SimpleUploadedFile("a.txt.7z", b"1"))
    answer = hand_in(mine, world)
    assert (answer.status_code, "Wait a while" in answer.json()["message"]) == (429, True)
    assert int(answer.headers["Retry-After"]) > 0
    assert hand_in(caller(make_enrollment(world.course, "jon").account), world).status_code == 201


# --- tokens ---


def test_a_token_is_shown_once_and_its_digest_is_all_that_is_kept(client, world):
    client.force_login(world.student.account)
    url = reverse("api-tokens")
    page = client.post(url, {"name": "laptop", "scopes": ["read"], "days": "7"}).content.decode()
    text = page.partition("assay_")[2].partition("<")[0]
    assert len(text) == 43
    token = ApiToken.objects.get()
    assert (token.may_read, token.may_submit, token.may_read_grades) == (True, False, False)
    assert text not in token.digest
    assert text not in client.get(url).content.decode()
    events = json.dumps([[each.before, each.after] for each in AuditEvent.objects.all()])
    assert token.digest not in events
    client.post(url, {"take_back": str(token.pk)})
    opened = Client(headers={"Authorization": f"Bearer assay_{text}"}).get("/api/v1/courses")
    assert opened.status_code == 401


def test_nobody_takes_back_anothers_token(client, world):
    token, _ = make_token(account=world.student.account, name="x", scopes=ALL, days=None, at=timezone.now())
    client.force_login(make_enrollment(world.course, "jon").account)
    client.post(reverse("api-tokens"), {"take_back": str(token.pk)})
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_token_without_scope_and_one_too_many_are_refused(world):
    told = {"account": world.student.account, "name": "x", "days": None, "at": timezone.now()}
    with pytest.raises(TokenRefused, match="at least one"):
        make_token(scopes=set(), **told)
    for _ in range(MOST):
        make_token(scopes={"read"}, **told)
    with pytest.raises(TokenRefused, match="Take one back"):
        make_token(scopes={"read"}, **told)


# --- the command line ---


@pytest.mark.medium
def test_a_folder_is_handed_in_from_the_command_line(world, live_server, tmp_path, capsys, monkeypatch):
    _, text = make_token(account=world.student.account, name="x", scopes=ALL, days=None, at=timezone.now())
    folder = write_files(tmp_path / "work", WORK)
    told = ["submit", str(folder), "--to", live_server.url, "--course", "tinytorch", "--assignment", "m01"]
    assert main(told) == 2
    assert "ASSAY_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("ASSAY_TOKEN", text)
    assert main(told) == 0
    first = Attempt.objects.get()
    assert f"Handed in as attempt 1: {live_server.url}/attempts/{first.public_id}/" in capsys.readouterr().out
    assert first.tree_digest == Tree.of(WORK).digest
    assert main([*told[:-1], "m99"]) == 2
    assert "There is no such thing" in capsys.readouterr().err
    Run.objects.update(state=RunState.RUNNING, lease_token="t", lease_expires_at=timezone.now())
    type(world.assignment).objects.update(attempt_limit=1)
    assert main([*told, "--wait"]) == 0
    assert "Kept, and not graded by itself" in capsys.readouterr().out


def test_the_description_is_openapi_of_every_address(client, db):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert len(described["paths"]) == 7, sorted(described["paths"])
    assert all("401" in each["responses"] for path in described["paths"].values() for each in path.values())


@pytest.mark.parametrize(
    "path", ["/api/v1/attempts?course=%00", "/api/v1/attempts/%00", "/api/v1/courses/a%00/gradebook"]
)
def test_what_no_request_may_hold_is_answered_as_json(mine, path):
    answer = mine.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert "cannot be read" in answer.json()["message"]


@pytest.mark.slow
@pytest.mark.rows
def test_no_odd_text_in_a_call_is_a_fault(world):
    """With a token that opens everything: on PostgreSQL, too, which knows no NUL."""
    account = make_enrollment(world.course, "both", Role.INSTRUCTOR).account
    make_enrollment(world.course, "both", account=account)
    client = caller(account)
    client.raise_request_exception = False
    for name, text in TEXTS.items():
        odd = quote(text[:3000].encode("utf-8", "surrogateescape"), safe="")
        for path in (
            f"courses/{odd}/assignments",
            f"attempts/{odd}",
            f"attempts/{odd}/receipt",
            f"attempts?course={odd}",
        ):
            assert client.get(f"/api/v1/{path}").status_code < 500, (name, path)
        assert client.get(f"/api/v1/courses/tinytorch/gradebook?after={odd}").status_code < 500, name
        url = f"/api/v1/courses/tinytorch/assignments/{odd}/attempts"
        assert client.post(url, {"files": [SimpleUploadedFile("a.py", b"1")]}).status_code < 500, name
