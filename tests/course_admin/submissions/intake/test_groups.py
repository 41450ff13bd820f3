"""Assignments for groups: one push counts for everybody who was in the group then, and is seen by all of them."""

import itertools
import threading
import time
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from course_admin.assignments.models import CountingRule, Extension
from course_admin.back_office.dashboard import next_deadlines, problems
from course_admin.courses.models import Enrollment, Group, GroupMembership, Role, Section
from course_admin.gradebook.grading.grades import grade_rows, rows_of
from course_admin.gradebook.models import Choice
from course_admin.policy import Action, allowed, may
from course_admin.submissions.intake import attempts
from course_admin.submissions.intake.groups import NO_GROUP, SEVERAL, team_of
from course_admin.submissions.intake.ingest import Found, ingest, receive
from course_admin.submissions.models import Attempt, RunState
from grader.transport.archives import FolderArchives
from tests.course_admin.conftest import World
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce, tree
from tests.factories import (
    NOW,
    OWNER,
    SEED,
    graded,
    make_assignment,
    make_attempt,
    make_check,
    make_course,
    make_enrollment,
    make_user,
)

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Pair(World):
    """A small course with a group of two."""

    partner: Enrollment
    group: Group


@pytest.fixture
def pair(world):
    """The world's student, and Jon, who hands in with them an assignment for up to two."""
    world.assignment.group_size = 2
    world.assignment.save()
    partner = make_enrollment(world.course, "jon-weil")
    return Pair(world.course, world.assignment, world.student, partner, together(world.course, world.student, partner))


@pytest.fixture
def push(world, tmp_path):
    """Return what makes an attempt by a push to a student's repository."""
    archives, numbers = FolderArchives(tmp_path), itertools.count(1)

    def push(student, at=NOW, since=None) -> Attempt:
        number = next(numbers)
        facts = {
            "delivery_id": f"d-{number:07}",
            "commit_id": f"{number:040x}",
            "full_name": f"{OWNER}/{world.assignment.slug}-{student.github_login}",
            "repository_id": 9_000 + student.pk,
        }
        found = since and Found(received_at=since, asked_at=at)
        announced = receive(announcement=replace(ANNOUNCEMENT, **facts), at=at, found=found).push
        (attempt,) = ingest(push=announced, fetch=tree, archives=archives, seed=SEED, at=at)
        return attempt

    return push


def together(course, *students, name="Blue") -> Group:
    group = Group.objects.create(course=course, name=name)
    for student in students:
        GroupMembership.objects.create(group=group, student=student)
    return group


def shared(world, points: float, student=None, **fields) -> Attempt:
    """Make a graded attempt of the pair."""
    student = student or world.student
    attempt = make_attempt(student, world.assignment, partners={world.student, world.partner} - {student}, **fields)
    graded(attempt, make_check(1, points))
    return attempt


def points(student):
    return rows_of(student)[0].points


# --- for whom ---


def test_a_push_counts_for_the_group_of_then(pair, push):
    attempt = push(pair.student)
    assert attempt.people == [pair.student, pair.partner]
    pair.group.memberships.all().delete()
    assert push(pair.student).people == [pair.student]
    assert Attempt.objects.get(pk=attempt.pk).people == [pair.student, pair.partner]


def test_who_works_alone_is_told_how_to_join_a_group(pair, push):
    alone = make_enrollment(pair.course, "ada-alone")
    attempt = push(alone)
    assert attempt.people == [alone]
    assert attempt.notes == [NO_GROUP]


def test_a_group_that_is_too_large_counts_for_nobody_else_and_says_so(pair):
    GroupMembership.objects.create(group=pair.group, student=make_enrollment(pair.course, "third"))
    team = team_of(pair.student, pair.assignment)
    assert not team.partners
    assert "has 3 students, and this assignment takes groups of at most 2" in team.note


def test_who_has_left_the_course_is_no_partner(pair):
    pair.partner.is_active = False
    pair.partner.save()
    assert team_of(pair.student, pair.assignment).partners == ()


def test_a_second_group_to_hand_in_with_is_refused_and_does_not_guess(pair):
    other = Group.objects.create(course=pair.course, name="Red")
    second = GroupMembership(group=other, student=pair.student)
    with pytest.raises(ValidationError, match="hands in with Blue already"):
        second.full_clean()
    second.save()
    assert team_of(pair.student, pair.assignment).note == SEVERAL
    other.hands_in_together = False
    other.save()
    assert team_of(pair.student, pair.assignment).partners == (pair.partner,)


def test_a_group_does_not_begin_to_hand_in_while_somebody_in_it_does_so_with_another(pair):
    others = Group.objects.create(course=pair.course, name="Red", hands_in_together=False)
    GroupMembership.objects.create(group=others, student=pair.partner)
    others.full_clean()
    others.hands_in_together = True
    with pytest.raises(ValidationError) as refused:
        others.full_clean()
    assert refused.value.message_dict == {
        "hands_in_together": ["Jon Weil hands in with Blue already: take them out of one of the two first."]
    }
    pair.group.memberships.filter(student=pair.partner).delete()
    others.full_clean()
    pair.group.full_clean()


def test_without_groups_everybody_hands_in_alone(pair, push):
    pair.assignment.group_size = 1
    pair.assignment.save()
    attempt = push(pair.student)
    assert (attempt.people, attempt.notes) == ([pair.student], [])


# --- numbers, limits, superseding ---


def test_attempts_of_a_group_are_numbered_together(pair, push):
    assert [push(student).number for student in (pair.student, pair.partner, pair.student)] == [1, 2, 3]


def test_a_partners_newer_push_takes_the_place_of_what_waits(pair, push):
    first, second = push(pair.student), push(pair.partner, NOW + HOUR)
    assert [each.runs.get().state for each in (first, second)] == [RunState.SUPERSEDED, RunState.QUEUED]


def test_a_push_that_was_found_is_as_new_as_it_was_found_and_as_late_as_it_came(pair, push):
    announced = push(pair.student, NOW + HOUR)
    found = push(pair.partner, NOW + 2 * HOUR, since=NOW)
    assert [each.runs.get().state for each in (announced, found)] == [RunState.SUPERSEDED, RunState.QUEUED]
    assert (found.number, found.received_at) == (2, NOW)


def test_who_leaves_the_group_takes_nothing_away_from_those_who_stay(pair, push):
    shared_attempt = push(pair.student)
    pair.group.memberships.filter(student=pair.student).delete()
    alone = push(pair.student, NOW + HOUR)
    assert [each.runs.get().state for each in (shared_attempt, alone)] == [RunState.QUEUED, RunState.QUEUED]
    again = push(pair.student, NOW + 2 * HOUR)
    assert [each.runs.get().state for each in (shared_attempt, alone, again)] == ["queued", "superseded", "queued"]


def test_what_waits_of_somebody_alone_is_superseded_by_their_groups_push(pair, push):
    pair.group.memberships.filter(student=pair.partner).delete()
    alone = push(pair.partner)
    GroupMembership.objects.create(group=pair.group, student=pair.partner)
    push(pair.student, NOW + HOUR)
    assert alone.runs.get().state == RunState.SUPERSEDED


def test_a_group_has_one_limit_and_one_cool_down(pair, push):
    pair.assignment.attempt_limit = 2
    pair.assignment.cool_down_minutes = 30
    pair.assignment.save()
    shared(pair, 5.0)
    second = push(pair.partner, NOW + HOUR / 4)
    assert second.runs.get().not_before == NOW + HOUR / 2
    second.runs.update(state=RunState.GRADED, score=5, max_score=10)
    assert not push(pair.student, NOW + HOUR).runs.exists()


def test_what_somebody_used_up_alone_is_used_up_for_their_group(pair, push):
    pair.assignment.attempt_limit = 1
    pair.assignment.cool_down_minutes = 30
    pair.assignment.save()
    graded(make_attempt(pair.partner, pair.assignment))
    assert not push(pair.student, NOW + HOUR).runs.exists()
    pair.assignment.attempt_limit = 2
    pair.assignment.save()
    assert push(pair.student, NOW + HOUR / 4).runs.get().not_before == NOW + HOUR / 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.rows
def test_partners_who_push_for_an_assignment_alone_and_one_together_do_not_wait_for_each_other(tmp_path, monkeypatch):
    course, archives, start, made = make_course(), FolderArchives(tmp_path), threading.Barrier(2), []
    students = [make_enrollment(course, login) for login in ("mira-okafor", "jon-weil")]
    together(course, *students)
    for slug, size in (("alone", 1), ("together", 2)):
        make_assignment(course, slug, repository_pattern=f"{OWNER}/m01-{{login}}", group_size=size)
    real = attempts.enqueue

    def slowly(**facts):
        time.sleep(0.3)  # the other holds the row of somebody by now
        return real(**facts)

    monkeypatch.setattr(attempts, "enqueue", slowly)

    def work(student) -> None:
        name = f"{OWNER}/m01-{student.github_login}"
        push = announce(delivery_id=f"d-{student.pk:07}", full_name=name, repository_id=student.pk)
        try:
            start.wait(10)
            made.extend(ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[student]) for student in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4


# --- grades ---


def test_the_whole_group_gets_the_grade(pair):
    shared(pair, 4.0)
    assert (points(pair.student), points(pair.partner)) == (80, 80)
    rows = {row.student.pk: row.points for row in grade_rows(pair.course)}
    assert rows == {pair.student.pk: 80, pair.partner.pk: 80}


def test_the_last_of_both_counts_whoever_pushed_it(pair):
    shared(pair, 5.0, student=pair.partner, number=1)
    shared(pair, 2.0, number=2, received_at=NOW + HOUR)
    make_attempt(pair.partner, pair.assignment, number=3, received_at=NOW + 2 * HOUR)  # not graded yet
    assert (points(pair.student), points(pair.partner)) == (40, 40)


def test_each_of_a_group_is_late_by_their_own_due_time(pair):
    pair.assignment.due_at, pair.assignment.late_kind, pair.assignment.late_percent = NOW - HOUR, "per_day", 10
    pair.assignment.save()
    Extension.objects.create(
        assignment=pair.assignment, student=pair.partner, days=1, reason="flu", granted_by=make_user(), granted_at=NOW
    )
    shared(pair, 5.0)
    assert (points(pair.student), points(pair.partner)) == (90, 100)


def test_a_groups_extension_follows_who_is_in_it_and_ones_own_does_not(pair):
    pair.assignment.due_at, pair.assignment.late_kind, pair.assignment.late_percent = NOW - HOUR, "per_day", 10
    pair.assignment.save()
    given = {"assignment": pair.assignment, "days": 1, "reason": "flu", "granted_by": make_user(), "granted_at": NOW}
    Extension.objects.create(group=pair.group, **given)
    Extension.objects.create(student=pair.partner, **given)
    shared(pair, 5.0)
    assert (points(pair.student), points(pair.partner)) == (100, 100)
    pair.group.memberships.all().delete()
    assert (points(pair.student), points(pair.partner)) == (90, 100)


def test_each_of_a_group_chooses_for_themselves(pair, client):
    pair.assignment.counting = CountingRule.CHOSEN
    pair.assignment.save()
    first, _ = shared(pair, 5.0), shared(pair, 1.0, number=2, received_at=NOW + HOUR)
    client.force_login(pair.partner.account)
    answer = client.post(reverse("attempt-choose", args=[first.public_id]))
    assert answer.url == reverse("grade-trace", args=[pair.partner.pk])
    assert list(Choice.objects.values_list("student", "attempt")) == [(pair.partner.pk, first.pk)]
    assert (points(pair.student), points(pair.partner)) == (20, 100)


# --- pages ---


@pytest.mark.medium
def test_a_partner_reads_the_report_and_others_do_not(pair, client):
    attempt = shared(pair, 5.0)
    page = reverse("attempt", args=[attempt.public_id])
    client.force_login(pair.partner.account)
    shown = client.get(page).content.decode()
    assert all(words in shown for words in ("Handed in by", pair.student.name, pair.partner.name))
    assert reverse("grade-trace", args=[pair.partner.pk]) in shown
    assert client.get(reverse("grade-trace", args=[pair.partner.pk])).status_code == 200
    assert attempt.public_id in client.get(reverse("home")).content.decode()
    client.force_login(make_enrollment(pair.course, "somebody-else").account)
    assert client.get(page).status_code == 404


def test_the_ta_of_a_partners_section_sees_it_as_staff(pair, client):
    pair.partner.section = Section.objects.create(course=pair.course, name="Tuesday")
    pair.partner.save()
    attempt = shared(pair, 5.0)
    tas = [
        make_enrollment(pair.course, f"ta-{n}", Role.TA, section=section)
        for n, section in enumerate((pair.partner.section, Section.objects.create(course=pair.course, name="Friday")))
    ]
    assert [may(ta.account, Action.SEE_RESULTS, attempt) for ta in tas] == [True, False]
    assert [allowed(ta.account, Action.SEE_WORK, Attempt.objects.all()).count() for ta in tas] == [1, 0]


def test_a_partner_takes_back_what_waits(pair, push, client):
    attempt = push(pair.student)
    client.force_login(pair.partner.account)
    client.post(reverse("attempt-cancel", args=[attempt.public_id]))
    assert attempt.runs.get().state == RunState.CANCELLED


def test_the_back_office_counts_a_group_as_handed_in_and_names_those_too_large(pair):
    pair.assignment.due_at = NOW + HOUR
    pair.assignment.save()
    make_enrollment(pair.course, "ada-alone")
    shared(pair, 5.0)
    shared(pair, 5.0, student=pair.partner, number=2)
    admin = make_user(is_superuser=True, is_staff=True)
    (deadline,) = next_deadlines(admin, NOW)
    assert (deadline.handed_in, deadline.students) == (2, 3)
    assert not any("group with" in problem.words for problem in problems(admin, NOW))
    GroupMembership.objects.create(group=pair.group, student=make_enrollment(pair.course, "third"))
    assert any("group with" in problem.words and problem.count == 1 for problem in problems(admin, NOW))
