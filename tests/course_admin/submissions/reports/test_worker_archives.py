"""Archives for grading workers elsewhere: only with the token of a current lease."""

from datetime import timedelta

import pytest
from django.utils import timezone

from course_admin.submissions.models import Run
from course_admin.submissions.queue import dispatch
from grader.transport.archives import ArchiveUnavailable, FolderArchives, archives_at
from tests.factories import lease, make_attempt, make_enrollment, make_run


@pytest.fixture
def archives(tmp_path, settings) -> FolderArchives:
    settings.ASSAY_ARCHIVES = tmp_path
    return FolderArchives(tmp_path)


@pytest.fixture
def run(world, archives) -> Run:
    world.assignment.suite.archive_sha256 = archives.put(b"the suite")
    world.assignment.suite.save()
    attempt = make_attempt(world.student, world.assignment, archive_sha256=archives.put(b"the submission"))
    return make_run(attempt, at=timezone.now())


def ask(client, run: Run, token: str, sha256: str = ""):
    url = f"/worker/runs/{run.public_id}/archives/{sha256 or run.attempt.archive_sha256}"
    return client.get(url, headers={"Authorization": f"Bearer {token}"})


def test_the_leases_holder_gets_submission_and_suite(client, run):
    token = lease(run, timezone.now())
    answer = ask(client, run, token)
    assert (answer.status_code, answer.content) == (200, b"the submission")
    assert answer.headers["Content-Disposition"] == "attachment"
    assert ask(client, run, token, run.suite.archive_sha256).content == b"the suite"


@pytest.mark.parametrize("token", ["", "wrong"])
def test_nobody_else_does(client, run, token):
    assert ask(client, run, token).status_code == 404
    lease(run, timezone.now())
    assert ask(client, run, token).status_code == 404


def test_a_token_opens_its_own_run_and_its_own_archives_only(client, world, run, archives):
    other = make_run(
        make_attempt(make_enrollment(world.course, "jon"), world.assignment, archive_sha256=archives.put(b"other")),
        at=timezone.now(),
    )
    token = lease(run, timezone.now())
    other.refresh_from_db()
    assert ask(client, other, token).status_code == 404
    assert ask(client, run, token, other.attempt.archive_sha256).status_code == 404


def test_a_lease_that_is_over_opens_nothing(client, run):
    token = lease(run, timezone.now())
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(client, run, token).status_code == 404


def test_a_finished_run_opens_nothing(client, run):
    token = lease(run, timezone.now())
    dispatch.fault(run=run.public_id, token=token, sentence="no", at=timezone.now())
    assert ask(client, run, token).status_code == 404


def test_a_session_is_no_token(client, world, run):
    lease(run, timezone.now())
    client.force_login(world.student.account)
    assert client.get(f"/worker/runs/{run.public_id}/archives/{run.attempt.archive_sha256}").status_code == 404


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_the_workers_own_reader_understands_the_services_address(live_server, run, archives):
    token = lease(run, timezone.now())
    reader = archives_at(f"{live_server.url}/worker")
    assert reader.get(run.attempt.archive_sha256, run.public_id, token) == b"the submission"
    assert reader.get(run.suite.archive_sha256, run.public_id, token) == b"the suite"
    with pytest.raises(ArchiveUnavailable, match="404"):
        reader.get(run.attempt.archive_sha256, run.public_id, "another token")
