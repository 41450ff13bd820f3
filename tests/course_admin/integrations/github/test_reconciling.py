"""What GitHub knows and we missed is asked for again: `course_admin/integrations/github/app/reconciling.py`."""

import random
from datetime import timedelta

import pytest

from course_admin.integrations import deliveries
from course_admin.integrations.github import webhooks
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.app.reconciling import KEPT, NEWEST, TIMES, find_repositories, redeliver
from course_admin.submissions.intake.ingest import ingest, receive
from course_admin.submissions.intake.polling import look, take_seen
from course_admin.submissions.models import Attempt, ParkedPush, Push, PushState, Repository, UnannouncedTip
from grader.transport.archives import FolderArchives
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.losses import ROUND, Killed, Losses
from tests.course_admin.integrations.github.test_checks import Clock
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import COMMIT, NOW, OWNER, make_enrollment

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def clock(hub, world) -> Clock:
    hub.now = Clock(NOW)
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW - DAY)
    return hub.now


@pytest.fixture
def logged(hub, clock):
    """Put a delivery into GitHub's log; return its number there."""

    def logged(guid: str, status: int, ago=5 * MINUTE, event: str = "push") -> int:
        told = {"guid": guid, "delivered_at": (NOW - ago).isoformat(), "status_code": status, "event": event}
        hub.deliveries.append({"id": 1 + len(hub.deliveries), **told})
        return len(hub.deliveries)

    return logged


def asked_again(hub, clock, back=NEWEST) -> list[int]:
    with github(clock) as asked:
        redeliver(hub=asked, back=back)
    return hub.asked_again


@pytest.mark.medium
@pytest.mark.parametrize("status", [0, 502, 503, 500, 413])
def test_what_did_not_arrive_is_delivered_again(hub, clock, logged, status):
    lost = logged("lost-0001", status)
    announce(delivery_id="here-0001")
    logged("here-0001", 202)
    assert asked_again(hub, clock) == [lost]


@pytest.mark.medium
@pytest.mark.parametrize(("status", "event"), [(401, "push"), (404, "push"), (503, "ping"), (0, "check_run")])
def test_what_another_time_would_not_change_is_left(hub, clock, logged, status, event):
    logged("left-0001", status, event=event)
    assert asked_again(hub, clock) == []


def test_what_arrived_by_a_later_delivery_is_left(hub, clock, logged):
    logged("twice-001", 0)
    announce(delivery_id="twice-001")
    logged("twice-001", 202, ago=MINUTE)
    assert asked_again(hub, clock) == []


def test_what_fails_each_time_is_not_asked_for_without_end(hub, clock, logged):
    for _ in range(TIMES):
        logged("bad-00001", 500)
    assert asked_again(hub, clock) == []


def test_what_just_failed_may_still_be_on_its_way(hub, clock, logged):
    logged("now-00001", 502, ago=timedelta(seconds=5))
    assert asked_again(hub, clock) == []


def test_what_was_answered_and_lost_with_a_database_is_delivered_again(hub, clock, logged):
    gone = logged("restored1", 202)
    assert asked_again(hub, clock) == [gone]


def test_what_is_kept_for_a_student_is_not_lost(hub, clock, logged):
    ParkedPush.objects.create(delivery_id="parked-01", full_name="a/b", why="x", announcement={}, received_at=NOW)
    logged("parked-01", 202)
    assert asked_again(hub, clock) == []


@pytest.mark.medium
def test_the_log_is_read_page_by_page_as_far_back_as_wanted(hub, clock, logged):
    old = logged("old-00001", 0, ago=2 * DAY)
    for number in range(150):
        logged(f"here-{number:04d}", 401, ago=DAY)
    assert asked_again(hub, clock) == []
    assert sum("deliveries" in line for line in hub.asked) == 1
    assert asked_again(hub, clock, KEPT) == [old]
    assert sum("GET /app/hook/deliveries" in line for line in hub.asked) == 3


def test_a_log_that_is_odd_harms_nothing(hub, clock, logged):
    hub.deliveries += [
        {"id": 7},
        {"id": 8, "event": "push"},
        {"id": 9, "event": "push", "guid": None, "delivered_at": "soon"},
    ]
    lost = logged("lost-0001", 0)
    assert asked_again(hub, clock) == [lost]


@pytest.fixture
def found(hub, clock):
    """List what GitHub has."""

    def found() -> list[Repository]:
        with github(clock) as asked:
            return find_repositories(hub=asked)

    return found


def there(hub, name: str, number: int, pushed, made=NOW - DAY) -> None:
    times = {"pushed_at": pushed.isoformat(), "created_at": made.isoformat()}
    hub.has(f"{OWNER}/{name}", number, default_branch="main", **times)


@pytest.mark.medium
def test_a_first_push_whose_webhook_was_lost_is_found_and_counts_from_the_hosts_own_time(world, hub, clock, found):
    there(hub, "m01-mira-okafor", 41, NOW - 20 * MINUTE)
    there(hub, "something-else", 42, NOW - 20 * MINUTE)
    (repository,) = found()
    assert repository.student == world.student
    assert look(repository=repository, ask=lambda *_: {"main": COMMIT}, at=NOW)
    assert take_seen(at=NOW + MINUTE) == 1
    push = Push.objects.get()
    assert (push.received_at, push.found_at, push.state) == (NOW - 20 * MINUTE, NOW, PushState.RECEIVED)
    assert found() == []


@pytest.mark.medium
@pytest.mark.parametrize("after_seconds", [0, 30])
def test_what_nobody_has_pushed_to_yet_is_left(world, hub, clock, found, after_seconds):
    there(hub, "m01-mira-okafor", 41, NOW - DAY + timedelta(seconds=after_seconds))
    assert found() == []
    assert not Repository.objects.exists()


@pytest.mark.slow
def test_repositories_are_listed_to_the_last_page(world, hub, clock, found):
    for number in range(120):
        there(hub, f"m01-nobody-{number}", 100 + number, NOW - MINUTE)
    there(hub, "m01-mira-okafor", 41, NOW - MINUTE)
    assert [each.full_name for each in found()] == [f"{OWNER}/m01-mira-okafor"]


@pytest.mark.medium
def test_a_limit_leaves_githubs_installation_alone(world, hub, clock, found):
    there(hub, "m01-mira-okafor", 41, NOW - MINUTE)
    hub.once("GET /installation/repositories", 403, {"message": "rate limit"}, retry_after="600")
    assert found() == []
    assert found() == []
    clock.at += 11 * MINUTE
    assert len(found()) == 1


@pytest.fixture
def losses(world, hub, clock, client, monkeypatch):
    """Return the simulation, with a web process that can be killed before and after it has stored."""
    fates: list[str] = []

    def dying(**told):
        fate = fates.pop() if fates else ""
        if fate == "kill before":
            raise Killed
        receipt = receive(**told)
        if fate == "kill after":
            raise Killed
        return receipt

    def post(body, headers):
        return client.post("/hooks/github/", body, content_type="application/json", headers=headers).status_code

    monkeypatch.setattr(deliveries, "receive", dying)
    monkeypatch.setattr(webhooks, "now", lambda: clock.at)

    def losses(seed: int) -> Losses:
        return Losses(hub, post, fates.append, clock, rate=0.3, chance=random.Random(seed))

    return losses


@pytest.mark.slow  # five seconds of CPU each, and the database's
@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_third_lost_delayed_or_doubled_each_pushed_head_is_one_attempt_with_its_time(
    world, losses, clock, tmp_path, seed
):
    played = losses(seed)
    logins = ["mira-okafor", *(f"student-{number}" for number in range(3))]
    for login in logins[1:]:
        make_enrollment(world.course, login)
    for number in range(40):
        clock.at += played.chance.random() * 4 * MINUTE
        played.push(played.chance.choice(logins))
        if number % 3 == 2:
            played.round(is_hourly=number % 12 == 11)
    for number in range(12):
        clock.at += ROUND
        played.round(is_hourly=number % 6 == 0)
    archives = FolderArchives(tmp_path / "archives")
    for push in Push.objects.filter(state=PushState.RECEIVED).select_related("repository__student").order_by("pk"):
        ingest(push=push, fetch=tree, archives=archives, at=clock.at)
    assert played.lost > 3
    attempts = {each.commit_id: each for each in Attempt.objects.select_related("push")}
    assert sorted(attempts) == sorted(pushed.commit for pushed in played.pushes)
    assert Attempt.objects.count() == len(played.pushes)
    for pushed in played.pushes:
        attempt = attempts[pushed.commit]
        true_at = pushed.at.replace(microsecond=0)
        assert attempt.received_at <= pushed.at
        assert attempt.push.found_at or attempt.received_at == true_at
    assert not UnannouncedTip.objects.exists()
    assert not Push.objects.filter(state__in=[PushState.RECEIVED, PushState.NEEDS_ATTENTION]).exists()
