"""Announcements of what was found by asking, that come after something newer: one push is graded once."""

from datetime import timedelta

import pytest

from course_admin.assignments.models import Assignment
from course_admin.submissions.intake.announcements.late import FOUND_BEFORE
from course_admin.submissions.intake.polling import look, take_seen
from course_admin.submissions.intake.reconsidering import reconsider
from course_admin.submissions.models import Push, PushState, Repository
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce
from tests.factories import NOW

MINUTE, ZEROS = timedelta(minutes=1), "0" * 40
FIRST, LOST, NEXT = ANNOUNCEMENT.commit_id, "b" * 40, "c" * 40


def told(number: int, before_id: str, commit_id: str, pushed: int, heard: int, **more) -> Push:
    """Announce a push, in minutes: when it was pushed by its host, and when that was heard."""
    step = {"before_id": before_id, "commit_id": commit_id, "pushed_at": NOW + pushed * MINUTE}
    return announce(delivery_id=f"step-{number}", at=NOW + heard * MINUTE, **{**step, **more})


def find(commit_id: str, minutes: int) -> None:
    """Ask the host, and take what it holds."""
    at = NOW + minutes * MINUTE
    look(repository=Repository.objects.get(), ask=lambda *_: {"main": commit_id}, at=at)
    take_seen(at=at + MINUTE)


@pytest.mark.parametrize(
    ("then", "is_deletion"), [(FIRST, False), (NEXT, False), (ZEROS, True)], ids=["back", "on", "deleted"]
)
@pytest.mark.parametrize("how", ["announced", "found"])
def test_a_late_announcement_of_what_was_found_makes_no_second_push(world, then, is_deletion, how):
    told(1, ZEROS, FIRST, 0, 0)
    find(FIRST, 1)
    find(LOST, 5)
    if how == "announced":
        told(2, LOST, then, 8, 8, is_deletion=is_deletion)
    elif not is_deletion:
        find(then, 8)
    late = told(3, FIRST, LOST, 3, 12)
    assert (late.state, late.reason) == (PushState.IGNORED, FOUND_BEFORE)
    found = Push.objects.get(commit_id=LOST, found_at__isnull=False)
    assert (found.state, found.received_at) == (PushState.RECEIVED, NOW + MINUTE)  # not there yet at the first answer


def test_going_back_to_what_was_found_is_another_push(world):
    told(1, ZEROS, FIRST, 0, 0)
    find(FIRST, 1)
    find(LOST, 5)
    told(2, LOST, NEXT, 8, 8)
    assert told(3, NEXT, LOST, 9, 9).state == PushState.RECEIVED


def test_what_was_found_of_a_branch_that_is_not_graded_yet_is_graded_once_when_its_announcement_comes_late(world):
    Assignment.objects.update(branch="other")
    told(1, ZEROS, FIRST, 0, 0)
    find(FIRST, 1)
    find(LOST, 5)
    late = told(2, FIRST, LOST, 3, 12)
    assert late.reason == FOUND_BEFORE
    Assignment.objects.update(branch="main")
    assert reconsider(at=NOW + 60 * MINUTE) == 2
    assert Push.objects.filter(state=PushState.RECEIVED, commit_id=LOST).count() == 1


def test_what_was_found_since_a_late_announcement_stays_the_newest(world):
    """It seems to lead on from where the branch is: somebody had gone there and back meanwhile."""
    told(1, ZEROS, FIRST, 0, 0)
    find(FIRST, 1)
    find(LOST, 5)
    find(FIRST, 8)
    assert told(2, FIRST, LOST, 3, 12).reason == FOUND_BEFORE
    find(FIRST, 15)
    assert Push.objects.filter(commit_id=FIRST).count() == 2
