"""Here against there: both sides of every grade, and nothing but questions asked."""

from datetime import timedelta
from decimal import Decimal

import pytest

from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasAssignment
from course_admin.integrations.outbox.ledger import Standing, differing, ledger
from course_admin.integrations.outbox.lms import NotPoints
from course_admin.integrations.outbox.models import GradeDelivery
from tests.course_admin.integrations.canvas.fake_canvas import (
    ASSIGNMENT,
    MIRA,
    ROUND,
    again,
    play,
    play_twice,
    set_points,
)
from tests.factories import NOW, graded, make_assignment, make_attempt, make_enrollment

DAY = timedelta(days=1)


def asked(link):
    with Canvas(link) as lms:
        found = ledger(link=link, lms=lms, at=NOW)
        return found, list(found.lines)


def standing(link) -> dict[str, tuple]:
    return {line.student.name: (line.standing, line.here, line.there) for line in asked(link)[1]}


@pytest.mark.slow
def test_a_grade_is_missing_then_the_same_then_outdated_then_somebodys_own(link, canvas):
    assert standing(link) == {"Mira Okafor": (Standing.MISSING, 50, None)}
    play_twice(link)
    assert standing(link) == {"Mira Okafor": (Standing.SAME, 50, 50)}
    set_points("60")
    assert standing(link) == {"Mira Okafor": (Standing.OUTDATED, 60, 50)}
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    assert standing(link) == {"Mira Okafor": (Standing.BY_HAND, 60, Decimal("61.5"))}


@pytest.mark.slow
def test_here_against_there_says_of_each_what_a_round_makes_of_it(link, canvas):
    canvas.excused.add((ASSIGNMENT, MIRA))
    assert standing(link) == {"Mira Okafor": (Standing.BY_HAND, 50, NotPoints.EXCUSED)}
    canvas.excused.clear()
    play_twice(link)
    del canvas.scores[ASSIGNMENT, MIRA]
    assert standing(link) == {"Mira Okafor": (Standing.BY_HAND, 50, None)}
    canvas.scores[ASSIGNMENT, MIRA] = 80
    play(link, NOW + DAY + ROUND)
    assert standing(link) == {"Mira Okafor": (Standing.BY_HAND, 50, 80)}
    again()
    assert standing(link) == {"Mira Okafor": (Standing.OUTDATED, 50, 80)}


def test_a_grade_that_only_canvas_has_and_a_student_whom_it_lacks(world, link, canvas):
    lea = make_enrollment(world.course, "lea")
    canvas.knows(101, login_id="lea@example.edu")
    canvas.scores[ASSIGNMENT, 101] = 7
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    found = standing(link)
    assert found[lea.name] == (Standing.ONLY_THERE, None, 7)
    assert found["Jon"] == (Standing.NO_STUDENT, 50, None)
    (line,) = [line for line in asked(link)[1] if line.standing is Standing.NO_STUDENT]
    assert line.words.startswith("Canvas has no student")


def test_both_sides_round_alike(link, canvas):
    set_points("87.125")
    canvas.scores[ASSIGNMENT, MIRA] = 87.12
    assert standing(link) == {"Mira Okafor": (Standing.SAME, Decimal("87.12"), Decimal("87.12"))}


def test_grades_of_people_whom_nobody_here_is_are_counted(world, link, canvas):
    canvas.knows(7, login_id="stranger@example.edu")
    canvas.scores[ASSIGNMENT, 7] = 3
    found, _ = asked(link)
    assert found.strangers == {world.assignment.pk: 1}


def test_other_maxima_and_what_canvas_refuses_to_show_are_said(world, link, canvas):
    other = make_assignment(world.course, "m02", title="Layers")
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=77)
    canvas.maxima[ASSIGNMENT] = 20
    canvas.once(r"GET .*/assignments/77/submissions", 404, {"errors": [{"message": "gone"}]})
    _, lines = asked(link)
    (line,) = [line for line in lines if line.assignment == world.assignment]
    said = "The assignment is out of 20 in the LMS and out of 100 here"
    assert (line.standing, line.words) == (Standing.OTHER_MAXIMUM, said)
    (line,) = [line for line in lines if line.assignment == other]
    assert (line.standing, line.words) == (Standing.NOT_SHOWN, "Canvas answered 404: gone")
    assert len(list(differing(lines))) == 2


@pytest.mark.medium
def test_what_canvas_refused_is_not_said_to_be_sent(link, canvas):
    canvas.once("POST .*update_grades", 422, {"errors": [{"message": "attempts are used up"}]})
    play(link)
    (line,) = asked(link)[1]
    assert (line.standing, line.there) == (Standing.REFUSED, None)
    assert line.words == "Canvas answered 422: attempts are used up"
    set_points("60")  # another grade is tried anew
    assert standing(link) == {"Mira Okafor": (Standing.MISSING, 60, None)}
    set_points("50")
    again()
    assert standing(link) == {"Mira Okafor": (Standing.MISSING, 50, None)}


def test_nothing_is_sent_or_noted_and_what_is_not_linked_is_not_asked_about(world, link, canvas):
    make_assignment(world.course, "m02", title="Layers")
    _, lines = asked(link)
    assert [line.assignment for line in lines] == [world.assignment]
    assert (canvas.posts, GradeDelivery.objects.count(), Override.objects.count()) == ([], 0, 0)
    assert {request.method for request in canvas.asked} == {"GET"}


@pytest.mark.slow
def test_a_larger_course_is_asked_about_in_as_many_requests_and_queries(
    world, link, canvas, django_assert_max_num_queries
):
    asked(link)
    with django_assert_max_num_queries(100) as few:
        asked(link)
    requests = len(canvas.asked)
    for number in range(5):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
        canvas.knows(100 + number, login_id=f"s{number}@example.edu")
    asked(link)
    before = len(canvas.asked)
    with django_assert_max_num_queries(len(few)):
        asked(link)
    assert len(canvas.asked) - before <= requests
