"""What branches held at due times: `course_admin/submissions/models/snapshot.py`, and who writes it."""

import pytest

from course_admin.submissions.models import Snapshot
from tests.course_admin.integrations.github.test_code import pushed
from tests.course_admin.submissions.intake.test_polling import DAY, HOUR, MINUTE, extend, host, mira, poll, set_times
from tests.factories import NOW, OWNER, make_assignment

__all__ = ["host", "mira"]  # fixtures


@pytest.mark.medium
def test_a_due_time_has_one_snapshot_of_what_was_there(mira, world):
    set_times(world, due_at=NOW + MINUTE)
    assert not Snapshot.objects.exists()
    at_due = pushed(mira, "x = 2\n")
    poll(NOW + 2 * MINUTE)
    pushed(mira, "x = 3\n")
    poll(NOW + 7 * MINUTE)
    snapshot = Snapshot.objects.get()
    assert (snapshot.commit_id, snapshot.due_at, snapshot.taken_at) == (at_due, NOW + MINUTE, NOW + 2 * MINUTE)
    set_times(world, due_at=NOW + 8 * MINUTE)
    poll(NOW + 9 * MINUTE)
    assert Snapshot.objects.count() == 2


@pytest.mark.medium
def test_an_extension_has_its_own_due_time(mira, world):
    set_times(world, due_at=NOW + MINUTE)
    extend(world, world.student)
    poll(NOW + 2 * MINUTE)
    assert not Snapshot.objects.exists()
    poll(NOW + DAY + 2 * MINUTE)
    assert Snapshot.objects.get().due_at == NOW + DAY + MINUTE


@pytest.mark.medium
def test_a_due_time_of_long_ago_gets_no_snapshot(mira, world):
    set_times(world, due_at=NOW - DAY)
    poll(NOW + MINUTE)
    assert not Snapshot.objects.exists()


@pytest.mark.medium
def test_a_branch_that_is_not_there_is_a_snapshot_too(mira, world):
    set_times(world, due_at=NOW, branch="final")
    poll(NOW + MINUTE)
    assert Snapshot.objects.get().commit_id == ""


@pytest.mark.medium
def test_each_assignment_of_a_repository_has_its_own(mira, world):
    make_assignment(world.course, "m03", repository_pattern=f"{OWNER}/m01-{{login}}", due_at=NOW)
    set_times(world, due_at=NOW + HOUR)
    poll(NOW + MINUTE)
    poll(NOW + 2 * HOUR)
    assert sorted(Snapshot.objects.values_list("assignment__slug", flat=True)) == ["m01", "m03"]
