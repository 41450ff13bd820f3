"""A student sees what became of a push that is no attempt."""

from datetime import timedelta

import pytest
from django.utils import timezone

from course_admin.submissions.models import Push, PushState
from course_admin.submissions.reports.ungraded_pushes import MOST, OUR_FAULT, RECEIVED, ungraded_pushes
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, make_enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def push(world) -> Push:
    return announce(NOW)


def sentences(person, at=NOW) -> list[str]:
    return [line.sentence for line in ungraded_pushes(person.account, at)]


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (PushState.RECEIVED, "", RECEIVED),
        (PushState.NEEDS_ATTENTION, "git said: a secret of ours", OUR_FAULT),
        (PushState.IGNORED, "This push went to draft.", "This push went to draft."),
    ],
)
def test_its_student_reads_why(world, push, state, reason, expected):
    Push.objects.update(state=state, reason=reason)
    assert sentences(world.student) == [expected]
    assert sentences(make_enrollment(world.course, "jon-weil")) == []


def test_what_became_an_attempt_is_among_the_attempts(world, push):
    Push.objects.update(state=PushState.ATTEMPTED)
    assert sentences(world.student) == []


def test_the_newest_are_shown_for_two_weeks(world, push):
    for number in range(MOST + 2):
        later = NOW + timedelta(minutes=number)
        announce(later, delivery_id=f"d-{number:07}", ref=f"refs/heads/draft-{number}")
    shown = sentences(world.student, later)
    assert len(shown) == MOST
    assert f"draft-{MOST + 1}" in shown[0]
    assert sentences(world.student, later + timedelta(days=14)) == []


def test_the_page_shows_it(client, world):
    announce(timezone.now(), ref="refs/heads/draft")
    client.force_login(world.student.account)
    page = client.get("/").content.decode()
    assert "Pushes that are no attempt" in page
    assert "this push went to draft" in page
