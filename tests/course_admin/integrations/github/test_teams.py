"""A group gets one repository, with rights for each member: `integrations/github/repositories/teams.py`."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.courses.models import Group, Role
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.models import OrderState, RepositoryMember, RepositoryOrder, RepositoryTemplate
from course_admin.integrations.github.repositories import making
from course_admin.integrations.github.repositories.leaving import take_access_back
from course_admin.integrations.github.repositories.orders import NoRepository, ask_for, order_for_all
from course_admin.integrations.github.repositories.teams import team_name
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Attempt, Repository
from grader.transport.archives import FolderArchives
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.course_admin.integrations.github.test_repositories import TEMPLATE, made, play, prove  # noqa: F401
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import NOW, OWNER, make_enrollment

NAME, LOGINS = f"{OWNER}/m01-the-owls", {1: "mira-okafor", 2: "jon-weil", 3: "ada-ruiz"}


@pytest.fixture
def clock(hub, world) -> Clock:
    hub.now = Clock(NOW)
    hub.has(TEMPLATE, 5, is_template=True)
    hub.users |= LOGINS
    note_installation(told_installation(INSTALLATION, OWNER, EVERYTHING), NOW)
    RepositoryTemplate.objects.create(assignment=world.assignment, full_name=TEMPLATE)
    world.assignment.group_size = 3
    world.assignment.save()
    return hub.now


@pytest.fixture
def owls(world, clock) -> list:
    """Make a group of three: Mira has proven her account, Jon's is on the roster, nothing is known of Ada's."""
    people = [world.student, make_enrollment(world.course, "jon-weil", github_id=2)]
    people.append(make_enrollment(world.course, "ada-ruiz"))
    prove(world.student, 1)
    Group.objects.create(course=world.course, name="The Owls").students.set(people)
    return people


def ask(world, student):
    return ask_for(student=student, assignment=world.assignment, by=student.account, at=NOW)


def access(hub) -> set[str]:
    return set(hub.repositories[NAME].get("collaborators", {}))


def test_the_first_who_asks_gets_it_for_all_whose_account_is_known(world, hub, owls, play):  # noqa: F811
    ask(world, owls[0])
    play()
    assert made(hub) == [NAME]
    assert access(hub) == {"mira-okafor", "jon-weil"}
    repository = Repository.objects.get()
    assert repository.is_for(world.assignment)
    assert ask(world, owls[0]) == ask(world, owls[1])


@pytest.mark.medium
def test_who_proves_their_account_later_is_let_in(world, hub, owls, play):  # noqa: F811
    ask(world, owls[0])
    play()
    with pytest.raises(NoRepository, match="Log in with GitHub once"):
        ask(world, owls[2])
    prove(owls[2], 3)
    assert ask(world, owls[2]).state == OrderState.MADE
    play()
    assert access(hub) == {"mira-okafor", "jon-weil", "ada-ruiz"}
    assert (made(hub), RepositoryOrder.objects.get().state) == ([NAME], OrderState.READY)


def test_what_any_of_them_pushes_counts_for_all(world, hub, owls, play, tmp_path):  # noqa: F811
    ask(world, owls[0])
    play()
    push = announce(repository_id=hub.repositories[NAME]["id"], full_name=NAME, sender_login="jon-weil", sender_id=2)
    ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW)
    assert {each.pk for each in Attempt.objects.with_people().get().people} == {each.pk for each in owls}


@pytest.mark.medium
@pytest.mark.parametrize("leaves", ["the group", "the course"])
def test_who_leaves_loses_access_and_keeps_what_they_handed_in(world, hub, owls, play, tmp_path, leaves):  # noqa: F811
    ask(world, owls[0])
    play()
    push = announce(repository_id=hub.repositories[NAME]["id"], full_name=NAME)
    ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW)
    hub.now.at += timedelta(minutes=5)
    with github(hub.now) as client:
        assert take_access_back(hub=client) == 0
        if leaves == "the group":
            Group.objects.get().students.remove(owls[1])
        else:
            type(owls[1]).objects.filter(pk=owls[1].pk).update(is_active=False)
        hub.once("DELETE .*collaborators", 502)  # it is tried again
        assert take_access_back(hub=client) == 0
        hub.now.at += timedelta(minutes=5)
        assert take_access_back(hub=client) == 1
        assert take_access_back(hub=client) == 0
    assert access(hub) == {"mira-okafor"}
    assert owls[1] in Attempt.objects.with_people().get().people
    play()
    assert access(hub) == {"mira-okafor"}


def test_who_was_in_a_group_that_is_gone_loses_access_too(world, hub, owls, play):  # noqa: F811
    """Emptied and deleted before anybody's access was taken back."""
    ask(world, owls[0])
    play()
    group = Group.objects.get()
    group.students.clear()
    group.delete()
    hub.now.at += timedelta(minutes=5)
    with github(hub.now) as client:
        assert take_access_back(hub=client) == 1
    assert access(hub) == {"mira-okafor"}
    play()
    assert access(hub) == {"mira-okafor"}


@pytest.mark.medium
def test_access_that_github_will_not_take_back_waits_an_hour_and_says_why(world, hub, owls, play):  # noqa: F811
    row = ask(world, owls[0])
    play()
    Group.objects.get().students.remove(owls[1])
    hub.now.at += timedelta(minutes=5)
    hub.once("DELETE .*collaborators", 403, {"message": "Resource not accessible by integration"})
    with github(hub.now) as client:
        assert [take_access_back(hub=client) for _ in range(3)] == [0, 0, 0]
        row.refresh_from_db()
        assert "not accessible" in row.words
        hub.now.at += timedelta(hours=1, minutes=1)
        assert take_access_back(hub=client) == 1


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.mark.medium
@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_access_is_given_it_goes_on(world, hub, owls, play, monkeypatch, number):  # noqa: F811
    ask(world, owls[0])
    real = making._Maker._give_access

    def killed(self, login):
        if login == LOGINS[number]:
            raise Killed
        real(self, login)

    with monkeypatch.context() as patch:
        patch.setattr(making._Maker, "_give_access", killed)
        with pytest.raises(Killed):
            play()
    play(200)
    assert (made(hub), access(hub)) == ([NAME], {"mira-okafor", "jon-weil"})


@pytest.mark.medium
def test_a_newcomer_who_asks_in_the_middle_of_making_is_not_forgotten(world, hub, owls, play):  # noqa: F811
    row = ask(world, owls[0])
    play()
    RepositoryMember.objects.create(order=row, student=owls[2], github_id=3)  # the order is ready all the same
    play(200)
    assert "ada-ruiz" in access(hub)


def test_all_groups_get_theirs_at_once_and_once(world, hub, owls, play):  # noqa: F811
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    crowd = [make_enrollment(world.course, f"s{number}", github_id=10 + number) for number in range(4)]
    Group.objects.create(course=world.course, name="Crowd").students.set(crowd)  # larger than the assignment takes
    Group.objects.create(course=world.course, name="Unknown").students.set([make_enrollment(world.course, "zoe")])
    assert [order_for_all(assignment=world.assignment, by=ines, at=NOW) for _ in range(2)] == [1, 0]
    play()
    assert (made(hub), access(hub)) == ([NAME], {"mira-okafor", "jon-weil"})


def test_without_a_group_of_the_right_size_nothing_is_asked_for(world, owls):
    alone = make_enrollment(world.course, "zoe")
    with pytest.raises(NoRepository, match="You are in no group"):
        ask(world, alone)
    Group.objects.create(course=world.course, name="Other").students.set([alone, owls[0]])
    with pytest.raises(NoRepository, match="several groups"):
        ask(world, owls[0])
    Group.objects.get(name="Other").students.clear()
    world.assignment.group_size = 2
    with pytest.raises(NoRepository, match="has 3 students"):
        ask(world, owls[0])
    assert not RepositoryOrder.objects.exists()


@pytest.mark.medium
def test_the_pages_say_whose_it_is_and_staff_give_it_on(world, hub, owls, play, client):  # noqa: F811
    ask(world, owls[0])
    play()
    where = [world.course.slug, world.assignment.slug]
    client.force_login(owls[1].account)
    assert "is your group's" in client.get(reverse("my-repository", args=where)).content.decode()
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    page = client.get(reverse("repositories", args=where)).content.decode()
    assert "<bdi>The Owls</bdi>" in page
    told = {"give": Repository.objects.get().pk, "student": owls[1].pk}
    assert "with its attempts" in client.post(reverse("repositories", args=where), told, follow=True).content.decode()
    assert Repository.objects.get().student == owls[1]


def test_who_changes_groups_gets_no_second_one_by_themselves(world, owls, play):  # noqa: F811
    ask(world, owls[0])
    play()
    Group.objects.get().students.remove(owls[0])
    Group.objects.create(course=world.course, name="Other").students.set([owls[0]])
    with pytest.raises(NoRepository, match="m01-the-owls of another group"):
        ask(world, owls[0])


@pytest.mark.parametrize(("name", "expected"), [("The Owls", "the-owls"), ("Team #7!", "team-7"), ("猫", "group-")])
def test_what_a_group_is_called_in_a_repositorys_name(name, expected):
    assert team_name(Group(pk=9, name=name)).startswith(expected)
