"""What needs eyes: everything that waits is within reach, the longest waiting first, to those alone who teach its student."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from course_admin.courses.models import Role, Section
from course_admin.review.eyes import views
from course_admin.submissions.models import Push, PushState, Run, RunState
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, make_attempt, make_enrollment, make_run

URL = "/courses/tinytorch/needs-eyes/"


def stuck(student, assignment, minutes: int = 0) -> Run:
    run = make_run(make_attempt(student, assignment), NOW + timedelta(minutes=minutes))
    Run.objects.filter(pk=run.pk).update(state=RunState.NEEDS_ATTENTION, fault="No sandbox on w1.")
    return run


@pytest.fixture
def ines(world, client):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


def names(answer) -> list[str]:
    return [thing.name for thing in answer.context["things"]]


def test_runs_and_pushes_wait_together_in_their_order(world, client, ines):
    push = announce()
    Push.objects.filter(pk=push.pk).update(state=PushState.NEEDS_ATTENTION, reason="GitHub is away.", received_at=NOW)
    later, earlier = (stuck(world.student, world.assignment, minutes) for minutes in (5, -5))
    answer = client.get(URL)
    assert names(answer) == [earlier.public_id, push.delivery_id, later.public_id]
    html = answer.content.decode()
    assert "GitHub is away." in html
    assert html.count("No sandbox on w1.") == 2


@pytest.mark.medium
def test_pages_reach_everything(world, client, ines, monkeypatch):
    monkeypatch.setattr(views, "ON_A_PAGE", 2)
    runs = [stuck(make_enrollment(world.course, f"s{n}"), world.assignment, n).public_id for n in range(5)]
    assert [name for page in "123" for name in names(client.get(URL, {"page": page}))] == runs


def test_a_ta_sees_what_is_of_their_own_students(world, client):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    mine = stuck(make_enrollment(world.course, "jon", section=tuesday), world.assignment)
    stuck(world.student, world.assignment)
    client.force_login(make_enrollment(world.course, "tess", Role.TA, section=tuesday).account)
    assert names(client.get(URL)) == [mine.public_id]


def test_what_is_chosen_is_tried_again(world, client, ines):
    chosen, left = (stuck(make_enrollment(world.course, f"s{n}"), world.assignment) for n in range(2))
    assert f'action="/courses/{world.course.slug}/queue/"' in client.get(URL).content.decode()
    client.post(f"/courses/{world.course.slug}/queue/", {"run": [chosen.public_id]})
    assert names(client.get(URL)) == [left.public_id]


@pytest.mark.slow
@pytest.mark.rows
def test_the_number_of_questions_is_constant(world, client, ines):
    asked = []
    for first in (0, 3):
        for number in range(first, first * 3 + 3):
            stuck(make_enrollment(world.course, f"s{number}"), world.assignment)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_where_nothing_waits_the_page_says_so(world, client, ines):
    assert "Nothing needs attention." in client.get(URL).content.decode()
