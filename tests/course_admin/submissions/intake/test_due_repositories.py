"""Which repositories' hosts are asked, and in which order: `course_admin/submissions/intake/due_repositories.py`."""

from datetime import UTC, datetime

import pytest

from course_admin.assignments.models import SectionDueTime
from course_admin.courses.models import Enrollment, Section
from course_admin.submissions.intake.due_repositories import due_repositories
from course_admin.submissions.models import Repository
from tests.course_admin.submissions.intake.test_polling import DAY, HOUR, MINUTE, bind, extend, poll, set_times, told
from tests.factories import COMMIT, NOW, OWNER, make_assignment, make_enrollment


def names(at: datetime = NOW, at_once: int = 50) -> list[str]:
    return [
        each.full_name.partition("-m01-")[0].rpartition("/m01-")[2] for each in due_repositories(at_once=at_once, at=at)
    ]


@pytest.mark.parametrize(
    ("times", "is_asked"),
    [
        ({}, True),
        ({"releases_at": NOW + MINUTE}, False),
        ({"releases_at": NOW}, True),
        ({"due_at": NOW - 28 * DAY}, True),
        ({"due_at": NOW - 28 * DAY - MINUTE}, False),
        ({"due_at": NOW - 90 * DAY, "closes_at": NOW}, True),
        ({"closes_at": NOW - 59 * MINUTE}, True),
        ({"closes_at": NOW - 61 * MINUTE}, False),
        ({"is_draft": True, "repository_pattern": ""}, False),
        ({"repository_pattern": "others/m01-{login}"}, False),
    ],
)
def test_only_what_can_still_bring_something_is_asked(world, times, is_asked):
    bind(world, "mira-okafor")
    set_times(world, **times)
    assert bool(names()) is is_asked


@pytest.mark.parametrize("field", ["due_at", "closes_at"])
@pytest.mark.parametrize("far", [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)])
def test_a_time_that_nobody_will_see_stops_no_question(world, field, far):
    bind(world, "mira-okafor")
    set_times(world, **{field: far})
    assert names() == names(NOW + DAY) != []


def test_who_left_the_course_is_not_asked(world):
    bind(world, "mira-okafor")
    Enrollment.objects.update(is_active=False)
    assert names() == []


def test_a_close_of_a_section_or_a_person_is_their_own(world):
    bind(world, "mira-okafor", "jon", "ada")
    section = Section.objects.create(course=world.course, name="Tuesday")
    Enrollment.objects.filter(github_login="jon").update(section=section)
    set_times(world, due_at=NOW - 3 * HOUR, closes_at=NOW - 2 * HOUR)
    Repository.objects.update(asked_at=NOW)
    assert names() == []
    extend(world, Enrollment.objects.get(github_login="ada"))
    assert names() == ["ada"]
    SectionDueTime.objects.create(assignment=world.assignment, section=section, due_at=NOW, closes_at=NOW)
    assert names() == ["jon", "ada"]


def test_four_weeks_after_a_due_time_are_those_of_a_section_or_a_person(world):
    bind(world, "mira-okafor", "jon", "ada")
    section = Section.objects.create(course=world.course, name="Tuesday")
    Enrollment.objects.filter(github_login="jon").update(section=section)
    set_times(world, due_at=NOW - 29 * DAY)
    SectionDueTime.objects.create(assignment=world.assignment, section=section, due_at=NOW - 20 * DAY)
    extend(world, Enrollment.objects.get(github_login="ada"), days=7)
    assert names() == ["jon", "ada"]
    assert names(NOW + 9 * DAY) == []


def test_a_repository_that_left_its_owner_or_lost_its_name_is_not_asked(world):
    """Whoever has the name now would be taken for the student."""
    bind(world, "mira-okafor", "jon")
    Repository.objects.filter(full_name__endswith="jon").update(full_name="elsewhere/m01-jon")
    assert names() == ["mira-okafor"]
    told("e" * 40, 99, "mira-okafor")
    assert [each.host_id for each in due_repositories(at_once=50, at=NOW)] == [1099]


def test_a_pattern_within_another_decides_as_for_announcements(world):
    make_assignment(world.course, "m01-extra", repository_pattern=f"{OWNER}/m01-extra-{{login}}")
    set_times(world, closes_at=NOW - DAY)
    make_enrollment(world.course, "bob")
    told(COMMIT, 7, "extra-bob")
    bind(world, "jon")
    assert [each.full_name for each in due_repositories(at_once=50, at=NOW)] == [f"{OWNER}/m01-extra-bob"]


def test_the_longest_not_asked_come_first_and_no_more_than_the_cap(world):
    bind(world, "ada", "bea", "cid", "dan")
    for login, minutes in (("ada", 5), ("bea", 15), ("dan", 10)):
        Repository.objects.filter(full_name__endswith=login).update(asked_at=NOW - minutes * MINUTE)
    assert names() == ["cid", "bea", "dan", "ada"]
    assert names(at_once=2) == ["cid", "bea"]


def test_whoever_is_in_doubt_comes_first_while_an_assignment_is_open(world):
    bind(world, "ada", "bea")
    Repository.objects.filter(full_name__endswith="bea").update(asked_at=NOW, is_in_doubt=True)
    assert names() == ["bea", "ada"]
    set_times(world, closes_at=NOW - DAY)
    assert names() == []


def test_all_are_asked_in_turn(world):
    bind(world, "ada", "bea", "cid")
    asked = []

    def answer(repository, branches):
        asked.append(repository.full_name[-3:])
        return {}

    for number in range(3):
        poll(NOW + number * MINUTE, answer, at_once=2)
    assert asked == ["ada", "bea", "cid", "ada", "bea", "ada"]
    poll(NOW + 3 * MINUTE, answer, at_once=50)
    assert asked[6:] == ["cid", "ada", "bea"]


def test_what_came_due_since_it_was_asked_comes_before_all_others(world):
    ada, bea, cid, dan = bind(world, "ada", "bea", "cid", "dan")
    make_assignment(world.course, "m02", repository_pattern=f"{OWNER}/m02-{{login}}")
    told(COMMIT, 50, "ada", full_name=f"{OWNER}/m02-ada")
    set_times(world, due_at=NOW - HOUR)
    Repository.objects.update(asked_at=NOW - DAY)
    for repository, asked_at in ((ada, NOW - MINUTE), (bea, NOW - 2 * HOUR), (cid, NOW - 3 * HOUR)):
        Repository.objects.filter(pk=repository.pk).update(asked_at=asked_at)
    extend(world, dan.student)
    order = [each.full_name.partition("/")[2] for each in due_repositories(at_once=50, at=NOW)]
    assert order == ["m01-cid", "m01-bea", "m01-dan", "m02-ada", "m01-ada"]
    order = [each.full_name.partition("/")[2] for each in due_repositories(at_once=50, at=NOW + DAY - HOUR)]
    assert order[0] == "m01-dan"  # now it is their own due time, and the others' is no longer recent


def test_the_due_time_of_a_section_is_the_one_of_its_students(world):
    *_, cid = bind(world, "ada", "bea", "cid")
    section = Section.objects.create(course=world.course, name="Tuesday")
    Enrollment.objects.filter(pk=cid.student_id).update(section=section)
    set_times(world, due_at=NOW + HOUR)
    SectionDueTime.objects.create(assignment=world.assignment, section=section, due_at=NOW - MINUTE)
    Repository.objects.update(asked_at=NOW - HOUR)
    assert names() == ["cid", "ada", "bea"]


@pytest.mark.slow
def test_choosing_takes_as_many_queries_for_many_as_for_few(world, django_assert_max_num_queries):
    set_times(world, due_at=NOW - HOUR)
    bind(world, "ada", "bea")
    with django_assert_max_num_queries(20) as few:
        assert len(names()) == 2
    bind(world, *(f"s{number}" for number in range(20)))
    with django_assert_max_num_queries(len(few)):
        assert len(names()) == 22
