"""How due times of sections, extensions, accommodations, slip days, overrides and choices reach a course's grades."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.models import Assignment, CountingRule, Extension, SectionDueTime
from course_admin.courses.models import Accommodation, Group, GroupMembership, Section
from course_admin.gradebook.grading.grades import GradeRow, Rules, grade_rows
from course_admin.gradebook.grading.in_step import InStep
from course_admin.gradebook.models import Choice, Override
from course_admin.submissions.models import Push, PushState, Repository
from tests.factories import NOW, OWNER, graded, make_assignment, make_attempt, make_check, make_enrollment, make_user

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def late(world):
    """A world whose one attempt, of 10 in 100 points, came 30 hours late at 10 percent a day."""
    change(world.assignment, due_at=NOW - 30 * HOUR, late_kind=LateKind.PER_DAY.value, late_percent=10)
    graded(make_attempt(world.student, world.assignment), make_check(1, 5.0))
    return world


@pytest.fixture
def ines(db):
    return make_user("ines", name="Ines Moreau")


def change(thing, **fields):
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.save()


def row(world, assignment: Assignment | None = None, **options) -> GradeRow:
    chosen = assignment or world.assignment
    rows = grade_rows(world.course, **options)
    return next(one for one in rows if (one.student.pk, one.assignment) == (world.student.pk, chosen))


def extend(world, ines, days=1, **fields) -> Extension:
    return Extension.objects.create(
        assignment=world.assignment, days=days, reason="flu", granted_by=ines, granted_at=NOW, **fields
    )


def group_of(world) -> Group:
    group = Group.objects.create(course=world.course, name="Blue")
    GroupMembership.objects.create(group=group, student=world.student)
    return group


def test_a_late_policy_reaches_the_grade(late):
    assert (row(late).points, row(late).late_days) == (80, 2)
    assert row(late).grade.sentence == "80 = 100 of attempt 1, 2 days late, -20 %"


def test_a_sections_own_due_time_counts(late):
    section = Section.objects.create(course=late.course, name="Tuesday")
    change(late.student, section=section)
    own = SectionDueTime.objects.create(assignment=late.assignment, section=section, due_at=NOW)
    assert (row(late).points, row(late).late_days) == (100, 0)
    change(own, due_at=NOW - HOUR, closes_at=NOW - HOUR / 2)
    assert row(late).points is None
    change(late.student, section=None)
    assert row(late).late_days == 2


def test_an_extension_moves_the_students_due_time(late, ines):
    extend(late, ines, student=late.student)
    assert row(late).grade.sentence == "90 = 100 of attempt 1, 1 day late, -10 %, extension of 1 day used"


def test_a_groups_extension_is_for_its_members_only_and_the_longest_counts(late, ines):
    extend(late, ines, group=Group.objects.create(course=late.course, name="Red"), days=9)
    assert row(late).points == 80
    extend(late, ines, group=group_of(late), days=2)
    extend(late, ines, student=late.student, days=1)
    assert (row(late).points, row(late).late_days) == (100, 0)


def test_a_standing_accommodation_applies_to_later_assignments_and_adds_to_an_extension(late, ines):
    standing = Accommodation.objects.create(
        student=late.student, extra_days=1, starts_at=NOW, reason="private", granted_by=ines, granted_at=NOW
    )
    assert row(late).points == 80
    change(standing, starts_at=NOW - 3 * DAY)
    assert row(late).points == 90
    extend(late, ines, student=late.student)
    assert row(late).points == 100
    assert "private" not in "".join(step.words for step in row(late).grade.trace)


def test_slip_days_are_spent_in_the_order_of_due_times(world):
    change(world.course, slip_days=2)
    slips = {"late_kind": LateKind.SLIP_DAYS.value, "late_percent": 10}
    change(world.assignment, due_at=NOW - 30 * HOUR, **slips)
    earlier = make_assignment(world.course, "m00", due_at=NOW - 40 * DAY, **slips)
    graded(make_attempt(world.student, world.assignment))
    graded(make_attempt(world.student, earlier, received_at=NOW - 39 * DAY))
    assert row(world, earlier).grade.sentence == "50 = 50 of attempt 1, 1 day late, 1 slip day spent"
    assert row(world).grade.sentence == "45 = 50 of attempt 1, 2 days late, 1 slip day spent, -10 %"


def test_an_override_stands_on_top_and_is_told_apart(late, ines):
    Override.objects.create(
        student=late.student, assignment=late.assignment, points=95, reason="typo", set_by=ines, set_at=NOW
    )
    assert (row(late).points, row(late).grade.is_overridden) == (95, True)
    assert row(late).grade.sentence.startswith("95 = set by Ines Moreau instead of 80 (")
    assert "typo" not in row(late).grade.sentence


def test_an_overridden_grade_spends_no_slip_days(late, ines):
    """What is set by hand depends on no lateness: the bank is kept for what is due later."""
    change(late.course, slip_days=2)
    change(late.assignment, late_kind=LateKind.SLIP_DAYS.value)
    later = make_assignment(late.course, "m02", due_at=NOW - 6 * HOUR, late_kind="slip_days", late_percent=10)
    graded(make_attempt(late.student, later), make_check(1, 5.0))
    assert (row(late).points, row(late, later).points) == (100, 90)
    Override.objects.create(
        student=late.student, assignment=late.assignment, points=95, reason="typo", set_by=ines, set_at=NOW
    )
    assert (row(late).points, row(late, later).points) == (95, 100)
    assert row(late).grade.penalty.slip_days == 0
    assert row(late).late_days == 2


def test_a_choice_counts_where_students_choose(late):
    first = late.student.attempts.get()
    graded(make_attempt(late.student, late.assignment, received_at=NOW + HOUR), make_check(1, 0.0))
    Choice.objects.create(student=late.student, assignment=late.assignment, attempt=first, chosen_at=NOW)
    assert row(late).judging.number == 2
    change(late.assignment, counting=CountingRule.CHOSEN)
    assert row(late).judging.attempt_id == first.pk


@pytest.mark.parametrize("counting", [CountingRule.LAST, CountingRule.CHOSEN])
def test_what_was_found_by_asking_is_newer_than_what_its_host_announces_as_older(world, counting):
    """It counts from the host's answer before, which is earlier than the time that is signed of the older one."""
    change(world.assignment, counting=counting)
    bound = {"bound_name": f"{OWNER}/m01-mira-okafor", "bound_login": "mira-okafor", "default_branch": "main"}
    place = {"course": world.course, "student": world.student, "host_id": 7, "full_name": bound["bound_name"]}
    repository = Repository.objects.create(**place, **bound)
    for points, received_at, found_at in ((5, NOW, NOW + HOUR), (1, NOW + HOUR / 2, None)):
        push = Push.objects.create(
            delivery_id=f"d-{points}",
            repository=repository,
            ref="refs/heads/main",
            commit_id=str(points) * 40,
            received_at=received_at,
            found_at=found_at,
            next_try_at=NOW,
            state=PushState.ATTEMPTED,
        )
        attempt = make_attempt(world.student, world.assignment, push=push, received_at=received_at)
        graded(attempt, make_check(1, points, max_points=5))
    assert row(world).grade.counted.points == world.assignment.points


def test_other_rules_can_be_tried_without_storing_them(late):
    tried = Rules(LatePolicy(LateKind.PER_DAY, Decimal(50)), CountingRule.LAST)
    assert row(late, instead={late.assignment.pk: tried}).points == 0
    assert row(late).points == 80


def test_around_an_assignment_are_those_that_spend_slip_days_with_it_and_their_grades_are_the_same(late):
    change(late.course, slip_days=3)
    slips = {"late_kind": LateKind.SLIP_DAYS.value, "late_percent": 10}
    first, second = (
        make_assignment(late.course, slug, due_at=NOW + weeks * 7 * DAY, **slips)
        for slug, weeks in (("m07", 1), ("m08", 2))
    )
    for assignment in (first, second):
        attempt = make_attempt(late.student, assignment, received_at=assignment.due_at + 2 * DAY)
        graded(attempt, make_check(1, 5.0))
    everything = {one.assignment: one.points for one in grade_rows(late.course)}
    assert everything == {late.assignment: 80, first: 100, second: 90}
    for one, moved in ((late.assignment, {late.assignment}), (first, {first, second}), (second, {first, second})):
        around = {row.assignment: row.points for row in grade_rows(late.course, around=one)}
        assert around == {each: everything[each] for each in moved}


@pytest.mark.medium
def test_grades_need_a_constant_number_of_queries(late, ines, django_assert_num_queries):
    extend(late, ines, group=group_of(late))
    for number in range(6):
        student = make_enrollment(late.course, f"s{number}")
        extend(late, ines, student=student)
        Override.objects.create(
            student=student, assignment=late.assignment, points=1, reason="x", set_by=ines, set_at=NOW
        )
        graded(make_attempt(student, late.assignment))
    with django_assert_num_queries(12):
        assert len(list(grade_rows(late.course))) == 7


def test_whoever_joins_or_leaves_between_the_queries_moves_nobodys_grade():
    """Streams are in one order but for those who are in one of them alone: each student still finds their own."""
    stream = InStep(iter([(1, "a"), (9, "joined"), (2, "b"), (3, "c")]))
    assert [stream.of(pk) for pk in (1, 2, 7, 3, 9)] == ["a", "b", None, "c", "joined"]


def test_sqlite_finds_the_runs_of_an_attempt_by_the_attempt(world):
    """By their state it would look through all graded runs of the installation for every attempt."""
    with CaptureQueriesContext(connection) as queries:
        list(grade_rows(world.course))
    (lines,) = (each["sql"] for each in queries.captured_queries if "submissions_run" in each["sql"])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plan = [row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {lines}").fetchall()]
        assert [step for step in plan if "graded" in step] == [
            "SEARCH graded USING INDEX runs_of_an_attempt (attempt_id=? AND state=?) LEFT-JOIN"
        ]
