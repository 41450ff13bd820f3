"""In which order runs are sent out: `course_admin/submissions/queue/order.py`, and its use by `dispatch.py`."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from course_admin.courses.models import Role
from course_admin.identity.models import User
from course_admin.submissions.models import Run, RunReason, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.estimate import runs_ahead
from course_admin.submissions.queue.order import HOUR, MOST_OVERTAKING, Waiting, order, rank
from tests.factories import NOW, lease, make_assignment, make_attempt, make_course, make_enrollment, make_run

MINUTE = timedelta(minutes=1)
minutes = st.integers(0, 300).map(lambda count: NOW + count * MINUTE)


@st.composite
def queues(draw) -> tuple[list[Waiting], dict[int, int]]:
    """Draw what waits, by rank, of up to five courses, and what is out."""
    weights = draw(st.lists(st.integers(1, 20), min_size=1, max_size=5))
    out = {course: draw(st.integers(0, 12)) for course in range(len(weights))}
    runs = draw(st.lists(st.tuples(st.integers(0, len(weights) - 1), minutes, st.booleans()), max_size=25))
    waiting = [Waiting(run, course, weights[course], at, is_bulk) for run, (course, at, is_bulk) in enumerate(runs)]
    return sorted(waiting, key=lambda each: (each.is_bulk, each.rank_at, each.run)), out


@given(queues(), st.integers(0, 30))
def test_as_many_as_asked_for_are_chosen_once_each_and_by_rank_within_a_course(queue, most):
    waiting, out = queue
    chosen = order(waiting, out, most)
    assert len(chosen) == len(set(chosen)) == min(most, len(waiting))
    for course in out:
        ranked = [each.run for each in waiting if each.course == course]
        assert [run for run in chosen if run in ranked] == ranked[: len(set(chosen) & set(ranked))]


@given(queues(), st.integers(1, 30))
def test_no_course_is_given_a_place_while_another_that_waits_has_fewer_for_its_weight(queue, most):
    waiting, out = queue
    by_run = {each.run: each for each in waiting}
    taken, left = Counter(out), set(by_run)
    for run in order(waiting, out, most):
        mine = by_run[run]
        for other in (by_run[each] for each in left if by_run[each].is_bulk == mine.is_bulk):
            assert Fraction(taken[mine.course], mine.weight) <= Fraction(taken[other.course], other.weight)
        taken[mine.course] += 1
        left.remove(run)


@given(st.data(), st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 8))
def test_a_course_starves_no_other_however_large_heavy_and_early_it_is(data, weights, spare):
    """One run of a light course behind floods: it is sent out as soon as any run ends that leaves two to its course."""
    window = len(weights) + spare
    floods = [
        Waiting(run * 6 + course, course, weights[course], NOW) for run in range(40) for course in range(len(weights))
    ]
    out = Counter(run % 6 for run in order(floods, {}, window))
    alone = Waiting(10_000, len(weights), 1, NOW + MINUTE)
    ended = data.draw(st.sampled_from([course for course in out if out[course] > 1]))
    assert order([*floods, alone], out - Counter([ended]), 1) == [alone.run]


@given(queues(), st.integers(0, 30))
def test_nothing_of_a_bulk_regrade_goes_before_anything_else(queue, most):
    waiting, out = queue
    bulk = {each.run: each.is_bulk for each in waiting}
    chosen = [bulk[run] for run in order(waiting, out, most)]
    assert chosen == sorted(chosen)


def test_places_are_shared_by_weight():
    waiting = [Waiting(run, run % 2, (1, 3)[run % 2], NOW) for run in range(80)]
    assert Counter(run % 2 for run in order(waiting, {}, 16)) == {0: 4, 1: 12}
    assert Counter(run % 2 for run in order(waiting, {1: 12}, 4)) == {0: 4}


facts = st.fixed_dictionaries({"earlier_pushes": st.integers(0, 500), "due_at": st.none() | minutes})


@given(minutes, facts, facts)
def test_nothing_is_overtaken_by_what_was_queued_much_later(queued_at, mine, other):
    later = queued_at + MOST_OVERTAKING + timedelta(seconds=1)
    assert rank(queued_at=queued_at, **mine) < rank(queued_at=later, **other)


@given(minutes, st.integers(0, 15))
def test_near_deadlines_come_first(queued_at, earlier):
    push = rank(queued_at=queued_at, earlier_pushes=earlier)
    assert rank(queued_at=queued_at, earlier_pushes=earlier, due_at=queued_at + HOUR) < push
    assert rank(queued_at=queued_at, earlier_pushes=earlier, due_at=queued_at + 2 * HOUR) == push
    assert rank(queued_at=queued_at, earlier_pushes=earlier, due_at=queued_at - MINUTE) == push


def test_a_students_first_push_of_the_hour_goes_before_anothers_tenth(world, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    other = make_enrollment(world.course, "jon")
    for number in range(10):
        assignment = make_assignment(world.course, f"a{number}")
        tenth = make_run(make_attempt(world.student, assignment), NOW + number * timedelta(seconds=1))
        if number < 9:
            Run.objects.filter(pk=tenth.pk).update(state=RunState.SUPERSEDED, finished_at=NOW)
    first = make_run(make_attempt(other, world.assignment), NOW + MINUTE)
    dispatch.dispatch(at=NOW + HOUR)
    first.refresh_from_db()
    tenth.refresh_from_db()
    assert (first.state, tenth.state) == (RunState.DISPATCHED, RunState.QUEUED)


def test_a_fresh_push_goes_before_the_oldest_bulk_regrade_of_any_course(world, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    other = make_course("other", queue_weight=50)
    old = make_run(
        make_attempt(make_enrollment(other), make_assignment(other)),
        NOW - 9 * HOUR,
        reason=RunReason.BULK,
        is_bulk=True,
    )
    own = make_run(make_attempt(world.student, world.assignment), NOW - 8 * HOUR, reason=RunReason.BULK, is_bulk=True)
    push = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment), NOW)
    assert (runs_ahead(push, NOW), runs_ahead(own, NOW)) == (0, 2)
    assert dispatch.dispatch(at=NOW) == 1
    states = {run.pk: run.state for run in Run.objects.all()}
    assert (states[push.pk], states[old.pk], states[own.pk]) == (RunState.DISPATCHED, RunState.QUEUED, RunState.QUEUED)


def test_an_extension_counts_for_what_is_near_its_deadline(world):
    run = make_run(make_attempt(world.student, make_assignment(world.course, "m02", due_at=NOW + HOUR)))
    assert run.rank_at < NOW
    assert make_run(make_attempt(world.student, make_assignment(world.course, "m03"))).rank_at > NOW


def test_a_flood_of_one_course_leaves_a_place_to_another(world, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 4
    for number in range(6):
        make_run(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    other = make_course("other")
    late = make_run(make_attempt(make_enrollment(other), make_assignment(other)), NOW + MINUTE)
    lease(late, NOW + MINUTE)
    assert Run.objects.in_flight().count_by_course() == {world.course.pk: 3, other.pk: 1}


def test_sending_out_takes_a_fixed_number_of_queries(world, settings, django_assert_num_queries):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    for number in range(9):
        make_run(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    # out, heads, the chosen with whose they are; savepoint, whoever's they are held, their last hour, update, release
    with django_assert_num_queries(10):
        assert dispatch.dispatch(at=NOW) == 1


def test_what_a_student_pushes_beyond_the_limit_waits_until_an_hour_is_over(world, settings):
    settings.ASSAY_STUDENT_RUNS_PER_HOUR = 2
    runs = []
    for number in range(5):
        attempt = make_attempt(world.student, make_assignment(world.course, f"a{number}"))
        runs.append(make_run(attempt, NOW + number * MINUTE))
        if number < 2:
            lease(runs[-1], NOW + number * MINUTE)
    assert [run.not_before - NOW for run in runs] == [0 * MINUTE, MINUTE, HOUR, HOUR + MINUTE, 2 * HOUR]
    lease(runs[2], NOW + HOUR)
    assert dispatch.dispatch(at=NOW + 3 * HOUR) == 2


@pytest.mark.rows
def test_no_hour_holds_more_than_the_limit_however_long_what_was_pushed_has_waited(world, settings):
    """The workers were away: what waited for longer than an hour begins together with what came since."""
    settings.ASSAY_STUDENT_RUNS_PER_HOUR = 2
    for number in range(5):
        make_run(make_attempt(world.student, make_assignment(world.course, f"a{number}")), NOW + number * HOUR / 2)
    sent = []
    for moment in (NOW + quarters * HOUR / 4 for quarters in range(12, 21)):
        sent.append(dispatch.dispatch(at=moment))
        for run in Run.objects.filter(state=RunState.DISPATCHED):
            dispatch.start(run=run.public_id, token=run.lease_token, worker="w", at=moment)
    assert sent == [2, 0, 0, 0, 2, 0, 0, 0, 1]


def test_what_was_set_aside_and_what_others_push_does_not_use_up_a_limit(world, settings):
    settings.ASSAY_STUDENT_RUNS_PER_HOUR = 1
    first = make_run(make_attempt(world.student, world.assignment))
    Run.objects.filter(pk=first.pk).update(state=RunState.SUPERSEDED, finished_at=NOW)
    make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    assert make_run(make_attempt(world.student, world.assignment), NOW + MINUTE).not_before == NOW + MINUTE


@pytest.mark.parametrize(("is_superuser", "weight"), [(True, 5), (False, 1)])
def test_only_an_administrator_gives_a_course_more_of_the_queue(world, client, is_superuser, weight):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    User.objects.filter(pk=account.pk).update(is_superuser=is_superuser, is_staff=is_superuser)
    client.force_login(User.objects.get(pk=account.pk))
    form = {"slug": "tinytorch", "title": "TinyTorch", "time_zone": "UTC", "slip_days": 0, "queue_weight": 5}
    form["regrade_request_days"] = 14
    sections = {"sections-TOTAL_FORMS": 0, "sections-INITIAL_FORMS": 0}
    answer = client.post(reverse("admin:courses_course_change", args=[world.course.pk]), form | sections)
    assert answer.status_code == 302
    world.course.refresh_from_db()
    assert world.course.queue_weight == weight
