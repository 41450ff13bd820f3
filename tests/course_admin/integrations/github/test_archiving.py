"""At the end of a term repositories are archived, each once: `integrations/github/repositories/archiving.py`."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.assignments.models import Assignment, Extension
from course_admin.courses.models import AuditEvent, Role
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.models import ArchivingState, Installation, RepositoryArchiving
from course_admin.integrations.github.repositories.archiving import archive_all, archive_due
from course_admin.policy import Refused
from course_admin.submissions.models import Repository
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.factories import NOW, OWNER, make_assignment, make_enrollment

DAY = timedelta(days=1)


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def there(world, hub):
    """Let two students have a repository of an assignment that is over."""
    hub.now = Clock(NOW)
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW)
    Assignment.objects.update(due_at=NOW - DAY)
    world.assignment.refresh_from_db()
    for number, student in enumerate([world.student, make_enrollment(world.course, "jon-weil")], 40):
        name = f"{OWNER}/m01-{student.github_login}"
        hub.has(name, number)
        names = {"full_name": name, "bound_name": name, "bound_login": student.github_login, "default_branch": "main"}
        Repository.objects.create(course=world.course, student=student, host_id=number, **names)
    return hub


def ask(world, by):
    return archive_all(assignment=world.assignment, by=by, at=NOW)


def play(hub, seconds: float = 10) -> int:
    hub.now.at += timedelta(seconds=seconds)
    with github(hub.now) as asked:
        return archive_due(hub=asked)


def archived(hub) -> list[str]:
    return sorted(name for name, each in hub.repositories.items() if each.get("archived"))


@pytest.mark.medium
def test_all_are_archived_once_and_on_record(world, ines, there):
    assert ask(world, ines) == (2, 0)
    assert play(there) == 2
    assert archived(there) == [f"{OWNER}/m01-jon-weil", f"{OWNER}/m01-mira-okafor"]
    assert (ask(world, ines), play(there)) == ((0, 0), 0)
    assert sum(each.startswith("PATCH") for each in there.asked) == 2
    assert AuditEvent.objects.get(subject__startswith="repositories of").after == {"archived": 2}


def test_who_can_still_hand_in_keeps_theirs(world, ines, there):
    Extension.objects.create(
        assignment=world.assignment, student=world.student, days=3, reason="ill", granted_by=ines, granted_at=NOW
    )
    assert ask(world, ines) == (1, 1)
    play(there)
    assert archived(there) == [f"{OWNER}/m01-jon-weil"]


def test_a_repository_of_several_assignments_waits_for_the_last(world, ines, there):
    make_assignment(world.course, "m02", repository_pattern=f"{OWNER}/m01-{{login}}", due_at=NOW + DAY)
    assert ask(world, ines) == (0, 2)


@pytest.mark.medium
@pytest.mark.parametrize("fault", ["killed", "lost", "limit"])
def test_it_goes_on_whatever_comes_between(world, ines, there, monkeypatch, fault):
    ask(world, ines)
    if fault == "killed":
        with monkeypatch.context() as patch:
            patch.setattr(RepositoryArchiving, "save", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                play(there)
    else:
        answer = (502, "x") if fault == "lost" else (403, {"message": "You have exceeded a secondary rate limit."})
        there.once("PATCH", *answer, after=fault == "lost")
        play(there)
    play(there, 300)
    assert len(archived(there)) == 2
    assert set(RepositoryArchiving.objects.values_list("state", flat=True)) == {ArchivingState.ARCHIVED}


@pytest.mark.medium
def test_what_failed_says_why_and_is_tried_again_when_asked(world, ines, there):
    Installation.objects.update(permissions={"contents": "read"})
    ask(world, ines)
    play(there)
    assert all("Administration, write" in each.words for each in RepositoryArchiving.objects.all())
    Installation.objects.update(permissions=EVERYTHING)
    assert ask(world, ines) == (2, 0)
    play(there, 60)
    assert len(archived(there)) == 2


@pytest.mark.medium
def test_only_who_leads_the_course_may_and_the_page_says_how_far_each_is(world, ines, there, client):
    with pytest.raises(Refused):
        ask(world, world.student.account)
    page = reverse("repositories", args=[world.course.slug, world.assignment.slug])
    client.force_login(ines)
    assert "To be archived: 2." in client.post(page, {"archive": ""}, follow=True).content.decode()
    assert "waiting to be archived" in client.get(page).content.decode()
