"""Repositories are a course's own: an administrator gives them, and no other course claims them, by pattern or by push."""

import pytest
from django.db import connection

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import OtherCourse
from course_admin.courses.changes import save_row
from course_admin.courses.models import Course, Role
from course_admin.courses.models.course import CLAIMS, CourseQuerySet
from course_admin.policy import Refused
from course_admin.submissions.intake.ownership.owner import fitting
from tests.factories import NOW, OWNER, make_assignment, make_course, make_enrollment, make_user


@pytest.fixture
def given(world):
    """The course's repositories are given to it."""
    world.course.repository_prefix = f"{OWNER}/"
    world.course.save()
    return world


def save(row, actor):
    return save_row(row=row, actor=actor, at=NOW, reason="agreed")


@pytest.mark.parametrize("prefix", [f"{OWNER}/", f"{OWNER.upper()}/", f"{OWNER}/m01-"])
def test_no_course_is_given_what_another_has(given, prefix):
    other = make_course("other")
    other.repository_prefix = prefix
    with pytest.raises(OtherCourse, match="TinyTorch has the repositories"):
        save(other, make_user(is_superuser=True))


def test_only_an_administrator_gives_repositories(world):
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    world.course.repository_prefix = f"{OWNER}/"
    with pytest.raises(Refused, match="Only an administrator may"):
        save(world.course, ines)
    save(world.course, make_user(is_superuser=True))
    assert Course.objects.get(pk=world.course.pk).repository_prefix == f"{OWNER}/"


@pytest.mark.parametrize("is_superuser", [True, False])
def test_no_assignment_claims_another_course_s_repositories(given, is_superuser):
    other = make_course("other")
    actor = make_enrollment(other, "eve", Role.INSTRUCTOR).account
    actor.is_superuser = is_superuser
    assignment = make_assignment(other, "m02", repository_pattern="elsewhere/m02-{login}")
    assignment.repository_pattern = f"{OWNER}/m01-{{login}}"
    with pytest.raises(OtherCourse, match="are of the course TinyTorch"):
        save(assignment, actor)


def test_a_leader_names_repositories_that_their_course_was_given_and_no_others(given):
    ines = make_enrollment(given.course, "ines", Role.INSTRUCTOR).account
    given.assignment.repository_pattern = f"{OWNER}/week1-{{login}}"
    assert save(given.assignment, ines)
    given.assignment.repository_pattern = "somebody-else/week1-{login}"
    with pytest.raises(OtherCourse, match="begin with"):
        save(given.assignment, ines)


@pytest.mark.parametrize(
    "theirs",
    [
        {"repository_pattern": "{}"},
        {"repository_pattern": "", "is_draft": True, "opens_when_checked": True, "pattern_when_open": "{}"},
    ],
)
def test_where_none_were_given_a_leader_claims_no_owner_whom_another_course_uses_or_will_use(world, theirs):
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    told = {name: "their-class/m02-{login}" if value == "{}" else value for name, value in theirs.items()}
    make_assignment(make_course("other"), "m02", **told)
    world.assignment.repository_pattern = "Their-Class/week1-{login}"
    with pytest.raises(Refused, match="Only an administrator may"):
        save(world.assignment, ines)
    world.assignment.repository_pattern = "our-class/week1-{login}"
    assert save(world.assignment, ines)


def test_a_push_finds_the_course_that_owns_its_repository_whatever_others_patterns_say(given):
    other = make_course("other")
    make_assignment(other, "longer", repository_pattern=f"{OWNER}/m01-mira-{{login}}")  # past every service
    assert [each.course for each, _ in fitting(f"{OWNER}/m01-mira-okafor")] == [given.course]


def test_a_course_that_was_given_repositories_takes_no_others(given):
    make_assignment(given.course, "m09", repository_pattern="elsewhere/m09-{login}")
    assert list(fitting("elsewhere/m09-mira-okafor")) == []


@pytest.mark.rows
def test_of_two_courses_that_claim_an_owner_at_the_same_moment_the_second_sees_the_first(world, monkeypatch):
    """Who claims waits for whoever claims just now, and looks afterwards."""
    other = make_course("other")
    eve = make_enrollment(other, "eve", Role.INSTRUCTOR).account
    Assignment.objects.update(is_draft=True, repository_pattern="")
    late = make_assignment(other, "m02", repository_pattern="", takes_uploads=True)
    hold = CourseQuerySet.hold_claims

    def hold_after_the_other(courses: CourseQuerySet) -> None:
        hold(courses)
        Assignment.objects.filter(pk=world.assignment.pk).update(
            is_draft=False, repository_pattern=f"{OWNER}/m01-{{login}}"
        )

    monkeypatch.setattr(CourseQuerySet, "hold_claims", hold_after_the_other)
    late.repository_pattern = f"{OWNER}/m02-{{login}}"
    with pytest.raises(Refused, match="Only an administrator"):
        save(late, eve)


@pytest.mark.rows
def test_a_claim_is_held_until_its_transaction_is_over(world):
    """SQLite's writers are alone; on PostgreSQL it is a lock that a second connection does not get."""
    Course.objects.hold_claims()
    if connection.vendor == "postgresql":
        with connection.copy().cursor() as second:
            second.execute("SELECT pg_try_advisory_xact_lock(%s)", [CLAIMS])
            assert second.fetchone() == (False,)
            second.connection.close()
