"""An autograder in Gradescope: its archive, laid out as Gradescope does, asks this very service and writes what it has."""

import ast
import io
import json
import os
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.courses.models import AuditEvent, OtherEmail, Role
from course_admin.integrations.gradescope import run_autograder
from course_admin.integrations.gradescope.models import Bridge
from course_admin.integrations.gradescope.services import IN_FLIGHT, NO_ATTEMPT, NO_STUDENT
from tests.factories import NOW, graded, make_assignment, make_attempt, make_enrollment, make_run

MINUTE = timedelta(minutes=1)


@pytest.fixture
def archive(client, world) -> zipfile.ZipFile:
    """Return the archive that an instructor downloads."""
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    answer = client.post("/courses/tinytorch/assignments/m01/gradescope/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))


@pytest.fixture
def token(archive) -> str:
    return json.loads(archive.read("bridge.json"))["token"]


def ask(token: str, *emails: str, at=NOW + MINUTE, **more: Any):
    """Ask as the autograder does."""
    body = {"gradescope": {"created_at": at.isoformat(), "submission_id": 7}, "emails": list(emails), **more}
    headers = {"Authorization": f"Bearer {token}"}
    return Client().post("/api/gradescope/results/", body, content_type="application/json", headers=headers)


def points(answer) -> float:
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]["score"]


MIRA = "Mira-Okafor@example.edu"


# --- the archive ---


def test_the_archive_has_both_scripts_at_its_root_executable_and_with_unix_line_ends(archive):
    assert archive.namelist() == ["setup.sh", "run_autograder", "bridge.json"]
    script = ast.parse(archive.read("run_autograder"), feature_version=(3, 6))
    imported = {node.module for node in ast.walk(script) if isinstance(node, ast.ImportFrom)}
    assert imported.isdisjoint({"__future__", "collections.abc"})  # annotations are read there: not in Python 3.6
    for name in ("setup.sh", "run_autograder"):
        mode = archive.getinfo(name).external_attr >> 16
        assert mode & stat.S_IXUSR
        assert archive.read(name).startswith(b"#!")
        assert b"\r" not in archive.read(name)
    assert json.loads(archive.read("bridge.json"))["url"] == "http://testserver/api/gradescope/results/"


def test_the_token_is_kept_by_its_digest_and_a_new_one_ends_it(client, world, archive, token):
    bridge = Bridge.objects.get()
    assert token not in str(vars(bridge))
    assert token not in str(list(AuditEvent.objects.values()))
    assert ask(token, MIRA).status_code == 202
    client.post("/courses/tinytorch/assignments/m01/gradescope/")
    assert ask(token, MIRA).status_code == 401
    assert "End it" in client.get("/courses/tinytorch/gradebook/export/").content.decode()
    client.post("/courses/tinytorch/assignments/m01/gradescope/", {"revoke": ""})
    assert not Bridge.objects.exists()
    assert AuditEvent.objects.filter(subject="Tensor in Gradescope").count() == 3


# --- what is answered ---


def test_the_newest_attempt_before_the_submission_is_shown(world, token):
    graded(make_attempt(world.student, world.assignment, received_at=NOW))
    later = make_attempt(world.student, world.assignment, received_at=NOW + 2 * MINUTE)
    found = ask(token, MIRA)
    assert points(found) == 5
    make_run(later, NOW + 2 * MINUTE)
    assert found.json()["results"]["extra_data"]["attempt"] != later.public_id
    assert ask(token, MIRA, at=NOW - MINUTE).json()["message"] == NO_ATTEMPT


def test_an_attempt_that_is_judged_is_waited_for_and_an_older_one_taken_at_the_end(world, token):
    old = make_attempt(world.student, world.assignment, received_at=NOW - MINUTE)
    graded(old)
    make_run(make_attempt(world.student, world.assignment, received_at=NOW))
    waiting = ask(token, MIRA)
    assert (waiting.status_code, waiting.json()) == (202, {"message": IN_FLIGHT, "patience_seconds": 480})
    assert ask(token, MIRA, takes_older=True).json()["results"]["extra_data"]["attempt"] == old.public_id


def test_people_are_found_by_any_of_their_addresses_and_only_in_the_course(world, token):
    graded(make_attempt(world.student, world.assignment))
    OtherEmail.objects.create(enrollment=world.student, address="mira@home.example")
    assert points(ask(token, "nobody@example.edu", "MIRA@home.example")) == 5
    assert ask(token, "nobody@example.edu").json()["message"] == NO_STUDENT
    assert ask(token).status_code == 404
    type(world.student).objects.update(is_active=False)
    assert ask(token, MIRA).status_code == 404


def test_a_token_reads_one_assignment(world, token):
    graded(make_attempt(world.student, make_assignment(world.course, "m02")))
    assert ask(token, MIRA).status_code == 202
    for other in ("", "x", token[:-1], f"{token}a"):
        assert ask(other, MIRA).status_code == 401


@pytest.mark.medium
@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"emails": []}', '{"emails": "a", "gradescope": {"created_at": "2026-10-02T12:00:00Z"}}',
             '{"emails": [1], "gradescope": {"created_at": "2026-10-02T12:00:00Z"}}',
             '{"emails": [], "gradescope": {"created_at": "2026-10-02T12:00:00"}}',
             '{"emails": [], "gradescope": {"created_at": "0001-01-01T00:00:00+14:00"}}',
             '{"emails": ["mira-okafor@example.edu"], "gradescope": {"created_at": "0001-01-01T00:00:00+14:00"}}',
             '{"emails": ["mira-okafor@example.edu"], "gradescope": {"created_at": "9999-12-31T23:59:59-14:00"}}',
             '{"emails": ["mira-okafor@example.edu"], "gradescope": {"created_at": "' + "9" * 5000 + '"}}',
             '{"emails": ["\\ud800"], "gradescope": {"created_at": "2026-10-02T12:00:00Z"}}',
             '{"emails": ["a\\u0000b"], "gradescope": {"created_at": "2026-10-02T12:00:00Z"}}',
             "[" * 20_000, "9" * 5000,
             '{"emails": [], "gradescope": {"created_at": "soon"}}', '{"emails": [], "gradescope": {"created_at": "2026-13-99"}}'],
)  # fmt: skip
def test_what_is_no_question_gets_a_sentence(token, body):
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().post("/api/gradescope/results/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


# --- inside Gradescope's container ---


@pytest.fixture
def autograder(tmp_path: Path, archive, httpserver: HTTPServer) -> Path:
    """Lay out /autograder as Gradescope documents it, with the archive unpacked; whose server is one of the test's."""
    (tmp_path / "source").mkdir()
    archive.extractall(tmp_path / "source")
    bridge = {"url": httpserver.url_for("/api/"), "token": "t"}
    (tmp_path / "source" / "bridge.json").write_text(json.dumps(bridge))
    (tmp_path / "results").mkdir()
    metadata = {
        **{"id": 7, "created_at": "2026-10-02T08:21:14.123456-05:00", "submission_method": "upload"},
        **{"users": [{"id": 1, "email": MIRA, "name": "Mira"}], "previous_submissions": []},
    }
    (tmp_path / "submission_metadata.json").write_text(json.dumps(metadata))
    return tmp_path


def shown(root: Path) -> dict[str, Any]:
    return json.loads((root / "results" / "results.json").read_text())


def run(root: Path, httpserver: HTTPServer, *answers: tuple[int, Any]) -> list[float]:
    """Run the autograder while the server gives these answers, the last of them for ever; return how long it waited."""
    waited: list[float] = []
    given = list(answers)

    def reply(request: Request) -> Response:
        assert shown(root)["score"] == 0  # there is a whole file already
        assert request.headers["Authorization"] == "Bearer t"
        asked = json.loads(request.get_data())
        assert asked["emails"] == [MIRA]
        assert asked["gradescope"] == {"submission_id": 7, "created_at": "2026-10-02T08:21:14.123456-05:00"}
        status, body = given.pop(0) if len(given) > 1 else given[0]
        return Response(body if isinstance(body, str) else json.dumps(body), status)

    httpserver.expect_request("/api/", method="POST").respond_with_handler(reply)
    run_autograder.main(root, waited.append)
    httpserver.check()
    return waited


RESULTS = {"score": 5, "tests": [{"name": "t", "score": 5, "max_score": 5}]}
WAIT = {"message": IN_FLIGHT, "patience_seconds": 480}


def test_results_are_written_as_they_come(autograder, httpserver):
    assert run(autograder, httpserver, (202, WAIT), (202, WAIT), (200, {"results": RESULTS})) == [2, 3]
    assert shown(autograder) == RESULTS
    assert os.listdir(autograder / "results") == ["results.json"]


@pytest.mark.medium
def test_it_waits_eight_minutes_at_most_and_takes_an_older_result_then(autograder, httpserver):
    waited = run(autograder, httpserver, *[(202, WAIT)] * 41, (200, {"results": RESULTS}))
    assert 480 <= sum(waited) < 500
    assert shown(autograder) == RESULTS


@pytest.mark.medium
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, {"message": NO_STUDENT}), NO_STUDENT),
        ((401, {"message": "made anew"}), "made anew"),
        ((302, ""), run_autograder.AWAY),
        ((200, "no JSON"), run_autograder.AWAY),
        ((200, {"results": "none"}), run_autograder.AWAY),
        ((503, "<html>"), run_autograder.AWAY),
    ],
)
def test_without_a_result_there_is_a_sentence(autograder, httpserver, answer, words):
    run(autograder, httpserver, answer)
    assert shown(autograder) == {"score": 0, "tests": [], "output": words, "output_format": "text"}


@pytest.mark.parametrize("turn", [1, -1], ids=["the newest last", "the newest first"])
def test_what_the_submission_before_had_is_kept(autograder, turn):
    path = autograder / "submission_metadata.json"
    metadata = json.loads(path.read_text())
    earlier = [{"score": 1}, {"score": 3, "results": {"score": 3, "tests": []}}][::turn]
    path.write_text(json.dumps({**metadata, "previous_submissions": earlier}))
    (autograder / "source" / "bridge.json").unlink()
    run_autograder.main(autograder, lambda seconds: None)
    assert (shown(autograder)["score"], shown(autograder)["output"]) == (3, run_autograder.AWAY)


def test_metadata_that_cannot_be_read_leave_a_whole_file(autograder):
    (autograder / "submission_metadata.json").write_text("{")
    run_autograder.main(autograder, lambda seconds: None)
    assert shown(autograder)["score"] == 0
