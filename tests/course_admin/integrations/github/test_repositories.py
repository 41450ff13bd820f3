"""Repositories of our own, made by a GitHub that keeps to its limits: `integrations/github/repositories/`."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.models import Installation, OrderState, RepositoryOrder, RepositoryTemplate
from course_admin.integrations.github.repositories import making
from course_admin.integrations.github.repositories.making import make_due
from course_admin.integrations.github.repositories.orders import (
    NoRepository,
    ask_for,
    order_for_all,
    set_template,
    try_again,
)
from course_admin.policy import Refused
from course_admin.submissions.intake.polling import look, take_seen
from course_admin.submissions.models import Push, PushState, Repository
from course_admin.submissions.reports.ungraded_pushes import ungraded_pushes
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, OWNER, make_enrollment

TEMPLATE, MIRA = f"{OWNER}/m01-template", 58_210_467
NAME = f"{OWNER}/m01-mira-okafor"


@pytest.fixture
def clock(hub, world) -> Clock:
    hub.now = Clock(NOW)
    hub.has(TEMPLATE, 5, is_template=True)
    hub.users[MIRA] = "mira-okafor"
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW)
    RepositoryTemplate.objects.create(assignment=world.assignment, full_name=TEMPLATE)
    return hub.now


def prove(student, number: int) -> None:
    ProvenIdentity.objects.create(account=student.account, kind=IdentityKind.GITHUB, subject=str(number), proven_at=NOW)


@pytest.fixture
def asked(world, clock) -> RepositoryOrder:
    prove(world.student, MIRA)
    return ask_for(student=world.student, assignment=world.assignment, by=world.student.account, at=NOW)


@pytest.fixture
def play(clock):
    """Play a round, ten seconds after the one before."""

    def play(seconds: float = 10) -> int:
        clock.at += timedelta(seconds=seconds)
        with github(clock) as hub:
            return make_due(hub=hub)

    return play


def made(hub) -> list[str]:
    return [name for name in hub.repositories if name != TEMPLATE]


def test_a_student_who_asks_gets_a_private_repository_that_is_theirs_before_the_first_push(world, hub, asked, play):
    assert play() == 1
    there = hub.repositories[NAME]
    assert (there["private"], there["collaborators"]) == (True, {"mira-okafor": "push"})
    repository = Repository.objects.get()
    assert (repository.host_id, repository.student, repository.full_name) == (there["id"], world.student, NAME)
    assert repository.is_for(world.assignment)
    asked.refresh_from_db()
    assert asked.state == OrderState.READY
    push = announce(repository_id=there["id"], full_name=NAME)
    assert (push.repository, push.state) == (repository, PushState.RECEIVED)


@pytest.mark.medium
def test_the_files_that_it_was_made_with_are_nobodys_work(world, hub, asked, play):
    play()
    repository = Repository.objects.get()
    start, later = f"{repository.host_id:040x}", NOW + timedelta(minutes=5)
    for tip, attempts in ((start, 0), ("b" * 40, 1)):
        later += timedelta(minutes=5)
        assert look(repository=repository, ask=lambda *_, tip=tip: {"main": tip}, at=later)
        take_seen(at=later + timedelta(minutes=2))
        waiting = Push.objects.filter(state=PushState.RECEIVED)
        assert [push.commit_id for push in waiting] == [tip] * attempts
        repository.refresh_from_db()
    assert [line.push.commit_id for line in ungraded_pushes(world.student.account, later)] == ["b" * 40]


@pytest.mark.medium
def test_nobody_may_push_before_its_files_are_copied(hub, asked, play):
    hub.once("GET /repos/.*/branches/main", 404, {"message": "Branch not found"})
    play()
    assert "collaborators" not in hub.repositories[NAME]
    play(60)
    assert hub.repositories[NAME]["collaborators"] == {"mira-okafor": "push"}
    assert Push.objects.get().commit_id == f"{Repository.objects.get().host_id:040x}"


def test_its_name_is_by_what_the_number_is_called_now(world, hub, asked, play):
    hub.users[MIRA] = "mira-renamed"
    play()
    assert made(hub) == [f"{OWNER}/m01-mira-renamed"]
    assert Repository.objects.get().is_for(world.assignment)


@pytest.mark.medium
def test_asking_twice_makes_one(world, hub, asked, play):
    again = ask_for(student=world.student, assignment=world.assignment, by=world.student.account, at=NOW)
    assert again == asked
    play()
    play()
    assert len(made(hub)) == 1
    assert sum("generate" in each for each in hub.asked) == 1


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.mark.medium
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("step", ["GET /user", "GET /repos", "POST", "PUT", "bind", "note"])
def test_killed_at_any_step_it_goes_on_and_makes_one(world, hub, asked, play, monkeypatch, step, after):
    maker = making._Maker
    name = {"bind": "_bind", "note": "_note"}.get(step, "_ask")
    real = getattr(maker, name)

    def killed(self, *told):
        is_step = name != "_ask" or " ".join(map(str, told[:2])).startswith(step)
        if is_step and not after:
            raise Killed
        try:
            return real(self, *told)
        finally:
            if is_step:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(maker, name, killed)
        with pytest.raises(Killed):
            play()
    assert play(20) == 0  # its claim still holds
    play(200)
    assert made(hub) == [NAME]
    assert hub.repositories[NAME]["collaborators"] == {"mira-okafor": "push"}
    asked.refresh_from_db()
    assert (asked.state, Repository.objects.count()) == (OrderState.READY, 1)


def test_what_somebody_else_made_under_that_name_is_not_taken_for_ours(world, hub, asked, play):
    hub.has(NAME, 77, default_branch="main")
    play()
    asked.refresh_from_db()
    assert (asked.state, "was not made here" in asked.words) == (OrderState.FAILED, True)
    assert not Repository.objects.exists()
    assert "collaborators" not in hub.repositories[NAME]


@pytest.mark.medium
def test_a_repository_that_is_public_is_nobodys(world, hub, asked, play):
    hub.once("POST .*/generate", 502, after=True)
    play()
    hub.repositories[NAME]["private"] = False
    play(60)
    asked.refresh_from_db()
    assert (asked.state, "public" in asked.words) == (OrderState.FAILED, True)
    assert not Repository.objects.exists()
    assert "collaborators" not in hub.repositories[NAME]


@pytest.mark.medium
def test_what_failed_can_be_tried_again_once_its_reason_is_gone(world, hub, asked, play):
    instructor = make_enrollment(world.course, "prof-ada", Role.INSTRUCTOR)
    Installation.objects.update(permissions={"contents": "read"})
    play()
    asked.refresh_from_db()
    assert "Administration, write" in asked.words
    Installation.objects.update(permissions=EVERYTHING)
    assert play() == 0
    assert try_again(assignment=world.assignment, by=instructor.account, at=NOW) == 1
    assert play() == 1


@pytest.mark.slow
def test_three_hundred_are_made_within_githubs_limits(world, hub, clock, play):
    students = [make_enrollment(world.course, f"s{n:03}", github_id=10_000 + n) for n in range(300)]
    hub.users |= {10_000 + n: f"s{n:03}" for n in range(300)}
    instructor = make_enrollment(world.course, "prof-ada", Role.INSTRUCTOR)
    assert order_for_all(assignment=world.assignment, by=instructor.account, at=NOW) == 300
    assert order_for_all(assignment=world.assignment, by=instructor.account, at=NOW) == 0
    assert AuditEvent.objects.filter(subject__startswith="repositories of").count() == 1
    for _ in range(600):
        play()
        if not RepositoryOrder.objects.exclude(state=OrderState.READY).exists():
            break
    assert set(RepositoryOrder.objects.values_list("state", flat=True)) == {OrderState.READY}
    assert len(made(hub)) == 300
    assert Repository.objects.count() == len(students)
    assert Installation.objects.get().quiet_until is None  # no limit was ever met
    assert clock.at - NOW < timedelta(hours=2)


@pytest.mark.medium
def test_a_limit_leaves_githubs_installation_alone(world, hub, asked, play, clock):
    hub.once("POST .*/generate", 403, {"message": "You have exceeded a secondary rate limit."}, retry_after="120")
    play()
    asked.refresh_from_db()
    assert (asked.state, asked.next_try_at) == (OrderState.WAITING, clock.at + timedelta(seconds=120))
    assert Installation.objects.get().quiet_until == clock.at + timedelta(seconds=120)
    assert play(130) == 1


@pytest.mark.parametrize(
    ("number", "on_the_roster", "words"), [(None, None, "Log in with GitHub once"), (7, MIRA, "another GitHub account")]
)
def test_only_a_proven_account_that_the_roster_does_not_deny_gets_one(world, clock, number, on_the_roster, words):
    world.student.github_id = on_the_roster
    world.student.save()
    if number:
        prove(world.student, number)
    with pytest.raises(NoRepository, match=words):
        ask_for(student=world.student, assignment=world.assignment, by=world.student.account, at=NOW)
    assert not RepositoryOrder.objects.exists()


def test_nobody_asks_for_another_and_no_student_sets_anything_up(world, clock):
    mate = make_enrollment(world.course, "jon-weil")
    with pytest.raises(Refused):
        ask_for(student=world.student, assignment=world.assignment, by=mate.account, at=NOW)
    told = {"assignment": world.assignment, "by": mate.account, "at": NOW}
    for service, more in ((order_for_all, {}), (try_again, {}), (set_template, {"full_name": TEMPLATE})):
        with pytest.raises(Refused):
            service(**told, **more)


@pytest.mark.slow
def test_the_pages_lead_from_a_template_to_a_repository(world, hub, clock, play, client):
    RepositoryTemplate.objects.all().delete()
    instructor = make_enrollment(world.course, "prof-ada", Role.INSTRUCTOR)
    where = [world.course.slug, world.assignment.slug]
    staff, mine = reverse("repositories", args=where), reverse("my-repository", args=where)
    client.force_login(instructor.account)
    assert "as OWNER/NAME" in client.post(staff, {"template": "no name"}, follow=True).content.decode()
    page = client.post(staff, {"template": TEMPLATE}, follow=True).content.decode()
    assert f"Repositories are made from {TEMPLATE}" in page
    assert f"http://testserver{mine}" in page
    client.force_login(world.student.account)
    assert "Make my repository" in client.get(mine).content.decode()
    assert "Log in with GitHub once" in client.post(mine).content.decode()
    prove(world.student, MIRA)
    assert "It is being made" in client.post(mine, follow=True).content.decode()
    RepositoryOrder.objects.update(next_try_at=NOW)
    play()
    page = client.get(mine).content.decode()
    assert f"git clone https://github.com/{NAME}.git" in page
    client.force_login(instructor.account)
    page = client.get(staff).content.decode()
    assert "ready" in page
    assert NAME in page
