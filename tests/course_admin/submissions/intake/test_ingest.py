"""From an announcement to attempts, with real git repositories: `course_admin/submissions/intake/ingest.py`."""

import functools
import hashlib
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import Role
from course_admin.submissions.intake import ingest
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.intake.ownership.owner import UnknownRepository
from course_admin.submissions.models import Attempt, Push, PushState, Repository, Run, RunState
from course_admin.submissions.queue.dispatch import dispatch
from grader.errors import Fault, SourceError
from grader.source import Tree, unpack_archive
from grader.suite.bundle import pack_suite
from grader.suite.manifest import load_suite
from grader.transport.archives import FolderArchives
from tests.factories import COMMIT, NOW, OWNER, SEED, make_assignment, make_course, make_enrollment

ROOT = Path(__file__).resolve().parents[4]
SECOND = timedelta(seconds=1)
ANNOUNCEMENT = Announcement(
    delivery_id="d-0000001",
    repository_id=880412233,
    full_name=f"{OWNER}/m01-Mira-Okafor",
    default_branch="main",
    ref="refs/heads/main",
    before_id="0" * 40,
    commit_id=COMMIT,
    is_forced=False,
    is_deletion=False,
    sender_login="mira-okafor",
    sender_is_bot=False,
)


def tree(push: Push) -> Tree:
    return Tree.of({"tinytorch/core/tensor.py": b"class Tensor: ...\n"})


def announce(at=NOW, **changes) -> Push:
    """Announce a push; another delivery is another push, of a commit of its own, unless told otherwise."""
    delivery_id = changes.get("delivery_id", ANNOUNCEMENT.delivery_id)
    if delivery_id != ANNOUNCEMENT.delivery_id:
        changes = {"commit_id": commit_of(delivery_id), **changes}
    return receive(announcement=replace(ANNOUNCEMENT, **changes), at=at).push


def commit_of(delivery_id: str) -> str:
    return hashlib.sha1(delivery_id.encode()).hexdigest()


@pytest.fixture
def archives(tmp_path) -> FolderArchives:
    return FolderArchives(tmp_path / "archives")


def test_a_push_is_stored_and_its_fetch_is_sent_on_commit(world, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        receipt = receive(announcement=ANNOUNCEMENT, at=NOW)
        assert sent == []
    push = Push.objects.get()
    assert receipt.is_new
    assert (push.state, push.commit_id, push.received_at) == (PushState.RECEIVED, COMMIT, NOW)
    assert push.repository.student == world.student
    assert [(message.task, message.kwargs) for message in sent] == [(ingest.INGEST, {"push_id": push.pk})]


def test_the_same_delivery_has_no_second_effect(world):
    first = announce()
    receipt = receive(announcement=replace(ANNOUNCEMENT, commit_id="e" * 40), at=NOW)
    assert not receipt.is_new
    assert receipt.push == first
    assert Push.objects.get().commit_id == COMMIT


def test_a_delivery_that_got_stuck_is_tried_again_when_it_is_announced_again(world, archives):
    push = announce()
    Push.objects.update(tries=4)
    ingest.ingest(push=push, fetch=failing, archives=archives, seed=SEED, at=NOW)
    push.refresh_from_db()
    assert push.state == PushState.NEEDS_ATTENTION
    announce()
    push.refresh_from_db()
    assert (push.state, push.tries, push.reason) == (PushState.RECEIVED, 0, "")


def failing(push: Push) -> Tree:
    raise Fault("The network is away.")


@pytest.mark.parametrize(
    "full_name", ["tinytorch-class/m01-stranger", "others/m01-mira-okafor", f"{OWNER}/m02-mira-okafor", f"{OWNER}/m01-"]
)
def test_an_unknown_repository_leaves_nothing_behind(world, full_name):
    with pytest.raises(
        UnknownRepository, match=r"No (assignment expects the repository|student of TinyTorch has the login)"
    ):
        announce(full_name=full_name)
    assert not Push.objects.exists()
    assert not Repository.objects.exists()


@pytest.mark.parametrize(("sender", "whose"), [("tess", "bob"), ("Bob", "bob"), ("Extra-Bob", "extra-bob")])
def test_a_login_with_hyphens_belongs_to_the_longest_pattern_unless_whoever_pushes_says_otherwise(world, sender, whose):
    make_assignment(world.course, "m01-extra", repository_pattern=f"{OWNER}/m01-extra-{{login}}")
    for login in ("bob", "extra-bob"):
        make_enrollment(world.course, login)
    push = announce(full_name=f"{OWNER}/m01-extra-bob", sender_login=sender)
    assert push.repository.student.github_login == whose


def test_staff_have_no_repositories(world):
    make_enrollment(world.course, "tess", Role.TA)
    with pytest.raises(UnknownRepository):
        announce(full_name=f"{OWNER}/m01-tess")


def test_a_renamed_repository_stays_its_students(world, archives):
    announce()
    push = announce(delivery_id="d-0000002", full_name="elsewhere/renamed")
    assert (push.repository.full_name, push.repository.student) == ("elsewhere/renamed", world.student)
    assert len(ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW)) == 1


def test_a_name_taken_over_by_another_repository_does_not_change_the_first_ones_owner(world):
    announce()
    jon = make_enrollment(world.course, "jon")
    push = announce(delivery_id="d-0000002", repository_id=2, full_name=f"{OWNER}/m01-jon")
    assert push.repository.student == jon


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_deletion": True}, "The branch was deleted, so there is nothing to grade."),
        ({"ref": "refs/tags/v1"}, "Only pushes to a branch are graded; this one was to refs/tags/v1."),
        ({"ref": "refs/heads/dev"}, "Graded branches of this repository: main; this push went to dev."),
        ({"sender_is_bot": True}, "It was pushed by a program, as starter code is, and not by a person."),
        ({"sender_login": "TESS"}, "It was pushed by the course's staff; a student's push, or a regrade, is graded."),
    ],
)
def test_what_is_not_graded_is_stored_with_a_sentence(world, sent, changes, reason, django_capture_on_commit_callbacks):
    make_enrollment(world.course, "tess", Role.TA)
    with django_capture_on_commit_callbacks(execute=True):
        push = announce(**changes)
    assert (push.state, push.reason) == (PushState.IGNORED, reason)
    assert sent == []


def test_a_ta_who_is_a_student_of_the_course_hands_in_as_one(world):
    make_enrollment(world.course, "mira-okafor", Role.TA, account=None)
    assert announce(sender_login="Mira-Okafor").state == PushState.RECEIVED


@pytest.mark.parametrize("hooks", [2, 3])
def test_one_push_counts_once_whatever_number_of_hooks_announce_it(world, archives, hooks):
    told = {"before_id": "1" * 40, "commit_id": "2" * 40}
    pushes = {announce(delivery_id=f"hook-{number:04}", at=NOW + number * SECOND, **told) for number in range(hooks)}
    (push,) = pushes
    ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW)
    later = announce(delivery_id="redelivered", at=NOW + 3600 * SECOND, **told)
    assert later == push
    assert (Push.objects.count(), Attempt.objects.count()) == (1, 1)


@pytest.mark.parametrize("has_time", [True, False])
@pytest.mark.parametrize("order", ["baba", "baab", "abba", "bbaa"])
def test_two_hooks_that_announce_two_pushes_in_any_order_announce_two(world, order, has_time):
    steps = {"a": ("1" * 40, "2" * 40), "b": ("2" * 40, "3" * 40)}
    for number, (letter, seconds) in enumerate(zip(order, (1, 2, 900, 901), strict=True)):
        before, after = steps[letter]
        moment = {"a": NOW - 9 * SECOND, "b": NOW}[letter] if has_time else None
        told = {"before_id": before, "commit_id": after, "pushed_at": moment}
        announce(delivery_id=f"hook-{number:04}", at=NOW + seconds * SECOND, **told)
    assert sorted(Push.objects.values_list("commit_id", flat=True)) == ["2" * 40, "3" * 40]


def test_a_host_whose_clock_is_ahead_says_which_push_came_first_and_none_counts_later_than_it_arrived(world, archives):
    steps = [("2" * 40, "3" * 40, 11, 3), ("1" * 40, "2" * 40, 10, 5)]  # before, commit, by the host, when it arrived
    for before, commit, pushed, arrived in steps:
        moment = NOW + (pushed - 6) * SECOND  # which is some two seconds late
        told = {"before_id": before, "commit_id": commit, "pushed_at": moment}
        push = announce(delivery_id=f"step-{pushed:04}", at=NOW + arrived * SECOND, **told)
        ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW + 9 * SECOND)
    first, second = Attempt.objects.by_arrival()
    assert (first.commit_id, first.received_at) == ("2" * 40, NOW + 4 * SECOND)
    assert (second.commit_id, second.received_at) == ("3" * 40, NOW + 3 * SECOND)
    assert second.runs.get().state == "queued"


@pytest.mark.medium
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_pushes_of_one_second_the_newest_is_the_one_that_the_others_lead_to(world, archives, order):
    commits = ["0" * 40, *(commit_of(f"step {number}") for number in range(3))]
    for number in order:
        step = {"before_id": commits[number], "commit_id": commits[number + 1], "pushed_at": NOW}
        push = announce(delivery_id=f"step-{number:04}", at=NOW + number * SECOND, **step)
        ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW + 9 * SECOND)
    attempts = list(Attempt.objects.by_arrival())
    assert [each.commit_id for each in attempts] == commits[1:]
    assert [each.runs.get().state for each in attempts] == ["superseded", "superseded", "queued"]


def test_a_branch_that_was_led_back_and_forth_has_three_pushes(world):
    one, two = "1" * 40, "2" * 40
    for number, (before, after) in enumerate([(one, two), (two, one), (one, two)]):
        announce(delivery_id=f"step-{number:04}", at=NOW + number * SECOND, before_id=before, commit_id=after)
    assert Push.objects.count() == 3


def test_a_second_hook_s_late_announcement_of_an_older_push_is_no_push_and_casts_no_doubt(world):
    announce(delivery_id="first-a", before_id="1" * 40, commit_id="2" * 40)
    announce(delivery_id="second-a", at=NOW + SECOND, before_id="2" * 40, commit_id="3" * 40)
    announce(delivery_id="first-b", at=NOW + 2 * SECOND, before_id="1" * 40, commit_id="2" * 40)
    assert Push.objects.count() == 2
    assert not Repository.objects.get().is_in_doubt


def test_a_student_who_left_is_not_graded(world):
    announce()
    world.student.is_active = False
    world.student.save()
    assert announce(delivery_id="d-0000002").reason == "Mira Okafor is no longer in the course."


def test_an_attempt_holds_what_was_fetched_and_when_it_was_announced(world, archives):
    push = announce()
    (attempt,) = ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW + 9 * SECOND)
    assert (attempt.number, attempt.received_at, attempt.commit_id) == (1, NOW, COMMIT)
    assert unpack_archive(archives.get(attempt.archive_sha256)).digest == attempt.tree_digest == tree(push).digest
    run = attempt.runs.get()
    assert (run.state, run.seed, run.suite, run.reason) == (RunState.QUEUED, SEED, world.assignment.suite, "push")
    push.refresh_from_db()
    assert push.state == PushState.ATTEMPTED


def test_a_push_serves_every_assignment_that_expects_its_repository_and_branch(world, archives):
    make_assignment(world.course, "m02", repository_pattern=f"{OWNER}/m01-{{login}}")
    make_assignment(world.course, "m03", repository_pattern=f"{OWNER}/m01-{{login}}", branch="final")
    attempts = ingest.ingest(push=announce(), fetch=tree, archives=archives, seed=SEED, at=NOW)
    assert sorted(attempt.assignment.slug for attempt in attempts) == ["m01", "m02"]
    (final,) = ingest.ingest(
        push=announce(delivery_id="d-0000002", ref="refs/heads/final"), fetch=tree, archives=archives, seed=SEED, at=NOW
    )
    assert final.assignment.slug == "m03"


def test_taking_in_twice_makes_one_attempt(world, archives):
    push = announce()
    stale = Push.objects.get()
    assert len(ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW)) == 1
    assert ingest.ingest(push=stale, fetch=tree, archives=archives, seed=SEED, at=NOW) == []
    assert (Attempt.objects.count(), Run.objects.count()) == (1, 1)


def test_attempts_are_numbered_from_one_and_the_newer_supersedes(world, archives):
    for number in range(3):
        push = announce(delivery_id=f"d-000000{number}", at=NOW + number * SECOND)
        ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW)
    assert list(Attempt.objects.order_by("number").values_list("number", "runs__state")) == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "queued"),
    ]


def test_a_tree_that_cannot_be_graded_becomes_an_attempt_with_a_refusal(world, archives):
    def refused(push: Push) -> Tree:
        raise SourceError("The file \x1ba links out of the tree.")

    (attempt,) = ingest.ingest(push=announce(), fetch=refused, archives=archives, seed=SEED, at=NOW)
    assert attempt.refusal == "The file \\x1ba links out of the tree."
    assert not attempt.runs.exists()


def test_a_fetch_that_fails_is_tried_again_later_and_then_shown_to_staff(world, archives, settings):
    settings.ASSAY_FETCH_TRIES = 3
    push, at = announce(), NOW
    for pause in (15, 30):
        assert ingest.ingest(push=push, fetch=failing, archives=archives, seed=SEED, at=at) == []
        push.refresh_from_db()
        assert (push.state, push.reason) == (PushState.RECEIVED, "The network is away.")
        assert push.next_try_at == at + pause * SECOND
        at = push.next_try_at
    ingest.ingest(push=push, fetch=failing, archives=archives, seed=SEED, at=at)
    push.refresh_from_db()
    assert push.state == PushState.NEEDS_ATTENTION
    assert not Attempt.objects.exists()


def test_a_full_disk_is_our_fault(world, tmp_path):
    (tmp_path / "archives").write_text("a file where the folder should be")
    push = announce()
    ingest.ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path / "archives"), seed=SEED, at=NOW)
    push.refresh_from_db()
    assert (push.state, push.tries) == (PushState.RECEIVED, 1)


def test_what_nobody_foresaw_is_our_fault_and_ends_with_staff(world, archives, caplog):
    def broken(push: Push) -> Tree:
        raise RuntimeError("a bug of ours")

    push, at = announce(), NOW
    for tries in range(1, 6):
        ingest.ingest(push=push, fetch=broken, archives=archives, seed=SEED, at=at)
        push.refresh_from_db()
        assert (push.tries, push.reason) == (tries, "RuntimeError: a bug of ours")
        at = push.next_try_at
    assert push.state == PushState.NEEDS_ATTENTION
    assert not Attempt.objects.exists()
    assert "Traceback" in caplog.text


def test_a_push_that_its_worker_never_survives_ends_with_staff(world, archives, settings):
    settings.ASSAY_FETCH_TRIES = 3

    def killed(push: Push) -> Tree:
        raise KeyboardInterrupt  # as little is done after it as after a kill for memory

    push, at = announce(), NOW
    for tries in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            ingest.ingest(push=push, fetch=killed, archives=archives, seed=SEED, at=at)
        push.refresh_from_db()
        assert (push.state, push.tries) == (PushState.RECEIVED, tries)
        assert ingest.resend(at=push.next_try_at) == 0  # its worker may still be at it
        at = push.next_try_at + 15 * SECOND
        assert ingest.resend(at=at) == 1
    assert ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=at) == []
    push.refresh_from_db()
    assert (push.state, push.reason) == (PushState.NEEDS_ATTENTION, ingest.NEVER_ENDED)


def test_a_last_try_that_ends_after_all_counts(world, archives, settings):
    settings.ASSAY_FETCH_TRIES = 1

    def slowly(push: Push) -> Tree:
        assert ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW + 9 * SECOND) == []
        assert ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW + 999 * SECOND) == []
        return tree(push)

    push = announce()
    assert len(ingest.ingest(push=push, fetch=slowly, archives=archives, seed=SEED, at=NOW)) == 1
    push.refresh_from_db()
    assert (push.state, push.reason) == (PushState.ATTEMPTED, "")


def test_an_assignment_that_vanished_meanwhile_leaves_a_sentence(world, archives):
    push = announce()
    world.assignment.repository_pattern = "others/m01-{login}"
    world.assignment.save()
    assert ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW) == []
    push.refresh_from_db()
    assert (push.state, push.reason) == (
        PushState.IGNORED,
        "No assignment expects this branch of this repository any more.",
    )


def test_a_lost_fetch_message_is_sent_again_after_a_pause(world, sent, django_capture_on_commit_callbacks):
    push = announce()
    with django_capture_on_commit_callbacks(execute=True):
        assert ingest.resend(at=NOW + 5 * SECOND) == 0
        assert ingest.resend(at=NOW + 60 * SECOND) == 1
        assert ingest.resend(at=NOW + 70 * SECOND) == 0
        assert ingest.resend(at=NOW + 80 * SECOND) == 1
    assert [message.kwargs for message in sent] == [{"push_id": push.pk}] * 2


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_take_longer_than_a_fetch_may_make_one_attempt(archives):
    course = make_course()
    make_assignment(course)
    make_enrollment(course)
    push, start, made = announce(), threading.Barrier(3), []

    def slowly(push: Push) -> Tree:
        start.wait(10)  # everybody has seen the push as received before anybody stores
        return tree(push)

    def work(number: int) -> None:
        try:
            mine, at = Push.objects.get(pk=push.pk), NOW + number * 999 * SECOND
            made.extend(ingest.ingest(push=mine, fetch=slowly, archives=archives, seed=SEED, at=at))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(3)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        assert is_soon(lambda number=number: Push.objects.get(pk=push.pk).tries == number)
    for thread in threads:
        thread.join()
    assert len(made) == Attempt.objects.count() == Run.objects.count() == 1


def is_soon(question: Callable[[], bool]) -> bool:
    """Say whether something comes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not question() and time.monotonic() < deadline:
        time.sleep(0.01)
    return question()


def test_of_several_messages_of_one_push_one_fetches(world, archives):
    """While a host is silent its pushes are asked for again and again: five messages used up all tries within one pause."""
    push, asked = announce(), []

    def silent(push: Push) -> Tree:
        asked.append(push)
        assert ingest.ingest(push=push, fetch=silent, archives=archives, seed=SEED, at=NOW + 12 * SECOND) == []
        raise Fault("The host did not answer.")

    for seconds in (0, 3, 9):
        ingest.ingest(push=push, fetch=silent, archives=archives, seed=SEED, at=NOW + seconds * SECOND)
    push.refresh_from_db()
    assert (len(asked), push.tries, push.state) == (1, 1, PushState.RECEIVED)
    assert len(ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=push.next_try_at)) == 1


def test_a_message_is_read_by_a_clock_that_is_a_little_behind(world, archives):
    push = announce()
    assert len(ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW - 2 * SECOND)) == 1


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_pushes_at_the_same_moment_get_numbers_without_a_gap(archives):
    course = make_course()
    make_assignment(course)
    make_enrollment(course)
    pushes = [announce(delivery_id=f"d-000000{number}", at=NOW + number * SECOND) for number in range(4)]
    start = threading.Barrier(4)

    def work(push: Push) -> None:
        try:
            start.wait(10)
            ingest.ingest(push=push, fetch=tree, archives=archives, seed=SEED, at=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[push]) for push in pushes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Attempt.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    newest = Attempt.objects.get(push=pushes[-1])
    assert list(Run.objects.filter(state=RunState.QUEUED)) == [newest.runs.get()]


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rule", [{"attempt_limit": 1}, {"cool_down_minutes": 30}], ids=str)
def test_a_rule_holds_if_the_next_push_is_taken_in_while_the_one_before_is_sent_out(archives, rule):
    course, later = make_course(), NOW + 60 * SECOND
    make_assignment(course, **rule)
    pushes = []
    for number in range(6):
        make_enrollment(course, f"student{number}")
        told = {"repository_id": number + 1, "full_name": f"{OWNER}/m01-student{number}"}
        first = announce(delivery_id=f"a-{number:07}", **told)
        ingest.ingest(push=first, fetch=tree, archives=archives, seed=SEED, at=NOW)
        pushes.append(announce(delivery_id=f"b-{number:07}", before_id=first.commit_id, at=later, **told))
    start = threading.Barrier(len(pushes) + 1)

    def work(call: Callable[[], object]) -> None:
        try:
            start.wait(10)
            call()
        finally:
            connection.close()

    told = {"fetch": tree, "archives": archives, "seed": SEED, "at": later}
    calls = [functools.partial(ingest.ingest, push=push, **told) for push in pushes]
    threads = [threading.Thread(target=work, args=[call]) for call in (*calls, lambda: dispatch(at=later))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dispatch(at=later)
    out = Run.objects.filter(state=RunState.DISPATCHED)
    assert sorted(out.values_list("attempt__members__github_login", flat=True)) == [f"student{n}" for n in range(6)]
    waiting = Run.objects.filter(state=RunState.QUEUED)
    assert all("cool_down_minutes" in rule and run.not_before == later + 1800 * SECOND for run in waiting)


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_at_the_same_moment_is_stored_once():
    course = make_course()
    make_assignment(course)
    make_enrollment(course)
    start, receipts = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(10)
            receipts.append(receive(announcement=ANNOUNCEMENT, at=NOW).is_new)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipts) == [False, False, False, True]
    assert (Push.objects.count(), Repository.objects.count()) == (1, 1)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"README.md": b"soon"}, "has no package 'tinytorch'"),
        ({"tinytorch/__init__.py": b"x = 1\n", "src/tinytorch/__init__.py": b"x = 2\n"}, "more than once"),
        ({"a/tinytorch/__init__.py": b"", "b/tinytorch/__init__.py": b""}, "tinytorch"),
    ],
)
def test_a_push_of_which_no_check_could_be_made_is_refused_and_uses_up_no_attempt(
    world, archives, settings, files, words
):
    suite = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_suite(load_suite(ROOT / "test_suites" / "m01_tensor")))
    SuiteVersion.objects.update(archive_sha256=suite)
    type(world.assignment).objects.update(attempt_limit=1)
    (refused,) = ingest.ingest(push=announce(), fetch=lambda push: Tree.of(files), archives=archives, at=NOW)
    assert words in refused.refusal
    assert not refused.runs.exists()
    (attempt,) = ingest.ingest(push=announce(delivery_id="second"), fetch=tree, archives=archives, at=NOW)
    assert (attempt.refusal, attempt.runs.count()) == ("", 1)
