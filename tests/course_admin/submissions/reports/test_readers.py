"""A report is about its reader: the late mark, the notes and the links are those of whoever looks at it, or whom they teach."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.assignments.models import CountingRule, Extension
from course_admin.courses.models import Enrollment, Role, Section
from course_admin.gradebook.models import Choice
from course_admin.submissions.models import Attempt, Run
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.class_costs import class_costs
from course_admin.submissions.reports.prerequisites import MEND_FIRST
from course_admin.submissions.reports.report import NOT_GRADED, AttemptReport, report
from tests.course_admin.conftest import World
from tests.factories import (
    NOW,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_check,
    make_enrollment,
    make_result,
    make_run,
    make_user,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def jon(world: World) -> Enrollment:
    """Return the student's partner, of a section of his own."""
    section = Section.objects.create(course=world.course, name="Tuesday")
    return make_enrollment(world.course, "jon-weil", section=section)


@pytest.fixture
def shared(world: World, jon: Enrollment) -> Attempt:
    """Return an attempt of both, an hour late, not judged yet."""
    world.assignment.due_at = NOW - HOUR
    world.assignment.save()
    attempt = make_attempt(world.student, world.assignment, notes=["counts for both"], partners=[jon])
    return attempt


def seen_by(person: Enrollment, attempt: Attempt) -> AttemptReport:
    return report(attempt=Attempt.objects.get(pk=attempt.pk), user=person.account, at=NOW)


def test_each_sees_whether_it_is_late_for_them(world, jon, shared):
    given = {"reason": "flu", "granted_by": make_user(), "granted_at": NOW}
    Extension.objects.create(assignment=world.assignment, student=jon, days=1, **given)
    assert [seen_by(each, shared).is_late for each in (world.student, jon)] == [True, False]


def test_each_reads_what_they_themselves_should_mend_first(world, jon, shared):
    earlier = make_assignment(world.course, "m00", module=0, title="Readiness")
    world.assignment.needs.add(earlier)
    graded(make_attempt(world.student, earlier), make_check(1, 0.0, verdict="failed"))
    graded(make_attempt(jon, earlier), make_check())
    graded(shared, make_check(1, 0.0, verdict="failed"))
    first = MEND_FIRST.format(title="Readiness")
    assert [first in seen_by(each, shared).notes for each in (world.student, jon)] == [True, False]


def test_what_was_noted_when_it_came_stays_beside_what_its_run_notes(world, shared):
    token = lease(make_run(shared))
    run = Run.objects.get()
    from course_admin.submissions.queue.record import record

    result = make_result(make_check(), notes=("Left out: a picture.", "counts for both"))
    assert record(run=run.public_id, token=token, document=result.to_json(), at=NOW)
    assert seen_by(world.student, shared).notes == ["counts for both", "Left out: a picture."]


@pytest.mark.slow
def test_the_ta_of_a_partner_finds_the_partners_grade_and_run(client, world, jon, shared):
    ta = make_enrollment(world.course, "tess", Role.TA, section=jon.section)
    run = make_run(shared)
    client.force_login(ta.account)
    assert seen_by(ta, shared).whose == jon
    assert client.get(reverse("grade-trace", args=[jon.pk])).status_code == 200
    assert "Tensor, attempt 1" in client.get(reverse("queue", args=["tinytorch"])).content.decode()
    token = lease(run)
    dispatch.fault(run=run.public_id, token=token, sentence="the suite differs", can_retry=False, at=NOW)
    assert "the suite differs" in client.get(reverse("queue", args=["tinytorch"])).content.decode()


@pytest.mark.slow
def test_partners_are_no_others_in_the_picture_of_the_class(world, jon, shared):
    row = {"estimate": 2.0, "low": 2.0, "high": 2.0, "limit": 4.0, "pairs": 5, "standing": "within"}
    measured = make_check(1, budget={"cpu": row})
    graded(make_attempt(jon, world.assignment), measured)
    for number in range(4):
        graded(make_attempt(make_enrollment(world.course, f"other-{number}"), world.assignment), measured)
    run = graded(shared, measured)
    assert class_costs(run) == {}
    graded(make_attempt(make_enrollment(world.course, "a-fifth"), world.assignment), measured)
    assert class_costs(run) == {"test_values.py::test_1": {"cpu": [2.0] * 5}}


def test_where_the_limit_is_gone_no_number_is_named(world):
    assert seen_by(world.student, make_attempt(world.student, world.assignment)).sentence == NOT_GRADED


# --- choosing ---


@pytest.fixture
def free(world: World) -> World:
    """Return the world with an assignment where students choose."""
    world.assignment.counting = CountingRule.CHOSEN
    world.assignment.save()
    return world


def test_what_came_after_the_hard_close_is_not_chosen(client, free):
    free.assignment.closes_at = NOW - HOUR
    free.assignment.save()
    attempt = make_attempt(free.student, free.assignment)
    graded(attempt)
    client.force_login(free.student.account)
    answer = client.post(reverse("attempt-choose", args=[attempt.public_id]), follow=True)
    assert "arrived after the hard close" in answer.content.decode()
    assert not Choice.objects.exists()


def test_a_student_who_became_a_ta_chooses_nothing_any_more(client, free):
    attempt = make_attempt(free.student, free.assignment)
    graded(attempt)
    assert seen_by(free.student, attempt).may_choose
    Enrollment.objects.filter(pk=free.student.pk).update(role=Role.TA)
    assert not seen_by(free.student, attempt).may_choose
    client.force_login(free.student.account)
    assert client.post(reverse("attempt-choose", args=[attempt.public_id])).status_code == 404
