"""When a queued run will begin, what its student reads of it, and how wrong it was."""

from datetime import timedelta

import pytest

from course_admin.submissions.models import Run
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.estimate import (
    DEFAULT_SECONDS,
    estimate_start,
    median_error_seconds,
    recent_seconds,
)
from course_admin.submissions.reports.report import report
from tests.factories import (
    NOW,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def queue(world, count: int, course=None) -> list[Run]:
    """Queue a run of each of so many students."""
    course = course or world.course
    assignment = course.assignments.first()
    return [
        make_run(make_attempt(make_enrollment(course, f"{course.slug}-{number}"), assignment), NOW + number * SECOND)
        for number in range(count)
    ]


def seconds(run: Run) -> float:
    return (estimate_start(run, NOW + MINUTE) - NOW - MINUTE).total_seconds()


def test_an_empty_queue_begins_at_once(world):
    assert seconds(queue(world, 1)[0]) == 0


def test_what_is_ahead_takes_as_long_as_runs_took_lately(world):
    assert recent_seconds() == DEFAULT_SECONDS
    graded(make_attempt(world.student, world.assignment), at=NOW - timedelta(hours=2))
    assert recent_seconds() == 20
    runs = queue(world, 4)
    assert [seconds(run) for run in runs] == [0, 20, 40, 60]


def test_workers_that_run_share_the_queue(world, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 3
    runs = queue(world, 6)
    dispatch.dispatch(at=NOW + MINUTE)
    for run in Run.objects.in_flight()[:2]:
        dispatch.start(run=run.public_id, token=run.lease_token, worker="w", at=NOW + MINUTE)
    assert seconds(runs[5]) == (1 + 2) * DEFAULT_SECONDS / 2


@pytest.mark.medium
def test_of_another_course_only_what_its_weight_lets_by_is_ahead(world):
    other = make_course("other", queue_weight=3)
    make_assignment(other)
    queue(world, 50, other)
    runs = queue(world, 3)
    assert [seconds(run) / DEFAULT_SECONDS for run in runs] == [0 + 3, 1 + 6, 2 + 9]


def test_nothing_is_expected_before_it_may_begin(world, settings):
    settings.ASSAY_STUDENT_RUNS_PER_HOUR = 1
    make_run(make_attempt(world.student, world.assignment))
    second = make_run(make_attempt(world.student, make_assignment(world.course, "m02")), NOW + MINUTE)
    assert second.expected_start_at == NOW + timedelta(hours=1)


def test_how_wrong_it_was_is_measured(world):
    assert median_error_seconds() is None
    for number, wrong in enumerate((5, 50, 10)):
        attempt = make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment)
        run = graded(attempt)
        Run.objects.filter(pk=run.pk).update(expected_start_at=run.started_at + wrong * (-1) ** number * SECOND)
    assert median_error_seconds() == 10


def sentence(run: Run, at=NOW + MINUTE) -> str:
    return report(attempt=run.attempt, user=run.attempt.student.account, at=at).sentence


def test_a_student_reads_when_it_will_begin_by_the_courses_clock(world):
    world.course.time_zone = "Europe/Berlin"
    world.course.save()
    runs = queue(world, 8)
    assert "it will probably begin within a minute" in sentence(runs[0])
    assert "it will probably begin in about 4 minutes, at 14:04 CEST" in sentence(Run.objects.get(pk=runs[7].pk))


def test_a_student_beyond_the_limit_reads_when_and_that_nothing_is_lost(world, settings):
    settings.ASSAY_STUDENT_RUNS_PER_HOUR = 1
    make_run(make_attempt(world.student, world.assignment))
    second = make_run(make_attempt(world.student, make_assignment(world.course, "m02")), NOW + MINUTE)
    told = sentence(second)
    assert told.startswith("At most 1 of your attempts")
    assert "will be graded in about 59 minutes, at 13:00 UTC. Nothing is lost" in told


@pytest.mark.parametrize("running", [True, False])
def test_a_fault_of_ours_is_not_told_as_a_limit(world, running):
    run = queue(world, 1)[0]
    token = lease(run, running=running)
    dispatch.fault(run=run.public_id, token=token, sentence="no sandbox", at=NOW + MINUTE)
    assert "At most" not in sentence(Run.objects.get())
