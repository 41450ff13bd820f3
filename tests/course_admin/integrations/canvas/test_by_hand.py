"""Grades that somebody made in Canvas by hand: nothing is overwritten unless staff, who saw it, say so."""

from datetime import timedelta

import pytest

from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.outbox.models import GradeDelivery
from tests.course_admin.integrations.canvas.fake_canvas import (
    ASSIGNMENT,
    MIRA,
    ROUND,
    again,
    play,
    play_twice,
    set_points,
    states,
)
from tests.factories import NOW, graded, make_attempt, make_enrollment

DAY = timedelta(days=1)
HAND_MADE = "The LMS shows 80, which was not sent from here; here it is 50. Send again to overwrite what it shows."


class Killed(BaseException):
    """The worker's process ended here."""


class DiesAfterWriting(Canvas):
    def write(self, assignment, entries):
        super().write(assignment, entries)
        raise Killed


class DiesBeforeWriting(Canvas):
    def write(self, assignment, entries):
        raise Killed


def die(link, kind: type[Canvas], at=NOW) -> None:
    """Play a round whose worker dies, and let its claim end."""
    with pytest.raises(Killed):
        play(link, at, kind)
    type(link).objects.update(claim="", claimed_until=None)


def test_a_grade_made_there_before_the_first_round_is_not_overwritten(link, canvas):
    canvas.scores[ASSIGNMENT, MIRA] = 80
    play_twice(link)
    assert (canvas.posts, canvas.scores[ASSIGNMENT, MIRA]) == ([], 80)
    delivery = GradeDelivery.objects.get()
    assert (delivery.state, delivery.words) == ("failed", HAND_MADE)


@pytest.mark.medium
def test_a_grade_changed_there_is_not_overwritten_when_it_changes_here_as_well(link, canvas):
    play_twice(link)
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    set_points("55")
    play(link, NOW + 2 * ROUND)
    assert (len(canvas.posts), canvas.scores[ASSIGNMENT, MIRA]) == (1, 61.5)
    delivery = GradeDelivery.objects.get()
    assert delivery.state == "failed"
    assert delivery.words == (
        "The LMS shows 61.5, but was sent 50: somebody changed it there; here it is 55. "
        "Send again to overwrite what it shows."
    )
    set_points("57")
    play(link, NOW + 3 * ROUND)
    assert (len(canvas.posts), states()) == (1, [("failed", "57.00")])


@pytest.mark.slow
def test_staff_who_saw_it_have_it_overwritten_once(link, canvas):
    canvas.scores[ASSIGNMENT, MIRA] = 80
    play(link)
    again()
    play(link, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (50.0, [("confirmed", "50.00")])
    canvas.scores[ASSIGNMENT, MIRA] = 80
    set_points("55")
    play(link, NOW + 3 * ROUND)
    assert (len(canvas.posts), states()) == (1, [("failed", "55.00")])


@pytest.mark.medium
def test_what_staff_have_not_seen_is_not_overwritten(link, canvas):
    """Neither another number than the one they were shown, nor one behind a grade that seemed to be confirmed."""
    canvas.scores[ASSIGNMENT, MIRA] = 80
    play(link)
    canvas.scores[ASSIGNMENT, MIRA] = 90
    again()
    play(link, NOW + ROUND)
    assert (canvas.posts, "shows 90," in GradeDelivery.objects.get().words) == ([], True)
    canvas.scores[ASSIGNMENT, MIRA] = 50
    again()
    play(link, NOW + 2 * ROUND)
    assert states() == [("confirmed", "50.00")]
    canvas.scores[ASSIGNMENT, MIRA] = 90
    again()
    play(link, NOW + 3 * ROUND)
    assert (canvas.posts, states()) == ([], [("failed", "50.00")])


@pytest.mark.slow
def test_what_the_daily_comparison_finds_can_be_overwritten(link, canvas):
    play_twice(link)
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    play(link, NOW + DAY + ROUND)
    again()
    play(link, NOW + DAY + 2 * ROUND)
    play(link, NOW + DAY + 3 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (50.0, [("confirmed", "50.00")])


@pytest.mark.parametrize("kind", [DiesAfterWriting, DiesBeforeWriting])
@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("before", [None, 40])
@pytest.mark.slow
@pytest.mark.rows
def test_what_a_dead_worker_sent_is_known_as_ours(link, canvas, kind, arrives, before):
    """Whether it arrived or not, and although the grade changes here before anybody looks."""
    if before is not None:
        set_points("40")
        play_twice(link)
        set_points("50")
    die(link, kind, NOW + 2 * ROUND)
    if arrives and kind is DiesAfterWriting:
        canvas.store(len(canvas.posts))
    set_points("55")
    play(link, NOW + 3 * ROUND)
    play(link, NOW + 4 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (55.0, [("confirmed", "55.00")])


@pytest.mark.slow
def test_a_permission_to_overwrite_outlives_the_worker(link, canvas):
    canvas.scores[ASSIGNMENT, MIRA] = 80
    play(link)
    again()
    die(link, DiesBeforeWriting, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    play(link, NOW + 3 * ROUND)
    assert (len(canvas.posts), states()) == (1, [("confirmed", "50.00")])


@pytest.mark.slow
def test_a_grade_changed_there_while_canvas_worked_is_left_and_can_be_overwritten(link, canvas):
    canvas.is_slow = True
    play(link)
    canvas.store(1)
    canvas.scores[ASSIGNMENT, MIRA] = 70
    canvas.is_slow = False
    set_points("55")
    for number in (1, 2):
        play(link, NOW + number * ROUND)
    assert (len(canvas.posts), states()) == (1, [("failed", "55.00")])
    again()
    for number in (3, 4):
        play(link, NOW + number * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (55.0, [("confirmed", "55.00")])


@pytest.mark.slow
def test_old_points_set_back_there_by_hand_are_somebody_elses(link, canvas):
    play_twice(link)
    set_points("55")
    play(link, NOW + 2 * ROUND)
    play(link, NOW + 3 * ROUND)
    canvas.scores[ASSIGNMENT, MIRA] = 50
    set_points("60")
    play(link, NOW + 4 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (50, [("failed", "60.00")])


@pytest.mark.slow
def test_a_whole_course_graded_by_hand_costs_as_many_queries_as_one_grade(
    world, link, canvas, django_assert_max_num_queries
):
    canvas.scores[ASSIGNMENT, MIRA] = 80
    with django_assert_max_num_queries(100) as few:
        play(link)
    for number in range(12):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
        canvas.knows(100 + number, email=f"s{number}@example.edu")
        canvas.scores[ASSIGNMENT, 100 + number] = 70 + number
    with django_assert_max_num_queries(len(few)):
        play(link, NOW + ROUND)
    assert GradeDelivery.objects.filter(state="failed", shown_points__gte=70).count() == 13


@pytest.mark.slow
@pytest.mark.rows
def test_whoever_is_excused_there_stays_excused(link, canvas):
    canvas.excused.add((ASSIGNMENT, MIRA))
    play_twice(link)
    assert (canvas.posts, canvas.excused) == ([], {(ASSIGNMENT, MIRA)})
    words = "The LMS shows that the student is excused, and so it stays; here it is 50."
    assert GradeDelivery.objects.get().words.startswith(words)
    again()
    play(link, NOW + 2 * ROUND)
    assert (canvas.posts, states()) == ([], [("failed", "50.00")])
    canvas.excused.clear()
    again()
    play(link, NOW + 3 * ROUND)
    assert len(canvas.posts) == 1


@pytest.mark.slow
@pytest.mark.parametrize("changes_here", [False, True])
def test_a_student_who_is_excused_after_the_grade_was_sent_stays_excused(link, canvas, changes_here):
    play_twice(link)
    canvas.excused.add((ASSIGNMENT, MIRA))
    if changes_here:
        set_points("55")
    play(link, NOW + ROUND + DAY)
    assert (len(canvas.posts), canvas.excused) == (1, {(ASSIGNMENT, MIRA)})
    assert (GradeDelivery.objects.get().state, "excused" in GradeDelivery.objects.get().words) == ("failed", True)


@pytest.mark.slow
@pytest.mark.rows
def test_a_grade_that_was_taken_away_there_does_not_come_back_when_it_changes_here(link, canvas):
    play_twice(link)
    del canvas.scores[ASSIGNMENT, MIRA]
    set_points("55")
    play(link, NOW + 2 * ROUND)
    set_points("56")
    play(link, NOW + 3 * ROUND)
    assert (len(canvas.posts), canvas.scores) == (1, {})
    words = "The LMS shows no grade, but was sent 50: somebody changed it there; here it is 56."
    assert GradeDelivery.objects.get().words.startswith(words)
    again()
    play(link, NOW + 4 * ROUND)
    play(link, NOW + 5 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (56.0, [("confirmed", "56.00")])


@pytest.mark.slow
def test_a_grade_that_never_arrived_is_no_grade_that_was_taken_away(link, canvas):
    die(link, DiesBeforeWriting)
    set_points("55")
    play(link, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    assert (canvas.scores[ASSIGNMENT, MIRA], states()) == (55.0, [("confirmed", "55.00")])


@pytest.mark.medium
@pytest.mark.parametrize("individually", [False, True])
def test_no_grade_goes_where_canvas_gives_it_to_a_whole_group(link, canvas, individually):
    canvas.shares = {"group_category_id": 7, "grade_group_students_individually": individually}
    play(link)
    assert len(canvas.posts) == individually
    assert ("to the whole group" in GradeDelivery.objects.get().words) != individually
