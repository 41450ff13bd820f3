"""Whose a repository is: logins claim, numbers prove, and of two courses the one in which it can count is meant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent, Enrollment
from course_admin.submissions.intake.ownership.owner import GOES_ON, UnknownRepository
from course_admin.submissions.models import Push, PushState, Repository
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce
from tests.factories import NOW, OWNER, make_assignment, make_course, make_enrollment

DAY = timedelta(days=1)
MIRAS = 58210467


@pytest.mark.parametrize("login", ["mira-renamed", "Mira-Renamed", "mira_corp"])
def test_who_renamed_their_login_before_the_first_push_is_known_by_their_number(world, login):
    Enrollment.objects.update(github_id=MIRAS)
    push = announce(full_name=f"{OWNER}/m01-{login}", sender_login=login.lower(), sender_id=MIRAS)
    assert (push.repository.student, push.state) == (world.student, PushState.RECEIVED)


@pytest.mark.parametrize(
    "sender",
    [
        {"sender_login": "somebody-else", "sender_id": MIRAS},  # a partner's push to a repository that is not theirs
        {"sender_login": "mira-renamed", "sender_id": MIRAS + 1},
        {"sender_login": "mira-renamed", "sender_id": None},
    ],
)
def test_a_number_says_nothing_of_a_repository_that_is_not_named_for_it(world, sender):
    Enrollment.objects.update(github_id=MIRAS)
    with pytest.raises(UnknownRepository, match="No student of TinyTorch has the login mira-renamed"):
        announce(full_name=f"{OWNER}/m01-mira-renamed", **sender)


def test_a_login_that_changed_hands_before_the_first_push_is_not_the_old_owners(world):
    Enrollment.objects.update(github_id=MIRAS)
    with pytest.raises(UnknownRepository, match="with another number at GitHub"):
        announce(sender_id=MIRAS + 1)
    new = make_enrollment(world.course, "somebody", github_id=MIRAS + 1)
    assert announce(sender_id=MIRAS + 1).repository.student == new


def test_a_partner_or_ta_who_pushes_first_does_not_deny_whose_it_is(world):
    Enrollment.objects.update(github_id=MIRAS)
    assert announce(sender_login="a-ta", sender_id=77).repository.student == world.student


@pytest.fixture
def next_term(world):
    """Return the same student's place in the next course, which has the same names; the old one is over."""
    Assignment.objects.update(due_at=NOW - 100 * DAY, closes_at=NOW - 90 * DAY)
    course = make_course("tinytorch-next")
    make_assignment(course, due_at=NOW + 7 * DAY)
    return make_enrollment(course, account=world.student.account)


def test_who_repeats_the_course_and_pushes_to_last_terms_repository_is_in_this_terms(world, next_term):
    old = announce(at=NOW - 110 * DAY)
    Repository.objects.update(course=world.course, student=world.student)
    push = announce(delivery_id="second", before_id=ANNOUNCEMENT.commit_id)
    assert (push.repository.course, push.repository.student) == (next_term.course, next_term)
    assert push.state == PushState.RECEIVED
    assert push.repository_id == old.repository_id
    events = AuditEvent.objects.filter(subject=f"repository {old.repository}", reason=GOES_ON).order_by("pk")
    assert [each.course for each in events] == [world.course, next_term.course]
    people = [(each.before["course"], each.after["course"], each.actor) for each in events]
    assert people == [(world.course.title, next_term.course.title, None)] * 2


@pytest.mark.parametrize("how", ["left", "login", "number"])
def test_it_is_this_terms_however_the_person_is_known(world, next_term, how):
    announce(at=NOW - 110 * DAY)
    Repository.objects.update(course=world.course, student=world.student)
    if how == "left":
        Enrollment.objects.filter(pk=world.student.pk).update(is_active=False)
    else:
        Enrollment.objects.filter(pk=next_term.pk).update(account=None)
    if how == "number":
        Enrollment.objects.update(github_id=MIRAS)
        Enrollment.objects.filter(pk=next_term.pk).update(github_login="renamed")
    assert announce(delivery_id="second").repository.student == next_term


def test_somebody_else_with_the_login_by_now_is_not_who_repeats(world, next_term):
    announce(at=NOW - 110 * DAY)
    Repository.objects.update(course=world.course, student=world.student)
    other = make_enrollment(make_course("x"), "other").account
    Enrollment.objects.filter(pk=next_term.pk).update(account=other)
    assert announce(delivery_id="second").repository.student == world.student


def test_a_repository_stays_where_something_is_still_open(world, next_term):
    Assignment.objects.filter(course=world.course).update(due_at=NOW + DAY, closes_at=None)
    Repository.objects.create(
        host_id=ANNOUNCEMENT.repository_id,
        course=world.course,
        student=world.student,
        full_name=ANNOUNCEMENT.full_name,
        bound_name=ANNOUNCEMENT.full_name,
        bound_login="mira-okafor",
        default_branch="main",
    )
    assert announce().repository.student == world.student


def test_a_first_push_is_of_the_course_in_which_it_can_count(world):
    make_enrollment(old := make_course("a-newer-row-of-last-term"), account=world.student.account)
    make_assignment(old, due_at=NOW - 100 * DAY, closes_at=NOW - 90 * DAY)
    assert announce().repository.student == world.student


def test_numbers_of_two_forges_are_two_repositories(world):
    first = announce()
    second = announce(delivery_id="other", forge="gitea")
    assert first.repository != second.repository
    assert Push.objects.count() == 2


@pytest.mark.parametrize(("forge", "is_theirs"), [("gitea", True), ("gitlab", True), ("github", False)])
def test_a_universitys_own_host_knows_its_own_logins(world, forge, is_theirs):
    Enrollment.objects.update(github_login="elsewhere", university_login="mo4412")
    announcement = {"full_name": f"{OWNER}/m01-MO4412", "forge": forge}
    if is_theirs:
        assert announce(**announcement).repository.student == world.student
    else:
        with pytest.raises(UnknownRepository):
            announce(**announcement)


def test_no_number_of_another_forge_is_taken_for_githubs(world):
    Enrollment.objects.update(github_id=MIRAS)
    other = replace(ANNOUNCEMENT, forge="gitea", sender_id=MIRAS + 1)
    assert announce(forge=other.forge, sender_id=other.sender_id).repository.student == world.student
