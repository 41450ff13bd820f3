"""A student whose points are missing because of an earlier module is told which one to mend first."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Run
from course_admin.submissions.reports.prerequisites import MEND_FIRST, what_to_mend_first
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_assignment, make_attempt, make_check, make_enrollment

pytestmark = pytest.mark.django_db

WRONG = make_check(1, 0.0, verdict=Verdict.FAILED)
SLOW = make_check(
    2,
    0.0,
    verdict=Verdict.OVER_BUDGET,
    budget={"cpu": {"estimate": 9.0, "low": 8.0, "high": 10.0, "limit": 4.0, "pairs": 5, "standing": "over"}},
)
TENSOR_FIRST = [MEND_FIRST.format(title="Tensor")]


@pytest.fixture
def layers(world) -> Assignment:
    """An assignment that builds on the world's."""
    layers = make_assignment(world.course, "m03", module=3, title="Layers", suite=world.assignment.suite)
    layers.needs.add(world.assignment)
    return layers


def of_layers(world, layers, *checks) -> Run:
    return graded(make_attempt(world.student, layers), *checks)


def test_an_earlier_assignment_that_lost_points_comes_first(client, world, layers):
    graded(make_attempt(world.student, world.assignment), make_check(), WRONG)
    run = of_layers(world, layers, WRONG)
    assert what_to_mend_first(run, world.student) == TENSOR_FIRST
    client.force_login(world.student.account)
    page = client.get(reverse("attempt", args=[run.attempt.public_id])).content.decode()
    assert f"<p><bdi>{TENSOR_FIRST[0]}</bdi></p>" in unescape(page)


def test_nothing_is_said_where_no_points_were_lost(world, layers):
    graded(make_attempt(world.student, world.assignment), WRONG)
    assert what_to_mend_first(of_layers(world, layers, make_check()), world.student) == []


def test_what_was_judged_on_the_references_earlier_modules_comes_back_by_none_of_ones_own(world, layers):
    graded(make_attempt(world.student, world.assignment), WRONG)
    run = of_layers(world, layers, WRONG)
    run.provenance["looked_again"] = True
    assert what_to_mend_first(run, world.student) == []


@pytest.mark.parametrize("checks", [(make_check(),), (make_check(), SLOW)], ids=["right", "right and slow"])
def test_an_earlier_assignment_that_is_right_is_not_to_blame(world, layers, checks):
    graded(make_attempt(world.student, world.assignment), *checks)
    assert what_to_mend_first(of_layers(world, layers, WRONG), world.student) == []


def test_the_newest_graded_attempt_counts_and_only_ones_own(world, layers):
    graded(make_attempt(world.student, world.assignment), WRONG)
    mended = make_attempt(world.student, world.assignment, received_at=NOW + timedelta(hours=1))
    assert what_to_mend_first(of_layers(world, layers, WRONG), world.student) == TENSOR_FIRST
    graded(mended, make_check(), at=NOW + timedelta(hours=1))
    graded(make_attempt(make_enrollment(world.course, "jon-weil"), world.assignment), WRONG)
    assert what_to_mend_first(of_layers(world, layers, WRONG), world.student) == []


def test_an_assignment_nobody_handed_in_is_not_to_blame(world, layers):
    assert what_to_mend_first(of_layers(world, layers, WRONG), world.student) == []
