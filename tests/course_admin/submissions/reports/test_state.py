"""What a page that waits asks: `course_admin/submissions/reports/state.py` and its address."""

from datetime import timedelta

import pytest

from course_admin.submissions.models import Run, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.state import state_of
from tests.factories import NOW, lease, make_attempt, make_enrollment, make_result, make_run


def url(attempt) -> str:
    return f"/attempts/{attempt.public_id}/state/"


def test_a_poll_without_a_change_is_an_empty_304(client, world):
    attempt = make_attempt(world.student, world.assignment)
    token = lease(make_run(attempt))
    client.force_login(world.student.account)
    first = client.get(url(attempt))
    assert first.json()["state"] == "running"
    assert first.json()["is_final"] is False
    again = client.get(url(attempt), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-store" not in again.headers["Cache-Control"], "a browser that may not keep it has nothing to compare"
    from course_admin.submissions.queue.record import record

    run = attempt.runs.get()
    assert record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW)
    changed = client.get(url(attempt), headers={"If-None-Match": first.headers["ETag"]})
    assert changed.json()["state"] == "graded"
    assert changed.json()["is_final"] is True


def test_every_state_has_a_version_of_its_own_and_a_queued_one_each_minute(world):
    attempt = make_attempt(world.student, world.assignment)
    run = make_run(attempt)
    versions = {state_of(attempt, NOW)["version"], state_of(attempt, NOW + timedelta(minutes=1))["version"]}
    assert len(versions) == 2
    for state in (RunState.SUPERSEDED, RunState.CANCELLED):
        Run.objects.filter(pk=run.pk).update(state=state)
        versions |= {state_of(attempt, at)["version"] for at in (NOW, NOW + timedelta(hours=1))}
    assert len(versions) == 4


@pytest.mark.slow
def test_a_run_that_gets_on_is_a_new_version_and_the_page_says_how_far(client, world):
    attempt = make_attempt(world.student, world.assignment)
    run = make_run(attempt)
    token = lease(run)
    client.force_login(world.student.account)
    versions = set()
    for done in (0, 13, 52):
        dispatch.heartbeat(run=run.public_id, token=token, at=NOW, done=done, planned=52)
        state = client.get(url(attempt)).json()
        assert (state["done"], state["planned"]) == (done, 52)
        versions.add(state["version"])
        html = client.get(f"/attempts/{attempt.public_id}/live/").content.decode()
        assert f"Being graded right now: test {min(done + 1, 52)} of 52." in html
        assert 'data-status="Being graded right now. This page' in html, "a screen reader hears it once"
    assert len(versions) == 3


def test_an_attempt_without_a_run_is_final(world):
    refused = make_attempt(world.student, world.assignment, refusal="A link leads out.")
    assert state_of(refused, NOW)["is_final"]


def test_it_costs_a_few_queries_and_nobody_elses_is_there(client, world, django_assert_max_num_queries):
    attempt = make_attempt(world.student, world.assignment)
    make_run(attempt)
    client.force_login(world.student.account)
    with django_assert_max_num_queries(8):
        assert client.get(url(attempt)).status_code == 200
    client.force_login(make_enrollment(world.course, "jon").account)
    assert client.get(url(attempt)).status_code == 404
    client.logout()
    assert client.get(url(attempt)).status_code == 302


@pytest.mark.medium
@pytest.mark.parametrize("part", ["data-live", "data-state"])
def test_the_page_knows_where_to_ask(client, world, part):
    attempt = make_attempt(world.student, world.assignment)
    make_run(attempt)
    client.force_login(world.student.account)
    assert f'{part}="/attempts/{attempt.public_id}/' in client.get(f"/attempts/{attempt.public_id}/").content.decode()
