"""One due time for a student wherever it matters: grades, the late mark of a report, the release of withheld checks."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from course_admin.assignments.deadlines import DeadlineBook, deadlines_of
from course_admin.assignments.late import lateness
from course_admin.assignments.models import Extension, SectionDueTime
from course_admin.courses.models import Accommodation, Group, GroupMembership, Section
from course_admin.gradebook.grading.grades import rows_of
from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.report import report
from course_admin.submissions.reports.visibility import why_withheld
from tests.factories import NOW, graded, make_attempt, make_enrollment, make_user

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def give_section(world) -> None:
    """A section whose own due time is a day later."""
    section = Section.objects.create(course=world.course, name="Tuesday")
    world.student.section = section
    world.student.save()
    SectionDueTime.objects.create(assignment=world.assignment, section=section, due_at=world.assignment.due_at + DAY)


def by() -> dict:
    return {"reason": "flu", "granted_by": make_user(), "granted_at": NOW}


def give_extension(world) -> None:
    Extension.objects.create(assignment=world.assignment, student=world.student, days=1, **by())


def give_extension_until(world) -> None:
    given = {"assignment": world.assignment, "due_at": world.assignment.due_at + DAY, **by()}
    Extension.objects.create(student=world.student, **given)


def give_group_extension(world) -> None:
    group = Group.objects.create(course=world.course, name="Blue")
    GroupMembership.objects.create(group=group, student=world.student)
    Extension.objects.create(assignment=world.assignment, group=group, days=1, **by())


def give_accommodation(world) -> None:
    Accommodation.objects.create(student=world.student, extra_days=1, starts_at=NOW - 30 * DAY, **by())


def give_grace(world) -> None:
    world.assignment.late_grace_minutes = 24 * 60
    world.assignment.save()


GIFTS = [give_section, give_extension, give_extension_until, give_group_extension, give_accommodation, give_grace]


@pytest.fixture
def due(world):
    """A world whose assignment was due half a day ago."""
    world.assignment.due_at = NOW - DAY / 2
    world.assignment.save()
    return world


def seen(world, received_at: datetime) -> tuple[bool, bool, bool]:
    """Return whether an attempt is late by its report and by its grade, and whether its checks are released then."""
    attempt = make_attempt(world.student, world.assignment, received_at=received_at)
    graded(attempt)
    attempt = Attempt.objects.with_names().get(pk=attempt.pk)
    (row,) = rows_of(world.student)
    shown = report(attempt=attempt, user=world.student.account, at=received_at)
    return shown.is_late, bool(row.late_days), not why_withheld("after_due_date", attempt, received_at)


def test_without_a_gift_all_three_follow_the_assignment(due):
    assert seen(due, NOW) == (True, True, True)


@pytest.mark.medium
@pytest.mark.parametrize("give", GIFTS)
def test_a_later_due_time_of_ones_own_moves_all_three(due, give):
    give(due)
    assert seen(due, NOW) == (False, False, False)
    assert seen(due, NOW + DAY / 2 + MINUTE) == (True, True, True)


def test_an_assignment_without_a_due_time_is_never_late_and_never_releases(world):
    give_extension(world)
    assert seen(world, NOW) == (False, False, False)


@pytest.mark.parametrize("give", GIFTS)
def test_one_students_terms_are_those_of_the_courses_book(due, give, django_assert_num_queries):
    give(due)
    jon = make_enrollment(due.course, "jon")
    book = DeadlineBook(due.course)
    for student in (due.student, jon):
        with django_assert_num_queries(5):
            alone = deadlines_of(student, due.assignment)
        assert alone == book.terms(student, due.assignment)
    assert book.terms(jon, due.assignment).extra_days == 0


@pytest.mark.parametrize(
    ("sections", "due", "closes"),
    [
        (("LEC",), 0, None),  # without times of its own: the assignment's
        (("LEC", "early"), -1, None),
        (("early", "LEC"), -1, None),
        (("early", "late"), 2, None),
        (("late", "early", "LEC"), 2, None),
        (("closing",), 1, 3),
        (("closing", "early"), 1, None),  # one of the two never closes
        (("closing", "closing later"), 1, 4),
    ],
)
def test_of_several_sections_the_later_time_is_the_students(world, sections, due, closes):
    at = world.assignment.due_at = NOW
    world.assignment.save()
    times = {"early": (-1, None), "late": (2, None), "closing": (1, 3), "closing later": (0, 4)}
    for name in ("LEC", *times):
        section = Section.objects.create(course=world.course, name=name)
        if name in times:
            own, end = times[name]
            closes_at = None if end is None else at + end * DAY
            given = {"due_at": at + own * DAY, "closes_at": closes_at}
            SectionDueTime.objects.create(assignment=world.assignment, section=section, **given)
    first, *others = (Section.objects.get(name=name) for name in sections)
    world.student.section = first
    world.student.save()
    world.student.other_sections.set(others)
    terms = deadlines_of(world.student, world.assignment)
    assert terms.due_at == at + due * DAY
    assert terms.closes_at == (None if closes is None else at + closes * DAY)
    assert DeadlineBook(world.course).terms(world.student, world.assignment) == terms


def test_an_extension_until_a_time_holds_beside_days_and_shortens_nothing(due):
    group = Group.objects.create(course=due.course, name="Blue")
    GroupMembership.objects.create(group=group, student=due.student)
    due.assignment.closes_at = due.assignment.due_at + 3 * DAY
    due.assignment.save()
    own = Extension.objects.create(assignment=due.assignment, student=due.student, due_at=NOW + 5 * DAY, **by())
    Extension.objects.create(assignment=due.assignment, group=group, days=2, **by())
    terms = deadlines_of(due.student, due.assignment)
    assert (terms.extended_due_at, terms.extended_closes_at) == (NOW + 5 * DAY, NOW + 5 * DAY)
    used = lateness(NOW + 4 * DAY, terms)
    assert (used.is_late, used.extra_days_used) == (False, 5)
    Extension.objects.filter(pk=own.pk).update(due_at=NOW - 9 * DAY)
    terms = deadlines_of(due.student, due.assignment)
    assert terms.extended_due_at == due.assignment.due_at + 2 * DAY
    assert terms.extended_closes_at == due.assignment.closes_at + 2 * DAY


@pytest.mark.parametrize("given", [{}, {"days": 1, "due_at": NOW}])
def test_an_extension_is_of_days_or_until_a_time(due, given):
    with pytest.raises(ValidationError, match="days"):
        Extension(assignment=due.assignment, student=due.student, **given, **by()).full_clean()
