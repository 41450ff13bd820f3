"""Grades go to Canvas: rounds against a Canvas of our own, over real HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from course_admin.courses.models import Enrollment
from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasStudent
from course_admin.integrations.outbox.models import GradeDelivery, Link
from course_admin.submissions.models import Run
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
from tests.factories import NOW, graded, make_assignment, make_attempt, make_enrollment

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- what is sent ---


@pytest.mark.slow
def test_a_first_round_sends_and_the_next_one_confirms(link, canvas):
    play(link)
    run = Run.objects.select_related("attempt").get()
    (entry,) = canvas.posts
    assert entry[str(MIRA)]["posted_grade"] == "50.00"
    assert entry[str(MIRA)]["text_comment"].startswith("50 = ")
    assert f"attempt {run.attempt.public_id}." in entry[str(MIRA)]["text_comment"]
    assert states() == [("sent", "50.00")]
    play(link, NOW + ROUND)
    assert canvas.scores == {(ASSIGNMENT, MIRA): 50.0}
    assert states() == [("confirmed", "50.00")]
    link.refresh_from_db()
    assert (link.synced_at, link.claim, link.is_paused, link.away_since) == (NOW + ROUND, "", False, None)


@pytest.mark.slow
def test_where_nothing_changed_nothing_is_asked(link, canvas):
    play_twice(link)
    canvas.asked.clear()
    play(link, NOW + 2 * ROUND)
    assert canvas.asked == []


@pytest.mark.slow
def test_one_change_is_one_entry(world, link, canvas):
    for number in range(3):
        student = make_enrollment(world.course, f"s{number}")
        canvas.knows(100 + number, login_id=f"S{number}@example.edu")
        graded(make_attempt(student, world.assignment))
    play_twice(link)
    assert len(canvas.posts[0]) == 4
    set_points("87.125", Enrollment.objects.get(github_login="s1"))
    play(link, NOW + 2 * ROUND)
    play(link, NOW + 3 * ROUND)
    assert [(number, entry["posted_grade"]) for number, entry in canvas.posts[1].items()] == [("101", "87.12")]
    assert {state for state, _ in states()} == {"confirmed"}
    assert sorted(GradeDelivery.objects.values_list("version", flat=True)) == [1, 1, 1, 2]


@pytest.mark.slow
def test_many_grades_go_in_several_requests_and_are_read_back_once(world, link, canvas, monkeypatch):
    monkeypatch.setattr(Canvas, "at_once", 1)
    for number in range(2):
        canvas.knows(100 + number, email=f"s{number}@example.edu")
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    play(link)
    assert sorted(len(each) for each in canvas.posts) == [1, 1, 1]
    canvas.asked.clear()
    play(link, NOW + ROUND)
    assert {state for state, _ in states()} == {"confirmed"}
    assert sum(each.path.endswith("/submissions") for each in canvas.asked) == 1


def test_what_canvas_shows_already_is_not_sent_again(link, canvas):
    canvas.scores[ASSIGNMENT, MIRA] = 50
    play(link)
    assert (canvas.posts, states()) == ([], [("confirmed", "50.00")])


def test_drafts_and_assignments_that_are_not_in_canvas_stay_here(world, link, canvas):
    other = make_assignment(world.course, "m02")
    graded(make_attempt(world.student, other))
    world.assignment.is_draft, world.assignment.repository_pattern = True, ""
    world.assignment.save()
    play(link)
    assert (canvas.asked, states()) == ([], [])


def test_a_grade_that_is_gone_before_it_was_sent_is_dropped(world, link, canvas):
    make_enrollment(world.course, "jon")
    set_points("70", jon := Enrollment.objects.get(github_login="jon"))
    play(link)
    assert GradeDelivery.objects.get(student=jon).state == "parked"
    Override.objects.all().delete()
    play(link, NOW + ROUND)
    assert not GradeDelivery.objects.filter(student=jon).exists()


@pytest.mark.slow
def test_a_grade_that_changes_while_canvas_works_is_settled_first(world, link, canvas):
    canvas.is_slow = True
    play(link)
    set_points("90")
    play(link, NOW + ROUND)
    assert (len(canvas.posts), states()) == (1, [("sent", "90.00")])
    canvas.is_slow = False
    play(link, NOW + 2 * ROUND)
    play(link, NOW + 3 * ROUND)
    assert [each[str(MIRA)]["posted_grade"] for each in canvas.posts] == ["50.00", "90.00"]
    assert states() == [("confirmed", "90.00")]


@pytest.mark.medium
def test_a_progress_that_never_ends_is_decided_by_what_canvas_shows(link, canvas):
    canvas.is_slow = True
    play(link)
    play(link, NOW + HOUR - MINUTE)
    assert states() == [("sent", "50.00")]
    canvas.store(1)
    play(link, NOW + HOUR)
    assert states() == [("confirmed", "50.00")]


# --- what somebody else does in Canvas ---


@pytest.mark.slow
def test_a_grade_that_somebody_changed_in_canvas_is_found_once_a_day_and_left_to_staff(world, link, canvas):
    play_twice(link)
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    play(link, NOW + DAY - MINUTE)
    assert states() == [("confirmed", "50.00")]
    play(link, NOW + DAY)
    changed = GradeDelivery.objects.get()
    assert (changed.state, len(canvas.posts)) == ("failed", 1)
    assert changed.words == "It was 50 there and is 61.5 now: somebody changed it in the LMS."
    set_points("61.5")
    play(link, NOW + DAY + ROUND)
    assert (len(canvas.posts), states()) == (1, [("confirmed", "61.50")])


def test_what_canvass_own_late_policy_takes_is_no_change_of_the_grade(link, canvas):
    canvas.halves = True
    canvas.scores[ASSIGNMENT, MIRA] = 50
    play(link)
    assert (canvas.posts, states()) == ([], [("confirmed", "50.00")])


# --- what Canvas does not take ---


@pytest.mark.slow
def test_a_grade_that_is_not_shown_failed_and_is_sent_again_when_staff_say_so(link, canvas):
    canvas.refused.add(MIRA)
    play_twice(link)
    failed = GradeDelivery.objects.get()
    assert (failed.state, failed.words) == ("failed", "It was sent 50 and shows no grade.")
    play(link, NOW + 2 * ROUND)
    assert len(canvas.posts) == 1
    canvas.refused.clear()
    assert again() == (1, 0)
    play(link, NOW + 3 * ROUND)
    play(link, NOW + 4 * ROUND)
    assert (len(canvas.posts), states()) == (2, [("confirmed", "50.00")])


def test_a_refusal_is_shown_in_canvass_own_words_cleaned_and_cut(link, canvas):
    words = "This assignment is locked.\u202e\x07" + "!" * 5000
    canvas.once("POST", 400, {"errors": [{"message": words}]})
    play(link)
    failed = GradeDelivery.objects.get()
    assert failed.state == "failed"
    assert failed.words.startswith("Canvas answered 400: This assignment is locked.\\u202e\\x07!!!")
    assert len(failed.words.encode()) <= 2048
    assert Link.objects.get().is_paused is False


def test_grades_without_names_cannot_be_compared_and_fail_alone(link, canvas):
    canvas.once("submissions", 200, [{"anonymous_id": "aB3dE", "score": None}])
    play(link)
    assert GradeDelivery.objects.get().words == "Canvas answered with a row that has no user_id."
    assert canvas.posts == []


def test_an_assignment_that_is_gone_fails_alone(world, link, canvas):
    other = make_assignment(world.course, "m02")
    graded(make_attempt(world.student, other))
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=7)
    canvas.once("assignments/7/submissions", 404, {"errors": [{"message": "The specified resource does not exist."}]})
    play(link)
    assert dict(GradeDelivery.objects.values_list("assignment__slug", "state")) == {"m01": "sent", "m02": "failed"}


@pytest.mark.medium
@pytest.mark.parametrize("status", [403, 404])
def test_a_course_that_cannot_be_read_is_paused_with_canvass_words(link, canvas, status):
    canvas.once("users", status, {"errors": [{"message": "user not authorised to perform that action"}]})
    play(link)
    link.refresh_from_db()
    assert link.is_paused
    assert link.paused_reason == f"Canvas answered {status}: user not authorised to perform that action"


# --- who is who ---


@pytest.mark.slow
def test_an_unknown_student_is_parked_shown_and_looked_for_again(world, link, canvas):
    jon = make_enrollment(world.course, "jon")
    graded(make_attempt(jon, world.assignment))
    play_twice(link)
    parked = GradeDelivery.objects.get(student=jon)
    assert (parked.state, parked.next_try_at) == ("parked", NOW + 6 * HOUR)
    assert "no student with this e-mail address" in parked.words
    canvas.knows(77, email="jon@example.edu")
    play(link, NOW + 6 * HOUR)
    play(link, NOW + 6 * HOUR + ROUND)
    assert [list(each) for each in canvas.posts] == [[str(MIRA)], ["77"]]
    assert CanvasStudent.objects.get(student=jon).canvas_id == 77


def test_who_could_be_a_classmate_without_a_grade_is_not_guessed(world, link, canvas):
    make_enrollment(world.course, "jon", email="", student_id="U0044120")
    play(link)
    assert canvas.posts == []
    assert "already somebody else here" in GradeDelivery.objects.get().words
    assert not CanvasStudent.objects.exists()


@pytest.mark.slow
def test_whom_staff_name_is_sent_to(world, link, canvas):
    jon = make_enrollment(world.course, "jon", email="")
    graded(make_attempt(jon, world.assignment))
    canvas.knows(77, email="jonathan@elsewhere.example")
    play_twice(link)
    CanvasStudent.objects.create(link=link, student=jon, canvas_id=77)
    again(state="parked")
    play(link, NOW + 2 * ROUND)
    assert list(canvas.posts[1]) == ["77"]


@pytest.mark.medium
def test_a_list_of_students_is_read_to_its_end_by_links_that_say_nothing(world, link, canvas):
    canvas.per_page = 2
    for number in range(7):
        canvas.knows(100 + number, email=f"s{number}@example.edu")
    graded(make_attempt(make_enrollment(world.course, "s6"), world.assignment))
    play_twice(link)
    assert set(canvas.posts[0]) == {str(MIRA), "106"}
    assert {state for state, _ in states()} == {"confirmed"}


@pytest.mark.slow
def test_a_round_takes_as_many_queries_for_many_students(world, link, canvas, django_assert_max_num_queries):
    def grade(logins: range) -> None:
        for number in logins:
            canvas.knows(100 + number, email=f"s{number}@example.edu")
            graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))

    grade(range(2))
    with django_assert_max_num_queries(100) as few:
        play_twice(link)
    grade(range(2, 12))
    with django_assert_max_num_queries(len(few)):
        play(link, NOW + 2 * ROUND)
        play(link, NOW + 3 * ROUND)
    assert len(states()) == 13
    assert timezone.is_aware(GradeDelivery.objects.first().sent_at)


@pytest.mark.slow
@pytest.mark.parametrize("status", [403, 404])
def test_a_comparison_that_is_refused_changes_no_grade_is_noted_and_tried_again(world, link, canvas, status):
    other = make_assignment(world.course, "m02")
    graded(make_attempt(world.student, other))
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=7)
    play_twice(link)
    play(link, NOW + 2 * ROUND)
    canvas.scores[7, MIRA] = 61.5
    refusal = f"assignments/{ASSIGNMENT}/submissions"
    canvas.once(refusal, status, {"errors": [{"message": "user not authorised to perform that action"}]})
    play(link, NOW + DAY + ROUND)
    link.refresh_from_db()
    assert link.uncompared == f"Tensor: Canvas answered {status}: user not authorised to perform that action"
    assert dict(GradeDelivery.objects.values_list("assignment__slug", "state")) == {"m01": "confirmed", "m02": "failed"}
    canvas.scores[ASSIGNMENT, MIRA] = 70
    play(link, NOW + DAY + HOUR)
    assert GradeDelivery.objects.get(assignment=world.assignment).state == "confirmed"
    play(link, NOW + DAY + ROUND + HOUR)
    link.refresh_from_db()
    assert (link.uncompared, link.compared_at) == ("", NOW + DAY + ROUND + HOUR)
    assert GradeDelivery.objects.get(assignment=world.assignment).state == "failed"
