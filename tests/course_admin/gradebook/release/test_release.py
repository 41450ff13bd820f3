"""Held grades: no way out shows a student or a learning platform any of them; published, all do; who may, and the log."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import AuditEvent, Role
from course_admin.gradebook.exports.export import CannotExport, Wanted
from course_admin.gradebook.exports.registry import FORMATS, prepare
from course_admin.gradebook.models import Override
from course_admin.gradebook.release.seen import rows_for_student
from course_admin.gradebook.release.services import NotToRelease, hold_grades, publish_grades
from course_admin.integrations.outbox.delivery.collect import collect
from course_admin.integrations.outbox.ledger import ledger
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.policy import Refused
from tests.factories import NOW, graded, make_assignment, make_attempt, make_check, make_enrollment, make_user

GRADE = "73.25"
DAY = timedelta(days=1)


@pytest.fixture
def boss(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def held(world, boss):
    """Return the world: attempt 1 has 40 of 100, the grade was set to 73.25 by hand, and it is held."""
    graded(make_attempt(world.student, world.assignment), make_check(1, 2.0))
    Override.objects.create(
        student=world.student,
        assignment=world.assignment,
        points=Decimal(GRADE),
        reason="x",
        set_by=make_user(),
        set_at=NOW,
    )
    make_assignment(world.course, "m02", title="Activations").needs.add(world.assignment)
    hold_grades(assignment=world.assignment, actor=boss, at=timezone.now(), reason="not yet")
    return world


def pages_of(world) -> list[str]:
    slug, attempt = world.course.slug, world.assignment.attempts.get()
    return [
        reverse("home"),
        reverse("course-home", args=[slug]),
        reverse("assignments", args=[slug]),
        reverse("assignment", args=[slug, "m01"]),
        reverse("assignment", args=[slug, "m02"]),
        reverse("attempt", args=[attempt.public_id]),
        reverse("attempt-live", args=[attempt.public_id]),
        reverse("attempt-state", args=[attempt.public_id]),
        reverse("attempt-receipt", args=[attempt.public_id]),
        reverse("compare", args=[attempt.public_id, attempt.public_id]),
        reverse("grade-trace", args=[world.student.pk]),
    ]


@pytest.mark.slow
def test_no_page_of_a_student_shows_a_held_grade_and_its_report_stays(held, client):
    client.force_login(held.student.account)
    for url in pages_of(held):
        text = client.get(url).content.decode()
        assert GRADE not in text, url
        assert "set by hand" not in text, url
        assert ">counts<" not in text, url
    report = client.get(pages_of(held)[5]).content.decode()
    assert "2 of 5 points" in report
    assert "<b>held</b>" in report
    assert "held until your course staff publish them" in client.get(pages_of(held)[-1]).content.decode()


@pytest.mark.slow
def test_published_it_shows(held, client, boss):
    publish_grades(
        assignment=held.assignment, publishes_at=timezone.now() + DAY, actor=boss, at=timezone.now(), reason=""
    )
    client.force_login(held.student.account)
    waiting = client.get(pages_of(held)[-1]).content.decode()
    assert GRADE not in waiting
    assert "held until" in waiting
    publish_grades(
        assignment=held.assignment, publishes_at=timezone.now() + DAY / 2, actor=boss, at=timezone.now(), reason=""
    )
    now = timezone.now()
    publish_grades(assignment=held.assignment, publishes_at=now, actor=boss, at=now, reason="")
    for place in (1, 2, 3, 5, -1):
        assert GRADE in client.get(pages_of(held)[place]).content.decode(), place
    with pytest.raises(NotToRelease, match="published already"):
        publish_grades(assignment=held.assignment, publishes_at=now + DAY, actor=boss, at=now + DAY, reason="")


def test_it_is_published_at_its_moment_and_not_before(held, boss):
    at = timezone.now()
    publish_grades(assignment=held.assignment, publishes_at=at + DAY, actor=boss, at=at, reason="")
    held.student.refresh_from_db()
    before, then = (rows_for_student(held.student, at + DAY + step) for step in (-timedelta(seconds=1), timedelta()))
    assert [(row.points, row.is_held) for row in before if row.assignment == held.assignment] == [(None, True)]
    assert [row.points for row in then if row.assignment == held.assignment] == [Decimal(GRADE)]


def test_staff_see_it_marked_as_held(held, client, boss):
    client.force_login(boss)
    for url in (reverse("grade-trace", args=[held.student.pk]), reverse("gradebook", args=[held.course.slug])):
        text = client.get(url).content.decode()
        assert GRADE in text
        assert "held</span>" in text


def test_no_learning_platform_gets_it(world, link, canvas, boss):
    hold_grades(assignment=world.assignment, actor=boss, at=NOW, reason="")
    assert collect(link=link, assignments=[world.assignment.pk], at=NOW) == 0
    assert not GradeDelivery.objects.exists()
    publish_grades(assignment=world.assignment, publishes_at=NOW + DAY, actor=boss, at=NOW, reason="")
    assert collect(link=link, assignments=[world.assignment.pk], at=NOW) == 0
    assert collect(link=link, assignments=[world.assignment.pk], at=NOW + DAY) == 1
    hold_grades(assignment=world.assignment, actor=boss, at=NOW + DAY, reason="")
    collect(link=link, assignments=[world.assignment.pk], at=NOW + DAY)
    assert not GradeDelivery.objects.exists()  # what waited is dropped


def test_the_ledger_takes_it_for_no_grade(world, link, canvas, boss):
    from course_admin.integrations.canvas.lms import Canvas

    hold_grades(assignment=world.assignment, actor=boss, at=NOW, reason="")
    with Canvas(link) as lms:
        lines = list(ledger(link=link, lms=lms, at=NOW).lines)
    assert [line.here for line in lines] == [None]


def exported(world, name: str, **fields):
    wanted = Wanted(world.course, None, list(world.course.assignments.all()), timezone.now(), **fields)
    return prepare(FORMATS[name], wanted)


def test_files_for_other_systems_leave_it_out_and_say_so(held, boss):
    other = held.course.assignments.get(slug="m02")
    by = {"reason": "x", "set_by": boss, "set_at": NOW}
    Override.objects.create(student=held.student, assignment=other, points=Decimal("4.5"), **by)
    made = exported(held, "moodle")
    assert made.gaps[-1] == "Grades that are held are left out: m01."
    data = b"".join(made.pieces).decode()
    assert GRADE not in data
    assert ",4.5," in data
    only = Wanted(held.course, None, [held.assignment], timezone.now())
    with pytest.raises(CannotExport, match="The grades of m01 are held: publish them first"):
        prepare(FORMATS["moodle"], only)


def test_the_tables_of_staff_hold_it_with_a_word(held):
    for name in ("wide", "long"):
        made = exported(held, name)
        assert made.remarks == ("Grades that are held are in it, keep it among staff: m01.",)
        assert GRADE in b"".join(made.pieces).decode()


def test_every_step_is_in_the_audit_log(held, boss):
    now = timezone.now()
    publish_grades(assignment=held.assignment, publishes_at=now, actor=boss, at=now, reason="all done")
    last, first = AuditEvent.objects.filter(subject="Tensor")[:2]
    assert (first.before["holds_grades"], first.after["holds_grades"], first.reason) == (False, True, "not yet")
    assert (last.before["results_published_at"], last.reason, last.actor) == (None, "all done", boss)


def test_nobody_else_may(world):
    ta = make_enrollment(world.course, "tom", Role.TA).account
    for actor in (ta, world.student.account):
        with pytest.raises(Refused):
            hold_grades(assignment=world.assignment, actor=actor, at=NOW, reason="")
        with pytest.raises(Refused):
            publish_grades(assignment=world.assignment, publishes_at=NOW, actor=actor, at=NOW, reason="")


@pytest.mark.medium
def test_the_page_holds_and_publishes(world, client, boss):
    client.force_login(boss)
    url = reverse("release", args=[world.course.slug, world.assignment.slug])
    assert "never held" in client.get(url).content.decode()
    assert "The grades are held" in client.post(url, {"hold": "", "why": "soon"}, follow=True).content.decode()
    assert "Say when, or publish now." in client.post(url, {"publish_later": ""}).content.decode()
    past = client.post(url, {"publish_later": "", "publishes_at": "2020-01-01T10:00"}).content.decode()
    assert "That moment has passed" in past
    assert "year, month, day" in client.post(url, {"publish_later": "", "publishes_at": "12/05/2030"}).content.decode()
    client.post(url, {"publish_later": "", "publishes_at": "2030-01-01T10:00"})
    world.assignment.refresh_from_db()
    assert world.assignment.results_published_at.astimezone(world.course.zone).hour == 10
    client.post(url, {"publish": ""})
    world.assignment.refresh_from_db()
    assert world.assignment.are_grades_out(timezone.now())
