"""Staff have any commit graded, once and on record: `course_admin/submissions/intake/by_hand.py`."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.policy import Refused
from course_admin.submissions.intake.by_hand import NotGraded, grade_commit
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Attempt, Push, PushState
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import COMMIT, NOW, OWNER, make_enrollment

HOUR, OTHER = timedelta(hours=1), "7" * 40
NAME = f"{OWNER}/m01-mira-okafor"


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def pushed(world, tmp_path):
    """Let Mira have pushed once, and that be an attempt."""
    push = announce(full_name=NAME)
    ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW)
    return push


def grade(pushed, by, commit=OTHER, counts_from=NOW - HOUR):
    told = {"repository": pushed.repository, "commit_id": commit, "counts_from": counts_from}
    return grade_commit(**told, by=by, at=NOW + HOUR, reason="asked for")


def test_a_commit_that_nobody_announced_becomes_an_attempt_from_the_time_that_staff_give(world, ines, pushed, tmp_path):
    push = grade(pushed, ines, f" {OTHER.upper()} ")
    (attempt,) = ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW + HOUR)
    assert (attempt.commit_id, attempt.received_at, attempt.assignment) == (OTHER, NOW - HOUR, world.assignment)
    assert AuditEvent.objects.get(subject=f"commit 7777777 of {NAME}").actor == ines


def test_what_is_known_of_its_branch_stays(ines, pushed, tmp_path):
    grade(pushed, ines)
    again = announce(full_name=NAME, delivery_id="d-2", before_id=COMMIT, commit_id="8" * 40)
    assert (again.state, again.repository.is_in_doubt) == (PushState.RECEIVED, False)
    assert list(Push.objects.to_branch(pushed.repository, pushed.ref)) == [again, pushed]


def test_a_commit_is_graded_once(ines, pushed, tmp_path):
    with pytest.raises(NotGraded, match="is an attempt: judge that one again"):
        grade(pushed, ines, pushed.commit_id)
    push = grade(pushed, ines)
    with pytest.raises(NotGraded, match="is being fetched"):
        grade(pushed, ines)
    ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW + HOUR)
    with pytest.raises(NotGraded, match="is an attempt"):
        grade(pushed, ines)
    assert Attempt.objects.count() == 2


@pytest.mark.medium
@pytest.mark.parametrize("commit", ["", "7777777", "g" * 40, "0" * 40, "7" * 41, f"{OTHER}\n7"])
def test_what_is_no_commit_gets_one_sentence(ines, pushed, commit):
    with pytest.raises(NotGraded, match="full name of 40 letters"):
        grade(pushed, ines, commit)
    assert Push.objects.count() == 1


def test_neither_the_future_nor_somebody_who_left_nor_a_student_can_be(world, ines, pushed):
    with pytest.raises(NotGraded, match="has not come yet"):
        grade(pushed, ines, counts_from=NOW + 2 * HOUR)
    with pytest.raises(NotGraded, match="before 2000"):
        grade(pushed, ines, counts_from=NOW.replace(year=1))
    with pytest.raises(Refused):
        grade(pushed, world.student.account)
    Enrollment.objects.filter(pk=world.student.pk).update(is_active=False)
    with pytest.raises(NotGraded, match="no longer in the course"):
        grade(pushed, ines)


@pytest.mark.medium
def test_the_page_takes_a_commit_and_says_what_is_wrong_with_another(world, ines, pushed, client):
    page = reverse("repositories", args=[world.course.slug, world.assignment.slug])
    client.force_login(ines)

    def answer(**told):
        return client.post(
            page, {"grade": "", "repository": NAME, "commit": OTHER, **told}, follow=True
        ).content.decode()

    assert "as OWNER/NAME" in answer(repository="else/where")
    assert "as a date and a time" in answer(counts_from="soon")
    assert "is fetched and graded for Mira Okafor" in answer(counts_from="2026-10-01T23:59")
    assert Push.objects.get(commit_id=OTHER).received_at.isoformat() == "2026-10-01T23:59:00+00:00"
