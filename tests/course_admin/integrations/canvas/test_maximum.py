"""An assignment that is out of other points in Canvas than here: staff are told before anything is sent."""

import pytest

from course_admin.integrations.canvas.models import CanvasAssignment
from course_admin.integrations.outbox.models import GradeDelivery, Link
from tests.course_admin.integrations.canvas.fake_canvas import (
    ASSIGNMENT,
    COURSE,
    MIRA,
    ROUND,
    again,
    play,
    play_twice,
    set_points,
    states,
)
from tests.factories import NOW, graded, make_assignment, make_attempt

PATH = f"/api/v1/courses/{COURSE}/assignments/{ASSIGNMENT}"


@pytest.mark.medium
@pytest.mark.parametrize(("there", "words"), [(20, "20"), (99.5, "99.5"), (None, "no points"), ("many", "no points")])
def test_staff_are_told_both_numbers_before_anything_is_sent(link, canvas, there, words):
    canvas.maxima[ASSIGNMENT] = there
    play(link)
    failed = GradeDelivery.objects.get()
    assert (canvas.posts, failed.state) == ([], "failed")
    assert failed.words == (
        f"The assignment is out of {words} in the LMS and out of 100 here: nothing was sent. "
        "Make them the same, and send again."
    )
    canvas.maxima[ASSIGNMENT] = 100
    assert again() == (1, 0)
    play(link, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    assert states() == [("confirmed", "50.00")]


@pytest.mark.medium
def test_another_maximum_holds_up_no_other_assignment(world, link, canvas):
    other = make_assignment(world.course, "m02", points=20)
    graded(make_attempt(world.student, other))
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=7)
    canvas.maxima |= {7: 20.0, ASSIGNMENT: 20}
    play(link)
    assert dict(GradeDelivery.objects.values_list("assignment__slug", "state")) == {"m01": "failed", "m02": "sent"}


@pytest.mark.medium
def test_a_maximum_that_is_changed_there_later_stops_the_next_grade(link, canvas):
    play_twice(link)
    canvas.maxima[ASSIGNMENT] = 10
    set_points("55")
    play(link, NOW + 2 * ROUND)
    assert (len(canvas.posts), states()) == (1, [("failed", "55.00")])


def test_what_is_there_already_needs_no_look_at_the_maximum(link, canvas):
    canvas.scores[ASSIGNMENT, MIRA] = 50
    play(link)
    assert (states(), PATH in [each.path for each in canvas.asked]) == ([("confirmed", "50.00")], False)


def test_an_assignment_that_may_not_be_looked_at_fails_in_canvass_words(link, canvas):
    canvas.once(f"GET {PATH}$", 403, {"errors": [{"message": "not authorised"}]})
    play(link)
    assert canvas.posts == []
    assert GradeDelivery.objects.get().words == "Canvas answered 403: not authorised"


@pytest.mark.medium
@pytest.mark.parametrize("body", ["[]", "no JSON"])
def test_an_assignment_of_an_odd_shape_is_looked_at_again_later(link, canvas, body):
    canvas.once(f"GET {PATH}$", 200, body)
    play(link)
    assert (canvas.posts, states(), Link.objects.get().away_since) == ([], [("waiting", "50.00")], NOW)
