"""A regrade preview: what it judges, what it says, and that publishing does exactly that; discarded, nothing is left of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from course_admin.assignments.models import CheckState, CountingRule, SuiteVersion
from course_admin.courses.models import AuditEvent, Role
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.gradebook.models import Override
from course_admin.gradebook.regrade_preview.figures import figures_of, progress_of, runs_of, why
from course_admin.gradebook.regrade_preview.services import (
    NotToPreview,
    begin,
    complete,
    discard,
    publish,
    suites_to_try,
    uncovered,
)
from course_admin.notifications.sources import SOURCES, Kind
from course_admin.policy import Refused
from course_admin.submissions.models import PreviewState, Run, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.seeds import seed_of
from course_admin.submissions.queue.staff_requests import regrade_attempts
from tests.course_admin.gradebook.regrade_preview.trials import judge, new_suite
from tests.factories import NOW, graded, make_assignment, make_attempt, make_check, make_enrollment, make_run

pytestmark = pytest.mark.medium

LATER = NOW + timedelta(hours=1)
END = NOW + timedelta(hours=3)


@pytest.fixture
def boss(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def jon(world):
    return make_enrollment(world.course, "jon")


@pytest.fixture
def preview(world, boss, jon):
    """Return a preview of two students' newest attempts: mira's has 100 of 100, jon's 40; under the new suite each 25."""
    graded(make_attempt(world.student, world.assignment), make_check(1, 2.0))
    graded(make_attempt(world.student, world.assignment, received_at=NOW + timedelta(minutes=1)), make_check(1, 5.0))
    graded(make_attempt(jon, world.assignment), make_check(1, 2.0))
    return begin(assignment=world.assignment, suite=new_suite(), by=boss, at=LATER, reason="a fairer test")


def points(world) -> dict[str, Decimal | None]:
    return {row.student.name: row.points for row in grade_rows(world.course) if row.assignment == world.assignment}


def do_publish(preview, by, at=END) -> int:
    return publish(preview=preview, seen=figures_of(preview).digest, by=by, at=at)


def test_it_judges_what_counts_under_its_own_suite_and_seed(world, preview):
    runs = list(Run.every.filter(preview=preview).select_related("attempt"))
    assert sorted((str(run.attempt.student), run.attempt.number) for run in runs) == [
        ("Jon", 1),
        ("Mira Okafor", 2),
    ]
    assert {(run.suite, run.is_trial, run.is_bulk) for run in runs} == {(preview.suite, True, True)}
    assert judge(preview, LATER) == 2
    for run in Run.every.filter(preview=preview):
        assert (run.state, run.suite, run.seed) == (
            RunState.GRADED,
            preview.suite,
            seed_of(run.attempt, preview.suite),
        )


def test_where_points_decide_which_attempt_counts_it_judges_all_that_were_graded(world, preview, boss):
    discard(preview=preview, by=boss, at=LATER)
    world.assignment.counting = CountingRule.BEST
    world.assignment.save()
    again = begin(assignment=world.assignment, suite=preview.suite, by=boss, at=LATER, reason="x")
    assert progress_of(again).all == 3


def test_its_figures_are_what_publishing_then_does(world, preview, boss):
    assert points(world) == {"Mira Okafor": 100, "Jon": 40}
    judge(preview, LATER)
    found = figures_of(preview)
    told = {move.after.student.name: (move.before.points, move.after.points) for move in found.moves}
    assert told == {"Mira Okafor": (100, 25), "Jon": (40, 25)}
    assert points(world) == {"Mira Okafor": 100, "Jon": 40}
    assert do_publish(preview, boss) == 2
    assert points(world) == {name: after for name, (_, after) in told.items()}
    world.assignment.refresh_from_db()
    assert world.assignment.suite == preview.suite
    assert preview.state == PreviewState.PUBLISHED


def test_it_says_which_checks_differ_and_how_the_changes_are_distributed(preview):
    judge(preview, LATER)
    found = figures_of(preview)
    (mira,) = (move for move in found.moves if move.after.student.name == "Mira Okafor")
    (check,) = why(runs_of(found.moves))[mira.after.student.pk]
    assert (check.name, check.before, check.after) == ("Check 1", "passed", "failed")
    assert (check.points_before, check.points_after) == (5, Decimal("1.25"))
    assert {label: count for label, count in found.bars if count} == {
        "lose more than 10 %, up to 20 %": 1,
        "lose more than 50 %": 1,
    }
    assert found.same == 0


def test_whose_grade_stays_is_counted_and_no_change(preview):
    judge(preview, LATER, points=2.0)
    found = figures_of(preview)
    assert [move.after.student.name for move in found.moves] == ["Mira Okafor"]
    assert found.same == 1


def test_grades_of_other_assignments_that_slip_days_move_are_among_the_changes(world, boss):
    """Of two attempts the late one is best now and spends the one slip day; then the one on time is, and spends none."""
    world.course.slip_days = 1
    world.course.save()
    slips = {"late_kind": "slip_days", "late_percent": 10, "counting": CountingRule.BEST}
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(due_at=NOW, **slips)
    world.assignment.refresh_from_db()
    after = make_assignment(world.course, "m02", title="After", due_at=NOW + timedelta(days=7), **slips)
    graded(make_attempt(world.student, world.assignment, received_at=NOW), make_check(1, 2.0))
    late = make_attempt(world.student, world.assignment, received_at=NOW + timedelta(hours=1))
    graded(late, make_check(1, 5.0))
    graded(make_attempt(world.student, after, received_at=NOW + timedelta(days=7, hours=1)), make_check(1, 5.0))
    made = begin(assignment=world.assignment, suite=new_suite(), by=boss, at=LATER, reason="x")
    judge(made, LATER)  # both have 25 then, and of equals the earliest counts
    told = {move.after.assignment.title: (move.before.points, move.after.points) for move in figures_of(made).moves}
    assert told == {"Tensor": (100, 25), "After": (90, 100)}
    do_publish(made, boss)
    assert {row.assignment.title: row.points for row in grade_rows(world.course)} == {"Tensor": 25, "After": 100}


def test_discarded_it_leaves_no_trace_and_another_can_be_begun(world, preview, boss):
    out = dispatch.dispatch(at=LATER)
    discard(preview=preview, by=boss, at=LATER)
    assert out == 1
    assert points(world) == {"Mira Okafor": 100, "Jon": 40}
    assert set(Run.every.filter(preview=preview).values_list("state", "lease_token", "is_trial")) == {
        (RunState.CANCELLED, "", True)
    }
    assert dispatch.dispatch(at=END) == 0
    world.assignment.refresh_from_db()
    assert world.assignment.suite != preview.suite
    with pytest.raises(NotToPreview, match="This preview is over: it was discarded"):
        do_publish(preview, boss)
    begin(assignment=world.assignment, suite=preview.suite, by=boss, at=END, reason="again")


def test_a_grade_set_by_hand_stays_and_is_counted(world, preview, boss, jon):
    Override.objects.create(
        student=jon, assignment=world.assignment, points=77, reason="ill", set_by=boss, set_at=LATER
    )
    judge(preview, LATER)
    found = figures_of(preview)
    assert ([move.after.student.name for move in found.moves], found.overridden) == (["Mira Okafor"], 1)
    do_publish(preview, boss)
    assert points(world) == {"Mira Okafor": 25, "Jon": 77}


def test_what_changed_since_somebody_looked_is_not_published(world, preview, boss, jon):
    judge(preview, LATER)
    seen = figures_of(preview).digest
    Override.objects.create(
        student=jon, assignment=world.assignment, points=77, reason="ill", set_by=boss, set_at=LATER
    )
    with pytest.raises(NotToPreview, match="Grades have changed since you looked"):
        publish(preview=preview, seen=seen, by=boss, at=END)
    assert points(world) == {"Mira Okafor": 100, "Jon": 77}
    world.assignment.refresh_from_db()
    assert world.assignment.suite != preview.suite


def test_what_was_handed_in_meanwhile_is_named_keeps_its_result_and_can_be_judged_too(world, preview, boss, jon):
    judge(preview, LATER)
    newer = make_attempt(jon, world.assignment, received_at=LATER)
    graded(newer, make_check(1, 3.0), at=LATER)
    assert uncovered(preview) == {newer.pk}
    told = {move.after.student.name: move.after.points for move in figures_of(preview).moves}
    assert told == {"Mira Okafor": 25}  # jon's newer attempt counts, and keeps its 60
    assert complete(preview=preview, by=boss, at=LATER) == 1
    assert judge(preview, LATER) == 1
    assert uncovered(preview) == set()
    told = {move.after.student.name: move.after.points for move in figures_of(preview).moves}
    assert told == {"Mira Okafor": 25, "Jon": 25}


def test_published_it_is_the_newest_judging_of_what_was_judged_again_meanwhile(world, preview, boss, jon):
    judge(preview, LATER)
    attempts = world.assignment.attempts.filter(members=jon)
    assert regrade_attempts(attempts=attempts, by=boss, at=LATER + timedelta(minutes=5), reason="asked for") == 1
    again = Run.objects.get(reason="asked_for")
    Run.objects.filter(pk=again.pk).update(state=RunState.GRADED, score=4, max_score=5, finished_at=END)
    told = {move.after.student.name: (move.before.points, move.after.points) for move in figures_of(preview).moves}
    assert told["Jon"] == (80, 25)
    do_publish(preview, boss)
    assert points(world)["Jon"] == 25
    assert attempts.get().shown_run.suite == preview.suite


def test_it_is_not_published_before_it_is_finished(world, preview, boss):
    assert not progress_of(preview).is_finished
    with pytest.raises(NotToPreview, match="not finished yet"):
        do_publish(preview, boss)


def test_what_fails_on_our_side_is_counted_and_can_be_tried_again(world, preview, boss):
    Run.every.filter(preview=preview).update(state=RunState.NEEDS_ATTENTION, fault="no disk")
    found = progress_of(preview)
    assert (found.stuck, found.over, found.is_finished) == (2, 2, True)
    assert complete(preview=preview, by=boss, at=LATER) == 2
    assert judge(preview, LATER) == 2
    assert progress_of(preview).graded == 2


def test_what_failed_on_our_side_keeps_its_grade_when_the_rest_is_published(world, preview, boss, jon):
    Run.every.filter(preview=preview, attempt__members=jon).update(state=RunState.NEEDS_ATTENTION, fault="no disk")
    judge(preview, LATER)
    do_publish(preview, boss)
    assert points(world) == {"Mira Okafor": 25, "Jon": 40}
    assert Run.objects.filter(state=RunState.NEEDS_ATTENTION).count() == 0


def test_students_are_told_when_it_is_published_and_not_before(world, preview, boss):
    judge(preview, LATER)
    assert list(SOURCES[Kind.GRADED](LATER - timedelta(minutes=1), END)) == []
    do_publish(preview, boss)
    told = [each.attempt.student.name for each in SOURCES[Kind.GRADED](END - timedelta(minutes=1), END)]
    assert sorted(told) == ["Jon", "Mira Okafor"]


def test_only_one_is_open_and_only_with_another_version_that_may_be_used(world, preview, boss):
    with pytest.raises(NotToPreview, match="open already"):
        begin(assignment=world.assignment, suite=preview.suite, by=boss, at=END, reason="x")
    discard(preview=preview, by=boss, at=END)
    unchecked = new_suite(digest="e" * 64, check_state=CheckState.UNCHECKED)
    other = SuiteVersion.objects.create(
        name="m02_other",
        digest="f" * 64,
        added_at=NOW,
        archive_sha256="a" * 64,
        check_state=CheckState.TRUSTED,
        trusted_reason="x",
    )
    for suite in (unchecked, other, world.assignment.suite):
        with pytest.raises(NotToPreview, match="is not another version of the suite"):
            begin(assignment=world.assignment, suite=suite, by=boss, at=END, reason="x")
    assert list(suites_to_try(world.assignment)) == [preview.suite]


def test_without_a_grade_there_is_nothing_to_preview(world, boss):
    make_run(make_attempt(world.student, world.assignment))
    with pytest.raises(NotToPreview, match="Nothing that counts is graded"):
        begin(assignment=world.assignment, suite=new_suite(), by=boss, at=END, reason="x")


@pytest.mark.parametrize("role", [Role.TA, Role.STUDENT])
def test_only_who_leads_the_course_may(world, preview, boss, role):
    somebody = make_enrollment(world.course, "somebody", role).account
    told = {"by": somebody, "at": END}
    for call in (
        lambda: begin(assignment=world.assignment, suite=preview.suite, reason="x", **told),
        lambda: complete(preview=preview, **told),
        lambda: publish(preview=preview, seen="", **told),
        lambda: discard(preview=preview, **told),
    ):
        with pytest.raises(Refused):
            call()
    assert progress_of(preview).all == 2


def test_each_step_is_in_the_audit_log(world, preview, boss):
    judge(preview, LATER)
    do_publish(preview, boss)
    lines = AuditEvent.objects.filter(subject="regrade preview of Tensor").order_by("pk")
    assert [(each.actor, each.reason, each.after["state"], each.after["runs"]) for each in lines] == [
        (boss, "a fairer test", "open", 2),
        (boss, "a fairer test", "published", 2),
    ]
    assert AuditEvent.objects.filter(subject="Tensor", reason="a fairer test").exists()
