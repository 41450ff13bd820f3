"""Asking the host itself: lost webhooks, and what was there at a due time. Real repositories, real questions."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F

from course_admin import celery
from course_admin.assignments.models import Extension
from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.integrations.code import ask, fetch
from course_admin.integrations.github import tasks
from course_admin.submissions import tasks as submissions_tasks
from course_admin.submissions.intake import ingest, polling
from course_admin.submissions.intake.announcements.announcement import Found
from course_admin.submissions.intake.announcements.late import FOUND_BEFORE, OVERTAKEN, PROVEN
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.intake.polling import look
from course_admin.submissions.models import Attempt, Push, PushState, Repository, Run, Snapshot, UnannouncedTip
from grader.source import SourceUnavailable
from grader.transport.archives import FolderArchives
from tests.course_admin.integrations.github.test_code import git, pushed
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.course_admin.test_admin import announcement
from tests.factories import COMMIT, NOW, OWNER, SEED, make_assignment, make_course, make_enrollment, make_user

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MAIN = "refs/heads/main"


@pytest.fixture(autouse=True)
def host(tmp_path, settings) -> Path:
    settings.ASSAY_CLONE_URL = f"file://{tmp_path}/host/{{full_name}}.git"
    return tmp_path / "host"


def work_of(host: Path, login: str = "mira-okafor") -> Path:
    """Make a student's repository at the host, and return their working copy."""
    bare, work = host / OWNER / f"m01-{login}.git", host.parent / login
    for folder in (bare, work):
        folder.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare")
    git(work, "init", "--quiet")
    git(work, "remote", "add", "origin", str(bare))
    return work


def told(commit_id: str, number: int = 1, login: str = "mira-okafor", at: datetime = NOW, **changes) -> Push:
    """Announce a push as its webhook does."""
    facts = {"commit_id": commit_id, "delivery_id": f"webhook-{number}-{commit_id}", **changes}
    return receive(announcement=replace(announcement(number, login), **facts), at=at).push


def poll(at: datetime, asking: polling.Ask = ask, at_once: int = 50) -> int:
    """Ask, and take what no push has announced a minute later; return how many answered."""
    answered = polling.poll(ask=asking, at_once=at_once, now=lambda: at)
    polling.take_seen(at=at + MINUTE)
    return answered


@pytest.fixture
def archives(tmp_path) -> FolderArchives:
    return FolderArchives(tmp_path / "archives")


@pytest.fixture
def mira(world, host) -> Path:
    """Return the working copy of a student whose first push was announced, and whose host has answered at NOW."""
    work = work_of(host)
    told(pushed(work, "x = 1\n"), at=NOW - MINUTE)
    assert poll(NOW) == 1
    return work


def bind(world, *logins: str) -> list[Repository]:
    """Bind a repository of each login, by a push of theirs."""
    for number, login in enumerate(logins, Repository.objects.count() + 2):
        if not Enrollment.objects.filter(github_login=login).exists():
            make_enrollment(world.course, login)
        told(COMMIT, number, login, delivery_id=f"webhook-{number}")
    return [Repository.objects.get(full_name=f"{OWNER}/m01-{login}") for login in logins]


def set_times(world, **fields) -> None:
    for name, value in fields.items():
        setattr(world.assignment, name, value)
    world.assignment.save()


def extend(world, student: Enrollment, days: int = 1) -> None:
    by = {"reason": "flu", "granted_by": make_user(), "granted_at": NOW}
    Extension.objects.create(assignment=world.assignment, student=student, days=days, **by)


# --- lost webhooks ---


@pytest.mark.medium
def test_a_lost_webhook_is_found_and_its_push_graded_once(
    mira, archives, sent, django_capture_on_commit_callbacks, caplog
):
    caplog.set_level("INFO")
    lost = pushed(mira, "x = 2\n")
    with django_capture_on_commit_callbacks(execute=True):
        for minutes in (5, 10, 15):
            poll(NOW + minutes * MINUTE)
    push = Push.objects.get(commit_id=lost)
    assert (push.state, push.ref, push.sender_login) == (PushState.RECEIVED, MAIN, "")
    assert [(each.task, each.kwargs) for each in sent] == [(ingest.INGEST, {"push_id": push.pk})]
    assert caplog.text.count("was found by asking its host") == 1
    (attempt,) = ingest.ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=NOW + 16 * MINUTE)
    poll(NOW + 20 * MINUTE)
    assert attempt.commit_id == lost
    assert (Push.objects.filter(commit_id=lost).count(), Run.objects.count()) == (1, 1)


@pytest.mark.medium
def test_what_was_announced_is_not_found_again_even_if_it_was_ignored(mira, world):
    make_enrollment(world.course, "tess", Role.TA)
    told(pushed(mira, "x = 2\n"), sender_login="tess")
    poll(NOW + 5 * MINUTE)
    assert sorted(Push.objects.values_list("state", flat=True)) == ["ignored", "received"]


@pytest.mark.medium
@pytest.mark.parametrize("sender", [{"sender_login": "tess"}, {"sender_is_bot": True}])
def test_what_is_announced_just_after_it_was_seen_is_not_taken_for_the_students(mira, world, sender):
    make_enrollment(world.course, "tess", Role.TA)
    commit = pushed(mira, "x = 2\n")
    polling.poll(ask=ask, at_once=50, now=lambda: NOW + 5 * MINUTE)
    told(commit, at=NOW + 5 * MINUTE + SECOND, **sender)
    assert polling.take_seen(at=NOW + 6 * MINUTE) == 0
    poll(NOW + 10 * MINUTE)
    assert [each.state for each in Push.objects.filter(commit_id=commit)] == [PushState.IGNORED]
    assert not UnannouncedTip.objects.exists()


@pytest.mark.medium
def test_what_nobody_announces_for_a_minute_is_taken_once_and_counts_as_before(mira):
    lost = pushed(mira, "x = 2\n")
    polling.poll(ask=ask, at_once=50, now=lambda: NOW + 5 * MINUTE)
    assert polling.take_seen(at=NOW + 6 * MINUTE - SECOND) == 0
    newer = pushed(mira, "x = 3\n")
    polling.poll(ask=ask, at_once=50, now=lambda: NOW + 6 * MINUTE)
    assert [polling.take_seen(at=NOW + seconds * SECOND) for seconds in (360, 361, 420)] == [1, 0, 1]
    found = Push.objects.filter(commit_id__in=[lost, newer]).order_by("pk").values_list("received_at", "found_at")
    assert list(found) == [(NOW, NOW + 5 * MINUTE), (NOW + 5 * MINUTE, NOW + 6 * MINUTE)]


@pytest.mark.medium
def test_what_was_seen_is_old_once_a_newer_push_was_announced(mira):
    seen, newer = pushed(mira, "x = 2\n"), "e" * 40
    polling.poll(ask=ask, at_once=50, now=lambda: NOW + 5 * MINUTE)
    told(newer, at=NOW + 5 * MINUTE + SECOND, before_id=seen)
    assert polling.take_seen(at=NOW + 6 * MINUTE) == 0


@pytest.mark.medium
def test_a_push_that_was_found_counts_from_when_it_was_not_there_yet(mira):
    lost = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    assert Push.objects.get(commit_id=lost).received_at == NOW
    told(pushed(mira, "x = 3\n"), at=NOW + 7 * MINUTE, before_id=lost)
    lost = pushed(mira, "x = 4\n")
    poll(NOW + 10 * MINUTE)
    assert Push.objects.get(commit_id=lost).received_at == NOW + 7 * MINUTE


@pytest.mark.medium
def test_where_the_host_never_answered_a_push_counts_from_now(world, host):
    work = work_of(host)
    told(pushed(work, "x = 1\n"), at=NOW - DAY)
    lost = pushed(work, "x = 2\n")
    poll(NOW)
    assert Push.objects.get(commit_id=lost).received_at == NOW


@pytest.mark.medium
def test_a_question_without_an_answer_is_no_sign_that_nothing_was_there(mira):
    def away(repository, branches):
        raise SourceUnavailable("The host is away.")

    lost = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE, away)
    poll(NOW + 10 * MINUTE)
    assert Push.objects.get(commit_id=lost).received_at == NOW


@pytest.mark.medium
def test_a_webhook_that_comes_late_is_kept_and_not_graded_again(mira, archives):
    lost = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    found = Push.objects.get(commit_id=lost)
    ingest.ingest(push=found, fetch=fetch, archives=archives, seed=SEED, at=NOW + 6 * MINUTE)
    late = told(lost, at=NOW + 6 * MINUTE)
    assert (late.state, late.reason) == (PushState.IGNORED, FOUND_BEFORE)
    poll(NOW + 10 * MINUTE)
    assert (Attempt.objects.count(), Push.objects.filter(commit_id=lost).count()) == (1, 2)


@pytest.mark.medium
def test_a_webhook_that_comes_late_helps_a_push_that_got_stuck(mira):
    lost = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    Push.objects.filter(commit_id=lost).update(state=PushState.NEEDS_ATTENTION, reason="The network was away.", tries=5)
    told(lost, at=NOW + 6 * MINUTE)
    found = Push.objects.filter(commit_id=lost).earliest("pk")
    assert (found.state, found.tries) == (PushState.RECEIVED, 0)


@pytest.mark.medium
def test_going_back_to_a_commit_that_was_found_is_another_push(mira):
    found = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    later = pushed(mira, "x = 3\n")
    told(later, at=NOW + 6 * MINUTE, before_id=found)
    back = told(found, at=NOW + 7 * MINUTE, before_id=later, is_forced=True)
    assert back.state == PushState.RECEIVED


@pytest.mark.slow
def test_a_lost_webhook_of_going_back_is_found_each_time(mira):
    first = Push.objects.get().commit_id
    second = pushed(mira, "x = 2\n")
    told(second, at=NOW + MINUTE, before_id=first)
    poll(NOW + 2 * MINUTE)
    assert Push.objects.count() == 2
    for minutes, commit in ((5, first), (10, second), (15, first), (20, second)):
        git(mira, "push", "--quiet", "--force", "origin", f"{commit}:main")
        poll(NOW + minutes * MINUTE)
        poll(NOW + (minutes + 2) * MINUTE)
    assert list(Push.objects.order_by("pk").values_list("commit_id", flat=True)) == [first, second] * 3


@pytest.mark.medium
def test_a_tip_that_is_old_by_the_time_it_is_stored_is_not_taken(mira):
    """Asked, then a newer push was announced: what the host said is no longer the newest."""
    lost = pushed(mira, "x = 2\n")

    def slowly(repository, branches):
        tips = ask(repository, branches)
        told(pushed(mira, "x = 3\n"), at=NOW + 5 * MINUTE + timedelta(seconds=1))
        return tips

    poll(NOW + 5 * MINUTE, slowly)
    assert not Push.objects.filter(commit_id=lost).exists()


@pytest.mark.medium
@pytest.mark.parametrize("behind", [timedelta(seconds=0.7), timedelta(seconds=3)])
def test_what_was_led_away_from_while_the_host_was_asked_is_old_though_its_clock_says_otherwise(mira, behind):
    """A host tells whole seconds by its own clock: a push just after a question seems to have come just before it."""
    start = Push.objects.get().commit_id
    first = pushed(mira, "x = 2\n")  # its announcement is lost
    asked_at = NOW + 5 * MINUTE
    polling.poll(ask=ask, at_once=50, now=lambda: asked_at)
    second = pushed(mira, "x = 3\n")
    told(second, before_id=first, at=asked_at + SECOND, pushed_at=asked_at - behind)
    assert polling.take_seen(at=asked_at + MINUTE) == 0
    for minutes in (10, 15):
        poll(NOW + minutes * MINUTE)
    again = told(first, before_id=start, at=NOW + 20 * MINUTE, pushed_at=asked_at - 2 * behind)
    poll(NOW + 25 * MINUTE)
    assert (again.state, again.received_at) == (PushState.RECEIVED, asked_at - 2 * behind)
    assert [Push.objects.filter(commit_id=each).count() for each in (start, first, second)] == [1, 1, 1]


@pytest.mark.medium
@pytest.mark.parametrize("order", [(2, 0, 1), (2, 0), (1, 2, 0), (2, 1, 0)])
def test_pushes_of_one_second_are_not_found_anew_in_whatever_order_they_are_announced(mira, order):
    """A host tells whole seconds, and what comes out of order says too late what it led on from."""
    start = Push.objects.get().commit_id
    commits = [pushed(mira, f"x = {number}\n") for number in (2, 3, 4)]
    steps = list(zip([start, *commits], commits, strict=False))
    for late, number in enumerate(order):
        before, commit = steps[number]
        told(commit, before_id=before, at=NOW + MINUTE + late * SECOND, pushed_at=NOW + MINUTE)
    for minutes in (5, 10, 15):
        poll(NOW + minutes * MINUTE)
    assert [Push.objects.filter(commit_id=commits[number]).count() for number in order] == [1] * len(order)
    assert not UnannouncedTip.objects.exists()


def test_going_back_at_once_is_found_when_the_host_is_asked_again(mira):
    first, second = pushed(mira, "x = 2\n"), pushed(mira, "x = 3\n")
    told(first, at=NOW + MINUTE)
    told(second, before_id=first, at=NOW + 2 * MINUTE, pushed_at=NOW + 2 * MINUTE)
    git(mira, "push", "--quiet", "--force", "origin", f"{first}:main")  # its announcement is lost
    poll(NOW + 2 * MINUTE + SECOND)
    poll(NOW + 10 * MINUTE)
    assert Push.objects.filter(commit_id=first).count() == 2


@pytest.mark.medium
def test_one_commit_on_two_graded_branches_is_two_pushes(mira, world):
    make_assignment(world.course, "m03", repository_pattern=f"{OWNER}/m01-{{login}}", branch="final")
    lost = pushed(mira, "x = 2\n")
    git(mira, "push", "--quiet", "origin", "HEAD:final", "HEAD:other")
    poll(NOW + 5 * MINUTE)
    refs = Push.objects.filter(commit_id=lost).order_by("ref").values_list("ref", "state")
    assert list(refs) == [("refs/heads/final", "received"), (MAIN, "received")]


@pytest.mark.medium
def test_the_longest_number_of_a_repository_fits(mira):
    Repository.objects.update(host_id=2**63 - 1)
    pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    assert len(Push.objects.latest("pk").delivery_id) <= 64


# --- redelivering after an outage ---


def told_again(pushes: list[tuple[str, str]]) -> list[str]:
    """Announce pushes, from one commit to another, an hour after they came; return what became of each."""
    return [told(commit, at=NOW + HOUR, before_id=before).state for before, commit in pushes]


@pytest.fixture
def outage(mira) -> tuple[str, str, str, str]:
    """Return a commit that was announced, and three whose webhooks were lost; the last was found."""
    known = Push.objects.get().commit_id
    lost = [pushed(mira, f"x = {number}\n") for number in (2, 3, 4)]
    poll(NOW + 5 * MINUTE)
    assert Push.objects.latest("pk").commit_id == lost[-1]
    return known, *lost


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.slow
@pytest.mark.rows
def test_what_is_redelivered_in_any_order_never_replaces_what_was_found(outage, order):
    pushes = list(itertools.pairwise(outage))
    assert set(told_again([pushes[number] for number in order])) == {PushState.IGNORED}
    reasons = dict(Push.objects.filter(state=PushState.IGNORED).values_list("commit_id", "reason"))
    assert reasons == {outage[1]: OVERTAKEN, outage[2]: OVERTAKEN, outage[3]: FOUND_BEFORE}
    poll(NOW + 2 * HOUR)
    assert Push.objects.count() == 5


@pytest.mark.medium
@pytest.mark.parametrize("is_late", [False, True])
def test_a_push_after_what_was_found_counts_though_older_ones_were_redelivered(outage, is_late):
    pushes = list(itertools.pairwise(outage))
    if is_late:
        told_again(pushes)
    assert told_again([(outage[3], "e" * 40), ("e" * 40, "f" * 40)]) == [PushState.RECEIVED] * 2
    if not is_late:
        assert set(told_again(pushes)) == {PushState.IGNORED}


def take_in(commit_id: str, archives: FolderArchives, at: datetime) -> Attempt:
    """Fetch the code of the push of a commit that is graded, and return its attempt."""
    push = Push.objects.exclude(state=PushState.IGNORED).get(commit_id=commit_id)
    ingest.ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=at)
    return Attempt.objects.get(push=push)


@pytest.mark.medium
@pytest.mark.parametrize("is_taken_in", [False, True])
def test_the_hosts_own_time_holds_though_the_host_was_asked_before_it_announced(world, host, archives, is_taken_in):
    """Nothing earlier could be shown when the push was found: its host had never answered before."""
    work = work_of(host)
    told(pushed(work, "x = 1\n"), at=NOW - MINUTE)
    lost = pushed(work, "x = 2\n")
    Repository.objects.update(asked_at=None, answered_at=None)
    poll(NOW + HOUR)
    found = Push.objects.get(commit_id=lost)
    assert found.received_at == NOW + HOUR
    if is_taken_in:
        assert take_in(lost, archives, NOW + HOUR + MINUTE).received_at == NOW + HOUR
    told(lost, at=NOW + 2 * HOUR, pushed_at=NOW + MINUTE)
    attempt = Attempt.objects.get(push=found) if is_taken_in else take_in(lost, archives, NOW + 2 * HOUR)
    assert attempt.received_at == Push.objects.get(pk=found.pk).received_at == NOW + MINUTE
    events = AuditEvent.objects.filter(reason=PROVEN).values_list("before", "after", "course")
    times = [{"received_at": moment.isoformat()} for moment in (NOW + HOUR, NOW + MINUTE)]
    assert list(events) == ([(*times, world.course.pk)] if is_taken_in else [])


@pytest.mark.medium
def test_a_later_time_of_the_host_changes_nothing(mira, archives):
    lost = pushed(mira, "x = 2\n")
    poll(NOW + 5 * MINUTE)
    attempt = take_in(lost, archives, NOW + 6 * MINUTE)
    told(lost, at=NOW + HOUR, pushed_at=NOW + 2 * MINUTE)
    attempt.refresh_from_db()
    assert attempt.received_at == NOW
    assert not AuditEvent.objects.filter(reason=PROVEN).exists()


@pytest.mark.medium
@pytest.mark.parametrize("is_in_order", [True, False])
def test_what_was_on_time_is_graded_though_only_the_late_one_was_found(world, host, archives, is_in_order):
    """Two pushes of an outage, before and after the due time, announced again in either order after the host was asked."""
    set_times(world, due_at=NOW + HOUR, counting="best")
    work = work_of(host)
    on_time, late = (pushed(work, f"x = {number}\n") for number in (1, 2))
    told("0" * 39 + "1", at=NOW - MINUTE)
    Repository.objects.update(asked_at=None, answered_at=None)
    poll(NOW + 2 * HOUR)
    announced = [("0" * 39 + "1", on_time, NOW + MINUTE), (on_time, late, NOW + HOUR + MINUTE)]
    for before_id, commit_id, pushed_at in announced if is_in_order else reversed(announced):
        told(commit_id, before_id=before_id, at=NOW + 3 * HOUR, pushed_at=pushed_at)
    attempts = [take_in(commit_id, archives, NOW + 3 * HOUR) for commit_id in (on_time, late)]
    for attempt in attempts:
        attempt.refresh_from_db()
    assert [each.received_at for each in attempts] == [NOW + MINUTE, NOW + HOUR + MINUTE]
    assert [each.runs.get().state for each in attempts] == ["queued", "queued"]


@pytest.mark.medium
def test_what_was_kept_and_is_stored_late_never_replaces_what_was_found(outage):
    kept = replace(announcement(1, "mira-okafor"), delivery_id="kept", before_id=outage[0], commit_id=outage[1])
    push = receive(announcement=kept, at=NOW + HOUR, found=Found(received_at=NOW, asked_at=None)).push
    assert (push.state, push.received_at, push.found_at) == (PushState.IGNORED, NOW, None)


@pytest.mark.medium
def test_going_back_behind_what_was_found_counts(outage):
    assert told_again([(outage[3], outage[1]), (outage[1], outage[3])]) == [PushState.RECEIVED] * 2


@pytest.mark.medium
def test_a_push_whose_forerunner_was_lost_too_is_graded_once_its_host_is_asked(outage, mira):
    pushed(mira, "x = 5\n")
    tip = pushed(mira, "x = 6\n")
    assert told_again([("d" * 40, tip)]) == [PushState.IGNORED]
    assert Repository.objects.get().is_in_doubt
    poll(NOW + 2 * HOUR)
    assert not Repository.objects.get().is_in_doubt
    assert list(Push.objects.filter(commit_id=tip).order_by("pk").values_list("state", flat=True)) == [
        PushState.IGNORED,
        PushState.RECEIVED,
    ]


# --- at the same moment ---


def at_the_same_time(*works: Callable[[], object]) -> None:
    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def bound(transactional_db) -> Repository:
    """Return the repository of a student, bound by an announced push; nobody is asked."""
    course = make_course()
    make_assignment(course)
    make_enrollment(course)
    announce(delivery_id="d-0000000", at=NOW - MINUTE)
    return Repository.objects.get()


@pytest.mark.medium
@pytest.mark.parametrize("round", range(5))
def test_webhook_and_question_at_the_same_moment_make_one_graded_push(bound, round):
    start, tip = threading.Barrier(2), "e" * 40

    def answer(repository, branches):
        start.wait(10)
        return {"main": tip}

    def webhook() -> None:
        start.wait(10)
        announce(commit_id=tip, at=NOW)

    at_the_same_time(lambda: look(repository=bound, ask=answer, at=NOW), webhook)
    polling.take_seen(at=NOW + MINUTE)
    assert Push.objects.filter(commit_id=tip).exclude(state=PushState.IGNORED).count() == 1


@pytest.mark.medium
@pytest.mark.parametrize("round", range(5))
def test_webhook_and_second_look_at_the_same_moment_make_one_graded_push(bound, round):
    start, tip = threading.Barrier(3), "e" * 40
    look(repository=bound, ask=lambda *_: {"main": tip}, at=NOW)

    def take() -> None:
        start.wait(10)
        polling.take_seen(at=NOW + MINUTE)

    def webhook() -> None:
        start.wait(10)
        announce(commit_id=tip, at=NOW + MINUTE)

    at_the_same_time(take, take, webhook)
    assert Push.objects.filter(commit_id=tip).exclude(state=PushState.IGNORED).count() == 1
    assert not UnannouncedTip.objects.exists()


@pytest.mark.medium
def test_the_announcement_waits_while_a_push_is_being_found(bound, monkeypatch):
    """The one order of the two that a race seldom shows: the service holds the row, the webhook comes second."""
    taking, tip, ended = threading.Event(), "e" * 40, []
    real = polling.receive

    def late(**facts):
        receipt = real(**facts)
        taking.set()
        webhook.join(0.3)  # it cannot end before this transaction does
        ended.append(not webhook.is_alive())
        return receipt

    monkeypatch.setattr(polling, "receive", late)

    def announce_it() -> None:
        try:
            taking.wait(10)
            announce(commit_id=tip, at=NOW)
        finally:
            connection.close()

    webhook = threading.Thread(target=announce_it)
    look(repository=bound, ask=lambda *_: {"main": tip}, at=NOW)
    webhook.start()
    polling.take_seen(at=NOW + MINUTE)
    webhook.join()
    assert ended == [False]
    assert sorted(Push.objects.filter(commit_id=tip).values_list("state", flat=True)) == ["ignored", "received"]


def test_two_polls_at_the_same_moment_ask_once(bound):
    asked, start = [], threading.Barrier(3)

    def answer(repository, branches):
        asked.append(repository)
        return {}

    def work() -> None:
        mine = Repository.objects.get()
        start.wait(10)
        look(repository=mine, ask=answer, at=NOW)

    at_the_same_time(work, work, work)
    assert len(asked) == 1


@pytest.mark.medium
def test_an_answer_that_a_later_question_overtook_is_not_taken(mira):
    """The first question is slow: what it was told of is old by the time the second was answered."""
    repository = Repository.objects.get()
    old = pushed(mira, "x = 2\n")

    def slowly(repository, branches):
        tips = ask(repository, branches)
        pushed(mira, "x = 3\n")
        assert look(repository=Repository.objects.get(), ask=ask, at=NOW + 7 * MINUTE)
        return tips

    assert not look(repository=repository, ask=slowly, at=NOW + 5 * MINUTE)
    assert Repository.objects.get().answered_at == NOW + 7 * MINUTE
    assert not UnannouncedTip.objects.filter(commit_id=old).exists()


# --- a host that is away ---


@pytest.mark.medium
def test_a_host_that_does_not_answer_changes_nothing_and_the_others_are_asked(world, host, caplog):
    lost = {}
    for number, login in enumerate(("ada", "bea", "cid"), 2):
        work = work_of(host, login)
        make_enrollment(world.course, login)
        told(pushed(work, "x = 1\n"), number, login)
        lost[login] = pushed(work, f"x = {number}\n")
    (host / OWNER / "m01-bea.git").rename(host / "away")
    set_times(world, due_at=NOW - HOUR)
    assert poll(NOW) == 2
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("Of the repositories that were asked, 1 did not answer, first tinytorch-class/m01-bea: ")
    found = Push.objects.filter(commit_id__in=lost.values()).values_list("repository__full_name", flat=True)
    assert sorted(found) == [f"{OWNER}/m01-ada", f"{OWNER}/m01-cid"]
    assert Snapshot.objects.count() == 2
    bea = Repository.objects.get(full_name__endswith="bea")
    assert (bea.asked_at, bea.answered_at) == (NOW, None)
    (host / "away").rename(host / OWNER / "m01-bea.git")
    assert poll(NOW + MINUTE) == 3
    assert Push.objects.filter(commit_id=lost["bea"]).exists()
    assert Snapshot.objects.count() == 3


def test_nobody_waits_long_for_a_host_that_is_away(world, caplog):
    bind(world, *(f"s{number}" for number in range(9)))
    asked = []

    def away(repository, branches):
        asked.append(repository)
        raise SourceUnavailable("The host\nis away.")

    assert poll(NOW, away) == 0
    assert len(asked) == 5
    poll(NOW + MINUTE, away)
    assert len(set(asked)) == 9  # those who were not asked come first
    assert "\n" not in caplog.records[-1].getMessage()


@pytest.mark.parametrize("branch", ["*", "-u", "--upload-pack=id", "main..x", "\u202emain", "a b", "x" * 250])
@pytest.mark.slow
@pytest.mark.rows
def test_a_branch_with_a_hostile_name_is_not_there(mira, world, branch):
    Repository.objects.update(default_branch=branch)
    pushed(mira, "x = 2\n")
    set_times(world, due_at=NOW)
    assert poll(NOW + 5 * MINUTE) == 1
    assert Push.objects.count() == 1
    assert Snapshot.objects.get().commit_id == ""


@pytest.mark.medium
def test_branches_that_only_look_like_the_graded_one_are_not_taken(mira):
    git(mira, "commit", "--quiet", "--allow-empty", "--message", "elsewhere")
    git(
        mira,
        "push",
        "--quiet",
        "origin",
        "HEAD:refs/heads/refs/heads/main",
        "HEAD:refs/heads/x/main",
        "HEAD:refs/tags/main",
    )
    poll(NOW + 5 * MINUTE)
    assert Push.objects.count() == 1


# --- the task ---


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_the_task_asks_and_what_it_finds_is_taken_in(world, host, sent, settings, tmp_path):
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    work = work_of(host)
    told(pushed(work, "x = 1\n"))
    lost = pushed(work, "x = 2\n")
    sent.clear()
    tasks.poll()
    UnannouncedTip.objects.update(seen_at=F("seen_at") - MINUTE, received_at=F("received_at") - MINUTE)
    submissions_tasks.tick()
    tasks.ingest(**sent.pop().kwargs)
    assert Attempt.objects.get().commit_id == lost


@pytest.mark.parametrize(("seconds", "is_on"), [(300, True), (0, False)])
def test_the_clock_asks_as_often_as_the_setting_says(settings, seconds, is_on):
    settings.ASSAY_POLL_SECONDS = seconds
    schedule = celery._configure()["beat_schedule"]
    assert (tasks.poll.name in schedule) == is_on
    assert seconds == 0 or schedule[tasks.poll.name]["schedule"] == seconds
