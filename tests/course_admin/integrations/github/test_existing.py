"""Repositories that exist already are shown, then taken over, each once: `integrations/github/repositories/existing.py`."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import signing
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from course_admin import task_sender
from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent, Role
from course_admin.integrations.github import tasks
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.models import Installation, RepositoryListing
from course_admin.integrations.github.repositories.existing import asking
from course_admin.integrations.github.repositories.existing.listing import NotListed, list_existing
from course_admin.policy import Refused
from course_admin.submissions.intake.ownership.adopting import Standing, adopt, propose_adoptions
from course_admin.submissions.intake.ownership.binding import NotBound
from course_admin.submissions.intake.ownership.following import follow_roster
from course_admin.submissions.intake.ownership.parked import park
from course_admin.submissions.models import ParkedPush, Push, Repository
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.course_admin.integrations.github.test_reconciling import there
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT
from tests.factories import NOW, OWNER, make_assignment, make_course, make_enrollment

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def classroom(world, hub):
    """Let an organisation have what Classroom left there: one clear repository, one numbered, one untouched, and others."""
    hub.now = Clock(NOW)
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW - DAY)
    make_enrollment(world.course, "jon-weil")
    there(hub, "m01-Mira-Okafor", 41, NOW - HOUR)
    there(hub, "m01-mira-okafor-1", 42, NOW - HOUR)
    there(hub, "m01-jon-weil", 43, NOW - DAY)
    there(hub, "m01-nobody", 44, NOW - HOUR)
    there(hub, "m02-mira-okafor", 45, NOW - HOUR)
    there(hub, "m01-template", 46, NOW - HOUR)
    hub.repositories[f"{OWNER}/m01-template"]["is_template"] = True
    return hub


def proposed(world):
    with github(lambda: NOW) as hub:
        return propose_adoptions(world.assignment, list_existing(hub=hub, assignment=world.assignment))


def take(world, by, chosen, rows=None):
    rows = proposed(world) if rows is None else rows
    return adopt(assignment=world.assignment, adoptions=rows, chosen=chosen, by=by, at=NOW)


def test_each_is_shown_with_whose_it_is_before_anything_is_bound(world, classroom):
    assert [
        (each.repository.host_id, each.standing, each.student and each.student.name) for each in proposed(world)
    ] == [
        (43, Standing.UNTOUCHED, "Jon Weil"),
        (41, Standing.THEIRS, "Mira Okafor"),
        (42, Standing.UNCLEAR, "Mira Okafor"),
        (44, Standing.UNCLEAR, None),
    ]
    assert not Repository.objects.exists()


@pytest.mark.medium
def test_what_is_taken_over_is_its_students_once_and_on_record(world, ines, classroom):
    (row,) = take(world, ines, {41: world.student})
    assert (row.student, row.pushed_at, row.is_for(world.assignment)) == (world.student, NOW - HOUR, True)
    assert AuditEvent.objects.get(subject="repository tinytorch-class/m01-Mira-Okafor").actor == ines
    assert take(world, ines, {41: world.student}) == []
    assert {each.repository.host_id: each.standing for each in proposed(world)}[41] is Standing.KNOWN
    assert Repository.objects.count() == 1


@pytest.mark.medium
@pytest.mark.parametrize("number", [42, 44])
def test_whose_it_is_by_staffs_word_counts_and_stays(world, ines, classroom, number):
    (row,) = take(world, ines, {number: world.student})
    assert row.is_for(world.assignment)
    make_enrollment(world.course, "nobody")
    assert follow_roster(at=NOW) == 0


@pytest.mark.medium
def test_what_waited_of_one_counts_from_when_it_came(world, ines, classroom):
    for number, name in ((44, "m01-nobody"), (9, "m01-nobody")):  # the second was another repository of that name
        told = replace(ANNOUNCEMENT, repository_id=number, full_name=f"{OWNER}/{name}", delivery_id=f"d-{number}")
        park(announcement=told, why="x", at=NOW - 3 * HOUR)
    take(world, ines, {44: world.student})
    assert Push.objects.get().received_at == NOW - 3 * HOUR
    assert ParkedPush.objects.get().announcement["repository_id"] == 9


@pytest.mark.medium
def test_a_longer_pattern_takes_what_is_its_own(world, classroom):
    there(classroom, "m01-b-mira-okafor", 51, NOW - HOUR)
    make_assignment(world.course, "m01-b")
    assert 51 not in {each.repository.host_id for each in proposed(world)}
    make_enrollment(world.course, "b-mira-okafor")  # both patterns find somebody: the longer one is meant
    assert 51 not in {each.repository.host_id for each in proposed(world)}


@pytest.mark.medium
def test_one_of_last_terms_course_stays_there(world, ines, classroom):
    old = make_course("old", title="Last term")
    theirs = make_enrollment(old, "mira-okafor")
    names = dict.fromkeys(("full_name", "bound_name"), f"{OWNER}/m01-mira-okafor")
    Repository.objects.create(
        course=old, student=theirs, host_id=41, bound_login="mira-okafor", default_branch="main", **names
    )
    row = next(each for each in proposed(world) if each.repository.host_id == 41)
    assert (row.standing, row.why) == (Standing.KNOWN, "It is Mira Okafor's in Last term already.")
    with pytest.raises(NotBound, match="by now"):
        take(world, ines, {41: world.student})


@pytest.mark.slow
def test_nothing_is_bound_if_one_of_the_chosen_cannot_be(world, ines, classroom):
    elsewhere = make_enrollment(make_course("other"), "jon-weil")
    for wrong in ({99: world.student}, {43: world.student}, {44: elsewhere}):
        with pytest.raises(NotBound):
            take(world, ines, {41: world.student, **wrong})
    with pytest.raises(Refused):
        take(world, world.student.account, {41: world.student})
    assert not Repository.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no pattern", "has no repository pattern"),
        ("not installed", "is not installed for tinytorch-class"),
        ("quiet", "left alone until 12:10"),
        ("fault", "could not be listed. GitHub answered 502"),
        ("no App", "No GitHub App"),
    ],
)
def test_what_keeps_it_from_being_listed_is_one_sentence(world, classroom, case, words):
    match case:
        case "no pattern":
            world.assignment.repository_pattern = ""
        case "not installed":
            Installation.objects.update(ended_at=NOW)
        case "quiet":
            Installation.objects.update(quiet_until=NOW + timedelta(minutes=10))
        case "fault":
            classroom.once("GET /installation", 502, {"message": "x"})
    with github(lambda: NOW) as hub, pytest.raises(NotListed, match=words):
        list_existing(hub=None if case == "no App" else hub, assignment=world.assignment)


@pytest.mark.slow
def test_the_page_asks_follows_shows_then_takes_over(
    world, ines, classroom, client, monkeypatch, django_capture_on_commit_callbacks
):
    sent: list[str] = []
    monkeypatch.setattr(task_sender, "_send", lambda task, *_rest: sent.append(task))
    monkeypatch.setattr(tasks, "now", lambda: NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(signing.time, "time", NOW.timestamp)
    monkeypatch.setattr("course_admin.liveness.clock.now", lambda: NOW)
    page = reverse("existing-repositories", args=[world.course.slug, world.assignment.slug])
    client.force_login(world.student.account)
    assert client.get(page).status_code == 404
    client.force_login(ines)
    assert "Take over" not in client.get(page).content.decode()
    asked = len(classroom.asked)
    with django_capture_on_commit_callbacks(execute=True):
        shown = client.post(page, {"look": ""}, follow=True).content.decode()
    assert len(classroom.asked) == asked  # GitHub is not asked while somebody waits for a page
    assert (sent, "live.js" in shown, "Take over" in shown) == ([tasks.LIST], True, False)
    states = [client.get(f"{page}state/").json()["version"]]
    assert 'data-final="no"' in client.get(f"{page}live/").content.decode()
    tasks.list_repositories(world.assignment.pk)
    assert client.get(f"{page}state/").json()["version"] not in states
    assert 'data-final="yes"' in client.get(f"{page}live/").content.decode()
    shown = client.get(page).content.decode()
    assert all(f'value="{number}"' in shown for number in (41, 42, 44))
    assert 'name="take" value="43"' not in shown
    assert "nothing was changed" in client.post(page, {"adopt": "", "take": "44"}, follow=True).content.decode()
    told = {"adopt": "", "take": ["41"], "student-41": str(world.student.pk)}
    assert "Taken over: 1." in client.post(page, told, follow=True).content.decode()
    Assignment.objects.update(repository_pattern="")
    assert "has no repository pattern" in client.post(page, {"look": ""}, follow=True).content.decode()


def kept(world, at=NOW):
    """Return what the assignment's listing holds at a moment."""
    return asking.listed(RepositoryListing.objects.select_related("assignment").get(), at)


def read(world, hub_there=True, at=NOW):
    """Do what the task does."""
    with github(lambda: at) as hub:
        asking.read(
            asked=RepositoryListing.objects.select_related("assignment").get(), hub=hub if hub_there else None, at=at
        )


def test_what_github_listed_is_kept_as_it_said_it(world, ines, classroom):
    asking.ask(assignment=world.assignment, actor=ines, at=NOW)
    assert kept(world) is None
    read(world)
    with github(lambda: NOW) as hub:
        assert kept(world) == list_existing(hub=hub, assignment=world.assignment)
    assert RepositoryListing.objects.get().done == 6
    assert kept(world, NOW + asking.HOLDS_FOR) is not None
    assert kept(world, NOW + asking.HOLDS_FOR + HOUR) is None  # too old to bind anything by


@pytest.mark.parametrize("change", ["pattern", "age", "asked again"])
def test_nothing_is_bound_by_an_answer_that_may_no_longer_be_true(world, ines, classroom, client, monkeypatch, change):
    monkeypatch.setattr("course_admin.liveness.clock.now", lambda: NOW)
    asking.ask(assignment=world.assignment, actor=ines, at=NOW)
    read(world)
    match change:
        case "pattern":
            Assignment.objects.update(repository_pattern=f"{OWNER}/m01-x-{{login}}")
        case "age":
            monkeypatch.setattr("course_admin.liveness.clock.now", lambda: NOW + asking.HOLDS_FOR + HOUR)
        case "asked again":
            asking.ask(assignment=world.assignment, actor=ines, at=NOW + HOUR)
    client.force_login(ines)
    told = {"adopt": "", "take": ["41"], "student-41": str(world.student.pk)}
    page = reverse("existing-repositories", args=[world.course.slug, world.assignment.slug])
    assert "look again which there are" in client.post(page, told, follow=True).content.decode()
    assert not Repository.objects.exists()


@pytest.mark.parametrize(
    ("case", "german"), [("no App", "Hier ist keine GitHub-App"), ("fault", "Die Repositories von")]
)
def test_why_github_listed_nothing_is_kept_and_read_in_the_readers_language(world, ines, classroom, case, german):
    if case == "fault":
        classroom.once("GET /installation", 502, {"message": "x"})
    asking.ask(assignment=world.assignment, actor=ines, at=NOW)
    read(world, hub_there=case != "no App")
    assert kept(world) is None
    with translation.override("de"):
        assert asking.words(RepositoryListing.objects.get().words).startswith(german)
    with pytest.raises(Refused):
        asking.ask(assignment=world.assignment, actor=world.student.account, at=NOW)


@pytest.mark.medium
def test_the_command_changes_nothing_until_it_is_told_to(world, classroom, capsys, monkeypatch):
    monkeypatch.setattr("course_admin.liveness.clock.now", lambda: NOW)
    told = [world.course.slug, world.assignment.slug]
    call_command("adopt_repositories", *told)
    assert "1 would be taken over" in capsys.readouterr().out
    assert not Repository.objects.exists()
    call_command("adopt_repositories", *told, "--write")
    call_command("adopt_repositories", *told, "--write")
    assert [each.host_id for each in Repository.objects.all()] == [41]
    with pytest.raises(CommandError, match="no assignment"):
        call_command("adopt_repositories", "tinytorch", "m77")
