"""A course whose one assignment has a manual part of two questions, and staff who grade it."""

from types import SimpleNamespace

import pytest

from course_admin.courses.models import Enrollment, Role, Section
from course_admin.manual_grading.questions.set_up import set_questions
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

RUBRIC = """
share = 30
answers = "ANSWERS.md"
[[questions]]
title = "Memory"
marker = "Question 1"
[[questions.items]]
text = "deep"
points = 9
[[questions.items]]
text = "generic"
points = 5
[[questions]]
title = "Speed"
marker = "Question 2"
starts = "full"
[[questions.items]]
text = "no numbers"
points = -4
"""


@pytest.fixture
def boss(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def hand(world, boss):
    """Return the manual part, its questions, a TA of all, and a student with 2 of 5 by checks."""
    part = set_questions(assignment=world.assignment, text=RUBRIC, is_blind=True, actor=boss, at=NOW)
    run = graded(make_attempt(world.student, world.assignment), make_check(1, 2.0))
    questions = list(part.questions.prefetch_related("items"))
    ta = make_enrollment(world.course, "tom", Role.TA)
    return SimpleNamespace(part=part, questions=questions, ta=ta, attempt=run.attempt, boss=boss, **vars(world))


def enrol(course, login: str, role: Role = Role.STUDENT, section: Section | None = None) -> Enrollment:
    return make_enrollment(course, login, role, section=section)
