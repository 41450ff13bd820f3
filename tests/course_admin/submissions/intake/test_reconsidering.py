"""What was ignored for a reason is graded once the reason is gone, from when it came."""

from datetime import timedelta

import pytest

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Role
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.intake.polling import look, take_seen
from course_admin.submissions.intake.reconsidering import AGAIN, reconsider
from course_admin.submissions.models import Attempt, Push, PushState, PushWait, Repository
from course_admin.submissions.models.push import LOOKED_BACK
from course_admin.submissions.queue.staff_requests import grade_ignored, refetch
from grader.errors import CommitGone
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import NOW, OWNER, make_assignment, make_enrollment, make_user

HOUR, MASTER = timedelta(hours=1), "refs/heads/master"


def take_in(tmp_path, at=NOW) -> list[Attempt]:
    """Fetch whatever waits to be fetched."""
    archives = FolderArchives(tmp_path / "archives")
    waiting = Push.objects.filter(state=PushState.RECEIVED).select_related("repository__student")
    return [attempt for push in waiting for attempt in ingest(push=push, fetch=tree, archives=archives, at=at)]


def ignored(**changes) -> Push:
    push = announce(**changes)
    assert push.state == PushState.IGNORED
    return push


@pytest.mark.medium
@pytest.mark.parametrize("pushes", [1, 2])
def test_a_student_who_was_dropped_by_mistake_is_graded_once_back(world, tmp_path, pushes):
    announce(delivery_id="d-before")
    Enrollment.objects.update(is_active=False)
    for number in range(pushes):
        ignored(delivery_id=f"d-{number}", at=NOW + number * HOUR)
    assert reconsider(at=NOW + 3 * HOUR) == 0
    Enrollment.objects.update(is_active=True)
    assert reconsider(at=NOW + 4 * HOUR) == pushes
    take_in(tmp_path, NOW + 4 * HOUR)
    times = Attempt.objects.filter(push__delivery_id__in=["d-0", "d-1"]).order_by("received_at")
    assert list(times.values_list("received_at", flat=True)) == [NOW + number * HOUR for number in range(pushes)]


def test_a_branch_rule_that_is_corrected_takes_in_what_went_there(world, tmp_path):
    ignored(ref="refs/heads/master")
    ignored(delivery_id="d-elsewhere", ref="refs/heads/trial")
    assert reconsider(at=NOW + HOUR) == 0
    Assignment.objects.update(branch="master")
    assert reconsider(at=NOW + 2 * HOUR) == 1
    (attempt,) = take_in(tmp_path, NOW + 2 * HOUR)
    assert (attempt.received_at, attempt.push.ref) == (NOW, "refs/heads/master")


def test_a_default_branch_that_is_switched_takes_in_what_went_there(world, tmp_path):
    ignored(ref="refs/heads/master")
    Repository.objects.update(default_branch="master")
    assert reconsider(at=NOW + HOUR) == 1


def test_a_pattern_that_is_corrected_takes_in_what_it_did_not_fit(world, tmp_path):
    announce(delivery_id="d-first")
    Assignment.objects.update(repository_pattern=f"{OWNER}/m1-{{login}}")
    push = ignored(delivery_id="d-then", at=NOW + HOUR)
    assert "Graded branches of this repository: none" in push.reason
    Assignment.objects.update(repository_pattern=f"{OWNER}/m01-{{login}}")
    assert reconsider(at=NOW + 2 * HOUR) == 1
    assert NOW + HOUR in [each.received_at for each in take_in(tmp_path, NOW + 2 * HOUR)]


def test_another_reason_takes_the_place_of_one_that_is_gone(world):
    make_enrollment(world.course, "a-ta", Role.TA)
    announce(delivery_id="d-first")
    Enrollment.objects.filter(pk=world.student.pk).update(is_active=False)
    push = ignored(delivery_id="d-tas", sender_login="a-ta")
    Enrollment.objects.filter(pk=world.student.pk).update(is_active=True)
    assert reconsider(at=NOW) == 0
    push.refresh_from_db()
    assert (push.state, push.waits_for) == (PushState.IGNORED, PushWait.NOTHING)
    assert "pushed by the course's staff" in push.reason


@pytest.mark.parametrize(
    "changes", [{"is_deletion": True}, {"ref": "refs/tags/v1"}, {"sender_is_bot": True}], ids=["deleted", "tag", "bot"]
)
def test_what_can_never_be_graded_is_never_looked_at_again(world, changes):
    assert ignored(**changes).waits_for == PushWait.NOTHING


def test_what_still_has_a_reason_holds_up_no_other(world):
    """A name that only looks as if the pattern fitted is looked at rarely."""
    Assignment.objects.update(branch="other")
    push = ignored()
    Assignment.objects.update(branch="main")
    Repository.objects.update(bound_login="okafor")  # the pattern does not give this name any more
    assert reconsider(at=NOW + HOUR) == 0
    push.refresh_from_db()
    assert push.next_try_at == NOW + HOUR + AGAIN


def test_what_came_last_term_stays_as_it_was(world):
    ignored(ref="refs/heads/master")
    Assignment.objects.update(branch="master")
    assert reconsider(at=NOW + LOOKED_BACK) == 0


def test_staff_have_an_ignored_push_graded_from_when_it_came(world, tmp_path):
    push = ignored(ref="refs/heads/trial")
    admin = make_user(is_superuser=True, is_staff=True)
    assert grade_ignored(push=push, by=admin, at=NOW + HOUR, reason="asked")
    (attempt,) = take_in(tmp_path, NOW + HOUR)
    assert attempt.received_at == NOW
    assert not grade_ignored(push=push, by=admin, at=NOW + HOUR, reason="twice")


def test_a_commit_that_its_host_does_not_have_yet_is_asked_for_again(world, tmp_path):
    def gone(push):
        raise CommitGone("The commit is not in the repository.")

    push, archives = announce(), FolderArchives(tmp_path / "archives")
    assert ingest(push=push, fetch=gone, archives=archives, at=NOW) == []
    push.refresh_from_db()
    assert (push.state, push.next_try_at > NOW) == (PushState.RECEIVED, True)
    (attempt,) = ingest(push=push, fetch=tree, archives=archives, at=NOW + HOUR)
    assert (attempt.refusal, attempt.received_at) == ("", NOW)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_refusal_is_fetched_again_when_staff_ask(world, tmp_path, is_there):
    def gone(push):
        raise CommitGone("The commit is not in the repository.")

    push, archives = announce(), FolderArchives(tmp_path / "archives")
    for hours in range(4):
        ingest(push=push, fetch=gone, archives=archives, at=NOW + hours * HOUR)
    attempt = Attempt.objects.get()
    assert "not in the repository" in attempt.refusal
    admin = make_user(is_superuser=True, is_staff=True)
    assert refetch(push=push, by=admin, at=NOW + 5 * HOUR, reason="asked")
    push = Push.objects.get()
    for hours in range(1 if is_there else 4):
        ingest(push=push, fetch=tree if is_there else gone, archives=archives, at=NOW + (5 + hours) * HOUR)
    attempt = Attempt.objects.get()
    assert (attempt.refusal == "", attempt.runs.count(), attempt.number) == (is_there, int(is_there), 1)
    assert attempt.received_at == NOW
    assert refetch(push=Push.objects.get(), by=admin, at=NOW, reason="again") is not is_there


def test_an_assignment_that_opens_takes_what_went_to_its_branch(world, tmp_path):
    ignored(ref="refs/heads/part-2")
    make_assignment(world.course, "m01b", branch="part-2", repository_pattern=f"{OWNER}/m01-{{login}}")
    assert reconsider(at=NOW + HOUR) == 1
    (attempt,) = take_in(tmp_path, NOW + HOUR)
    assert attempt.assignment.slug == "m01b"


def test_a_lost_webhook_of_a_branch_that_is_not_graded_yet_is_found_all_the_same(world, tmp_path):
    """What a host answered of other branches says nothing about this one."""
    first = ignored(ref=MASTER)
    Repository.objects.update(asked_at=NOW - HOUR, answered_at=NOW - HOUR)
    lost, asked = "e" * 40, []

    def ask(_repository, branches):
        asked.append(sorted(branches))
        return {"master": lost} if "master" in branches else {}

    for hours in (1, 2):
        look(repository=Repository.objects.get(), ask=ask, at=NOW + hours * HOUR)
        take_seen(at=NOW + hours * HOUR + timedelta(minutes=1))
    assert asked == [["main", "master"]] * 2
    assert reconsider(at=NOW + 3 * HOUR) == 0
    Assignment.objects.update(branch="master")
    assert reconsider(at=NOW + 4 * HOUR) == 2
    attempts = take_in(tmp_path, NOW + 4 * HOUR)
    assert sorted((each.commit_id, each.received_at) for each in attempts) == sorted(
        [(first.commit_id, NOW), (lost, NOW)]  # it was not there yet when the first one came
    )


def test_branches_of_last_term_and_tags_are_not_asked_for(world):
    ignored(ref=MASTER)
    ignored(delivery_id="d-tag", ref="refs/tags/v1")
    asked = []
    look(
        repository=Repository.objects.get(),
        ask=lambda _, branches: asked.append(list(branches)) or {},
        at=NOW + LOOKED_BACK,
    )
    assert asked == [["main"]]
