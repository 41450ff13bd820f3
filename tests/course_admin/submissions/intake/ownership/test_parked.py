"""A push of a repository that nobody knows is kept, and counts from when it arrived once its student is known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from course_admin.assignments.models import Assignment
from course_admin.back_office.dashboard import problems
from course_admin.courses.models import Enrollment
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.ownership import parked
from course_admin.submissions.intake.ownership.parked import take_parked
from course_admin.submissions.models import ParkedPush, Push, PushState
from course_admin.submissions.models.parked import KEPT_FOR
from tests.course_admin.conftest import World
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT
from tests.factories import NOW, OWNER, make_assignment, make_course, make_enrollment, make_user

HOUR = timedelta(hours=1)
WHY = "Nobody knows."
EARLY = replace(ANNOUNCEMENT, full_name=f"{OWNER}/m01-Jon-Weil", repository_id=77)


def park(*, announcement: Announcement, at: datetime) -> ParkedPush | None:
    """Keep a push, for a reason that these tests do not depend on."""
    return parked.park(announcement=announcement, why=WHY, at=at)


@pytest.fixture
def early(world: World) -> ParkedPush:
    """Return a push of somebody who is on no roster."""
    return park(announcement=EARLY, at=NOW)


def test_it_is_taken_in_once_its_student_is_there_and_counts_from_when_it_came(world, early):
    assert take_parked(at=NOW + HOUR) == 0
    jon = make_enrollment(world.course, "jon-weil")
    assert take_parked(at=NOW + 2 * HOUR) == 1
    push = Push.objects.get()
    assert (push.repository.student, push.received_at, push.state) == (jon, NOW, PushState.RECEIVED)
    assert push.delivery_id == EARLY.delivery_id
    assert not ParkedPush.objects.exists()
    assert take_parked(at=NOW + 2 * HOUR) == 0


def test_the_same_delivery_is_kept_once(world, early):
    assert park(announcement=EARLY, at=NOW + HOUR) == early
    assert ParkedPush.objects.get().received_at == NOW


def test_what_was_delivered_again_meanwhile_is_no_second_push(world, early):
    from course_admin.submissions.intake.ingest import receive

    make_enrollment(world.course, "jon-weil")
    receive(announcement=EARLY, at=NOW + HOUR)
    assert take_parked(at=NOW + HOUR) == 1
    assert Push.objects.count() == 1


def test_what_came_within_one_second_of_its_host_is_in_order_and_a_second_hook_adds_nothing(world):
    pushed_at = NOW - timedelta(seconds=3)
    second = replace(EARLY, delivery_id="second", before_id=EARLY.commit_id, commit_id="e" * 40)
    told = [second, EARLY, replace(EARLY, delivery_id="other-hook-1"), replace(second, delivery_id="other-hook-2")]
    for number, each in enumerate(told):
        park(announcement=replace(each, pushed_at=pushed_at), at=NOW + timedelta(seconds=number))
    make_enrollment(world.course, "jon-weil")
    assert take_parked(at=NOW + timedelta(days=9)) == 4
    pushes = Push.objects.order_by("place").values_list("commit_id", "received_at", "pushed_at")
    assert list(pushes) == [(EARLY.commit_id, pushed_at, pushed_at), ("e" * 40, pushed_at, pushed_at)]


def test_several_become_pushes_in_their_order(world, early):
    park(
        announcement=replace(EARLY, delivery_id="second", before_id=EARLY.commit_id, commit_id="e" * 40), at=NOW + HOUR
    )
    make_enrollment(world.course, "jon-weil")
    assert take_parked(at=NOW + 2 * HOUR) == 2
    assert list(Push.objects.order_by("pk").values_list("commit_id", "received_at")) == [
        (EARLY.commit_id, NOW),
        ("e" * 40, NOW + HOUR),
    ]


def test_a_login_of_another_course_is_not_taken_for_it(world, early):
    make_enrollment(make_course("other"), "jon-weil")
    assert take_parked(at=NOW) == 0
    student = make_enrollment(world.course, "jon-weil-2")
    Enrollment.objects.filter(pk=student.pk).update(github_login="jon-weil", is_active=False)
    assert take_parked(at=NOW) == 0


@pytest.mark.parametrize(
    ("full_name", "is_shown"),
    [(f"{OWNER}/m0l-jon-weil", True), (f"{OWNER}/m01_jon-weil", True), ("tinytorch-clas/m01-jon-weil", False)],
)
def test_what_fits_no_pattern_is_kept_and_taken_in_once_the_pattern_is_corrected(world, full_name, is_shown):
    jon = make_enrollment(world.course, "jon-weil")
    kept = park(announcement=replace(EARLY, full_name=full_name), at=NOW)
    assert (kept.course, kept.login) == (world.course if is_shown else None, "")
    assert take_parked(at=NOW + HOUR) == 0
    Assignment.objects.update(repository_pattern=full_name.replace("jon-weil", "{login}"))
    assert take_parked(at=NOW + 2 * HOUR) == 1
    push = Push.objects.get()
    assert (push.repository.student, push.received_at, push.state) == (jon, NOW, PushState.RECEIVED)


@pytest.mark.parametrize("changes", [{"sender_is_bot": True}, {"is_deletion": True}, {"ref": "refs/tags/v1"}])
def test_what_is_no_work_of_a_student_is_not_kept(world, changes):
    assert park(announcement=replace(EARLY, **changes), at=NOW) is None
    assert not ParkedPush.objects.exists()


@pytest.mark.parametrize("name", ["m01-jon-weil-1", "m01-jon-weil-2", "m01-JON-WEIL-1"])
def test_a_name_with_a_number_behind_it_is_nobodys_until_somebody_says_so(world, name):
    make_enrollment(world.course, "jon-weil")
    assert park(announcement=replace(EARLY, full_name=f"{OWNER}/{name}"), at=NOW)
    assert take_parked(at=NOW) == 0


def test_many_unknown_repositories_are_looked_up_in_a_few_queries(world, django_assert_max_num_queries):
    for number in range(30):
        park(announcement=replace(EARLY, delivery_id=f"d-{number}", full_name=f"{OWNER}/m01-x{number}"), at=NOW)
    with django_assert_max_num_queries(6):
        take_parked(at=NOW)


def test_the_longest_pattern_says_whose_course_it_is(world):
    special = make_assignment(make_course("special"), "x", repository_pattern=f"{OWNER}/m01-jon-{{login}}")
    assert park(announcement=EARLY, at=NOW).course == special.course


def test_a_wrong_pattern_fills_no_disk(world, early, monkeypatch, caplog):
    monkeypatch.setattr(parked, "MOST", 1)
    assert park(announcement=replace(EARLY, delivery_id="second"), at=NOW) is None
    assert "too many of unknown repositories wait" in caplog.text


def test_it_is_forgotten_after_a_month(world, early):
    take_parked(at=NOW + KEPT_FOR)
    assert ParkedPush.objects.exists()
    take_parked(at=NOW + KEPT_FOR + HOUR)
    assert not ParkedPush.objects.exists()


def test_staff_are_told(world, early):
    words = [found.words for found in problems(make_user(is_superuser=True), NOW)]
    assert any(each.startswith("push waits of a repository of which nobody knows") for each in words)


def test_a_branch_that_was_deleted_and_pushed_anew_meanwhile_holds_what_was_pushed_last(world, early):
    zeros, last = "0" * 40, "e" * 40
    steps = [(EARLY.commit_id, last), (last, zeros), (zeros, EARLY.commit_id)]
    for number, (before_id, commit_id) in enumerate(steps, 1):
        told = {"before_id": before_id, "commit_id": commit_id, "is_deletion": commit_id == zeros}
        park(announcement=replace(EARLY, delivery_id=f"step-{number}", **told), at=NOW + number * HOUR)
    make_enrollment(world.course, "jon-weil")
    assert take_parked(at=NOW + 5 * HOUR) == 4
    pushes = Push.objects.order_by("pk").values_list("commit_id", "state", "received_at")
    assert list(pushes)[1:] == [
        (last, PushState.RECEIVED, NOW + HOUR),
        (zeros, PushState.IGNORED, NOW + 2 * HOUR),
        (EARLY.commit_id, PushState.RECEIVED, NOW + 3 * HOUR),
    ]


def test_what_a_program_did_to_a_branch_is_kept_behind_the_work_on_it_and_never_graded(world, early):
    park(announcement=replace(EARLY, delivery_id="program", commit_id="b" * 40, sender_is_bot=True), at=NOW + HOUR)
    make_enrollment(world.course, "jon-weil")
    assert take_parked(at=NOW + 2 * HOUR) == 2
    assert list(Push.objects.order_by("pk").values_list("state", flat=True)) == [PushState.RECEIVED, PushState.IGNORED]
