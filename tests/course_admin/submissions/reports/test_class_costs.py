"""Budgets beside the class's: other students' newest costs, unnamed, and only when there are enough of them."""

from typing import Any

import pytest

from course_admin.submissions.models import Run
from course_admin.submissions.reports.class_costs import class_costs
from tests.factories import graded, make_attempt, make_check, make_enrollment

pytestmark = pytest.mark.django_db


def measured(estimate: float) -> Any:
    row = {"estimate": estimate, "low": estimate, "high": estimate, "limit": 4.0, "pairs": 5, "standing": "within"}
    return make_check(1, budget={"cpu": row})


def push(world: Any, login: str, estimate: float) -> Run:
    found = world.course.enrollments.filter(github_login=login).first()
    student = found or make_enrollment(world.course, login)
    return graded(make_attempt(student, world.assignment), measured(estimate), make_check(2))


def test_a_few_others_are_nobody(world):
    own = graded(make_attempt(world.student, world.assignment), measured(2.0))
    for number in range(4):
        push(world, f"s{number}", 1.0 + number)
    assert class_costs(own) == {}


@pytest.mark.slow
def test_each_other_student_counts_once_by_their_newest_result(world):
    own = graded(make_attempt(world.student, world.assignment), measured(2.0))
    for number in range(5):
        push(world, f"s{number}", 9.0)
        push(world, f"s{number}", 1.0 + number)
    assert class_costs(own) == {"test_values.py::test_1": {"cpu": [1.0, 2.0, 3.0, 4.0, 5.0]}}


@pytest.mark.medium
def test_the_page_draws_the_class(client, world):
    own = graded(make_attempt(world.student, world.assignment), measured(2.0))
    for number in range(5):
        push(world, f"classmate-{number}", 1.0 + number)
    client.force_login(world.student.account)
    page = client.get(f"/attempts/{own.attempt.public_id}/").content.decode()
    assert page.count('class="other"') == 5
    assert "classmate" not in page.lower()
