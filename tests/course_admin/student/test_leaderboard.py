"""Leaderboards: the best value of each, equal places, pseudonyms for everybody, and names for who may open them."""

import pytest

from course_admin.courses.models import Role
from course_admin.policy import Action, may
from course_admin.student.leaderboard import leaderboards_of
from course_admin.student.pseudonyms import pseudonym
from course_admin.submissions.models.run import RunReason
from course_admin.submissions.queue.record import record
from grader.result import Leaderboard
from tests.factories import NOW, lease, make_assignment, make_attempt, make_enrollment, make_result, make_run


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW)


def reached(student, assignment, *columns, **fields):
    """Hand in, and have a run recorded that reached some values."""
    run = make_run(make_attempt(student, assignment, **fields))
    token = lease(run)
    document = make_result(leaderboard=tuple(Leaderboard(*column) for column in columns)).to_json()
    assert record(run=run.public_id, token=token, document=document, at=NOW)


def lines(board):
    return [(entry.place, sorted(person.name for person in entry.people), entry.value) for entry in board.entries]


@pytest.mark.slow
def test_the_best_of_each_counts_and_equal_values_share_a_place(world):
    others = [make_enrollment(world.course, f"other-{number}", name=f"Other {number}") for number in range(3)]
    gone = make_enrollment(world.course, "gone", is_active=False)
    for value in (9.0, 7.5, 8.0):
        reached(world.student, world.assignment, ("time", value, "asc"), ("score", value, "desc"))
    reached(others[0], world.assignment, ("time", 7.5, "asc"))
    reached(others[1], world.assignment, ("time", 3.0, "asc"), partners=[others[2]])
    reached(gone, world.assignment, ("time", 0.1, "asc"))
    reached(others[0], make_assignment(world.course, "m02"), ("time", 0.1, "asc"))
    score, time = leaderboards_of(world.assignment)
    assert [score.name, score.is_ascending, lines(score)] == ["score", False, [(1, [world.student.name], 9.0)]]
    assert (time.name, time.is_ascending) == ("time", True)
    assert lines(time)[0] == (1, ["Other 1", "Other 2"], 3.0)
    assert sorted(lines(time)[1:]) == sorted([(2, ["Other 0"], 7.5), (2, [world.student.name], 7.5)])


def test_a_regrade_without_a_value_takes_the_old_one_away(world):
    reached(world.student, world.assignment, ("time", 2.0, "asc"))
    attempt = world.student.attempts.get()
    run = make_run(attempt, reason=RunReason.ASKED_FOR)
    token = lease(run)
    assert record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW)
    assert leaderboards_of(world.assignment) == []


def test_a_pseudonym_stays_and_differs_by_person_assignment_and_key(settings):
    one = pseudonym(1, [5, 6])
    assert one == pseudonym(1, [6, 5])
    settings.SECRET_KEY = "another"
    assert len({one, pseudonym(1, [5, 6]), pseudonym(1, [5]), pseudonym(1, [7]), pseudonym(2, [5])}) == 5


def test_a_class_rarely_has_two_of_one_name():
    assert len({pseudonym(1, [key]) for key in range(300)}) > 295


@pytest.mark.medium
@pytest.mark.parametrize(("role", "sees_names"), [(Role.STUDENT, False), (Role.TA, False), (Role.INSTRUCTOR, True)])
def test_only_who_leads_opens_names_and_nobody_reads_them_unasked(client, world, role, sees_names):
    mate = make_enrollment(world.course, "quick-mate", name="Ada Quick")
    viewer = world.student if role == Role.STUDENT else make_enrollment(world.course, "staff", role)
    reached(mate, world.assignment, ("microseconds", 12.5, "asc"))
    assert may(viewer.account, Action.OPEN_LEADERS_NAMES, world.course) == sees_names
    client.force_login(viewer.account)
    where = f"/courses/{world.course.slug}/assignments/{world.assignment.slug}/"
    assert f"{where}leaderboard/" in client.get(where).content.decode()
    plain, asked = (client.get(f"{where}leaderboard/{query}").content.decode() for query in ("", "?names=1"))
    assert "12.5" in plain
    assert pseudonym(world.assignment.pk, [mate.pk]) in plain
    assert "Ada Quick" not in plain
    assert ("Ada Quick" in asked) == sees_names
    assert ("Open the names" in plain) == sees_names


def test_one_finds_oneself_and_an_empty_page_says_so(client, world):
    client.force_login(world.student.account)
    address = f"/courses/{world.course.slug}/assignments/{world.assignment.slug}/leaderboard/"
    assert "Nobody has reached a value yet." in client.get(address).content.decode()
    reached(world.student, world.assignment, ("time", 2.0, "asc"))
    assert ">you<" in client.get(address).content.decode()
