"""Repositories and attempts follow the roster when a login is corrected there, and nothing that is proven does."""

import pytest

from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent, Enrollment, Group, GroupMembership
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.submissions.intake.ownership.following import follow_roster
from course_admin.submissions.models import Attempt, Forge, Repository
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, OWNER, graded, make_attempt, make_check, make_enrollment

MIRAS, JONS = 11, 22


@pytest.fixture
def jon(world):
    return make_enrollment(world.course, "jon-weil")


def hand_in(
    login: str, number: int, sender_id: int | None = None, points: float = 5.0, forge: str = Forge.GITHUB
) -> Attempt:
    """Push to the repository that is named for a login, and have it graded."""
    push = announce(
        delivery_id=f"d-{login}-{number}-{points}",
        repository_id=1000 + number,
        full_name=f"{OWNER}/m01-{login}",
        sender_login=login,
        sender_id=sender_id,
        forge=forge,
    )
    assignment = Assignment.objects.get()
    attempt = make_attempt(push.repository.student, assignment, push=push)
    graded(attempt, make_check(points=points, max_points=10.0))
    return attempt


@pytest.mark.parametrize("forge", [Forge.GITEA, Forge.GITLAB])
@pytest.mark.parametrize("field", ["university_login", "github_login"])
def test_two_who_had_each_others_login_at_a_forge_get_their_attempts_back(world, jon, forge, field):
    """There the university's login is meant, where the roster has it."""
    logins = {world.student.pk: "mo4412", jon.pk: "jw1180"}
    for pk, login in logins.items():
        Enrollment.objects.filter(pk=pk).update(**{field: login})
    attempts = [hand_in(login, number, forge=forge) for number, login in enumerate(logins.values())]
    assert follow_roster(at=NOW) == 0
    Enrollment.objects.filter(pk=jon.pk).update(**{field: ""})
    Enrollment.objects.filter(pk=world.student.pk).update(**{field: "jw1180"})
    Enrollment.objects.filter(pk=jon.pk).update(**{field: "mo4412"})
    assert follow_roster(at=NOW) == 2
    assert [Attempt.objects.get(pk=each.pk).student for each in attempts] == [jon, world.student]
    assert follow_roster(at=NOW) == 0


def test_a_universitys_login_that_comes_later_goes_before_anothers_github_login(world, jon):
    attempt = hand_in("jon-weil", 1, forge=Forge.GITLAB)
    assert attempt.student == jon
    Enrollment.objects.filter(pk=world.student.pk).update(university_login="jon-weil")
    assert follow_roster(at=NOW) == 1
    assert Attempt.objects.get().student == world.student


def exchange(one: Enrollment, other: Enrollment) -> None:
    """Correct the roster: each gets the login that the other had."""
    names = one.github_login, other.github_login
    Enrollment.objects.filter(pk=one.pk).update(github_login="")
    Enrollment.objects.filter(pk=other.pk).update(github_login=names[0])
    Enrollment.objects.filter(pk=one.pk).update(github_login=names[1])


def points_of(course) -> dict[str, float]:
    return {row.student.name: float(row.points) for row in grade_rows(course) if row.points is not None}


def test_two_who_had_each_others_login_get_their_attempts_and_grades_back(world, jon):
    first, second = hand_in("mira-okafor", 1, points=9.0), hand_in("jon-weil", 2, points=3.0)
    assert points_of(world.course) == {"Mira Okafor": 90.0, "Jon Weil": 30.0}
    exchange(world.student, jon)
    assert follow_roster(at=NOW) == 2
    assert points_of(world.course) == {"Mira Okafor": 30.0, "Jon Weil": 90.0}
    assert [Attempt.objects.get(pk=each.pk).student for each in (first, second)] == [jon, world.student]
    assert follow_roster(at=NOW) == 0


def test_it_is_on_record(world, jon):
    attempt = hand_in("mira-okafor", 1)
    exchange(world.student, jon)
    follow_roster(at=NOW)
    event = AuditEvent.objects.get(subject__contains=attempt.public_id)
    assert (event.before, event.after) == ({"people": ["Mira Okafor"]}, {"people": ["Jon Weil"]})
    assert event.actor is None
    assert "roster" in event.reason


def test_a_login_that_one_had_by_mistake_takes_its_attempts_along(world, jon):
    Enrollment.objects.filter(pk=jon.pk).update(github_login="")
    attempt = hand_in("mira-okafor", 1)
    Enrollment.objects.filter(pk=world.student.pk).update(github_login="")
    Enrollment.objects.filter(pk=jon.pk).update(github_login="mira-okafor")
    assert follow_roster(at=NOW) == 1
    assert Attempt.objects.get(pk=attempt.pk).student == jon
    assert points_of(world.course) == {"Jon Weil": 50.0}


def test_three_logins_that_were_one_line_off_all_come_right(world, jon):
    kim = make_enrollment(world.course, "kim-lee")
    people = {"mira-okafor": jon, "jon-weil": kim, "kim-lee": world.student}
    attempts = {login: hand_in(login, number) for number, login in enumerate(people)}
    Enrollment.objects.update(github_login="")
    for login, person in people.items():
        Enrollment.objects.filter(pk=person.pk).update(github_login=login)
    assert follow_roster(at=NOW) == 3
    for login, person in people.items():
        assert Attempt.objects.get(pk=attempts[login].pk).student == person


def test_numbers_stay_one_each(world, jon):
    for points in (1.0, 2.0):
        hand_in("mira-okafor", 1, points=points)
    hand_in("jon-weil", 2)
    Enrollment.objects.filter(pk=world.student.pk).update(github_login="")
    Enrollment.objects.filter(pk=jon.pk).update(github_login="mira-okafor")
    Repository.objects.filter(bound_login="jon-weil").update(is_settled=True)
    assert follow_roster(at=NOW) == 1
    assert sorted(Attempt.objects.of(jon, world.assignment).values_list("number", flat=True)) == [1, 2, 3]


def test_who_renamed_their_account_keeps_what_is_theirs(world, jon):
    Enrollment.objects.filter(pk=world.student.pk).update(github_id=MIRAS)
    attempt = hand_in("mira-okafor", 1, sender_id=MIRAS)
    Enrollment.objects.filter(pk=world.student.pk).update(github_login="mira-new")
    Enrollment.objects.filter(pk=jon.pk).update(github_login="mira-okafor", github_id=JONS)
    assert follow_roster(at=NOW) == 0
    assert Attempt.objects.get(pk=attempt.pk).student == world.student
    assert Repository.objects.get().is_settled


def test_a_rename_that_nobody_else_follows_changes_nothing(world):
    attempt = hand_in("mira-okafor", 1)
    Enrollment.objects.update(github_login="mira-new")
    assert follow_roster(at=NOW) == 0
    assert Attempt.objects.get(pk=attempt.pk).student == world.student


def test_what_was_made_here_for_somebody_stays_theirs(world, jon):
    attempt = hand_in("mira-okafor", 1)
    Repository.objects.update(is_settled=True)
    exchange(world.student, jon)
    assert follow_roster(at=NOW) == 0
    assert Attempt.objects.get(pk=attempt.pk).student == world.student


def test_it_counts_for_the_group_of_whose_it_is(world, jon):
    type(world.assignment).objects.update(group_size=2)
    kim = make_enrollment(world.course, "kim-lee")
    group = Group.objects.create(course=world.course, name="A", hands_in_together=True)
    for member in (jon, kim):
        GroupMembership.objects.create(group=group, student=member)
    attempt = hand_in("mira-okafor", 1)
    exchange(world.student, jon)
    follow_roster(at=NOW)
    assert Attempt.objects.get(pk=attempt.pk).people == [jon, kim]
