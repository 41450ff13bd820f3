"""A repository that is named by its address: which addresses are taken, whose it is, and from when what it holds counts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.integrations.addresses import views
from course_admin.integrations.code import policy, tips
from course_admin.policy import Refused
from course_admin.submissions.addresses import clone_address, page_address
from course_admin.submissions.intake.due_repositories import due_repositories
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.intake.ownership.addresses import (
    TRIES_AN_HOUR,
    NotNamed,
    checked_address,
    name_address,
    named_address,
)
from course_admin.submissions.intake.polling import poll, take_seen
from course_admin.submissions.models import Attempt, Forge, Push, Repository, UnannouncedTip
from course_admin.submissions.models.unannounced_tip import PATIENCE
from grader.source import SourceUnavailable
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import tree
from tests.factories import COMMIT, NOW, make_assignment, make_course, make_enrollment

ADDRESS = "https://codeberg.org/mira/tensors"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.ASSAY_PUBLIC_HOSTS = ("codeberg.org", "gitlab.com")


@pytest.fixture
def assignment(world):
    world.assignment.takes_uploads = True
    world.assignment.save()
    return world.assignment


class Host:
    """What a host answers: the commit of each branch of each address."""

    def __init__(self, **branches: str) -> None:
        self.branches, self.asked = branches or {"main": COMMIT}, []

    def ask(self, address, branches):
        self.asked.append((address, tuple(branches)))
        return {branch: self.branches[branch] for branch in branches if branch in self.branches}


def name(world, assignment, host=None, **changes):
    told = {"student": world.student, "assignment": assignment, "address": ADDRESS, "by": world.student.account}
    return name_address(**{**told, "ask": (host or Host()).ask, "at": NOW, **changes})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (ADDRESS, ADDRESS),
        (f" {ADDRESS}.git ", ADDRESS),
        (f"{ADDRESS}/", ADDRESS),
        ("https://GitLab.com/group/sub/m01", "https://gitlab.com/group/sub/m01"),
        ("https://codeberg.org:443/a/b", "https://codeberg.org:443/a/b"),
    ],
)
def test_an_address_is_kept_in_one_form(text, kept):
    assert checked_address(text) == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://mira:secret@codeberg.org/mira/x", "a name or a password"),
        ("https://token@codeberg.org/mira/x", "a name or a password"),
        ("https://codeberg.org@evil.example/x/y", "a name or a password"),
        ("http://codeberg.org/mira/x", "not encrypted"),
        ("https://evil.example/mira/x", "Repositories on 'evil.example' are not accepted here"),
        ("https://codeberg.org.evil.example/a/b", "are not accepted here"),
        ("https://127.0.0.1/a/b", "are not accepted here"),
        ("https://[::1]/a/b", "no address"),
        ("https://codeberg.org:8443/a/b", "are not accepted here"),
        ("file:///etc/passwd", "no address"),
        ("/srv/git/x.git", "no address"),
        ("ssh://git@codeberg.org/a/b", "a name or a password"),
        ("git@codeberg.org:mira/x.git", "no address"),
        ("ext::sh -c touch% /tmp/x", "no address"),
        ("--upload-pack=touch /tmp/x", "no address"),
        ("https://codeberg.org/../../etc", "no address"),
        ("https://codeberg.org/a/b?token=1", "no address"),
        ("https://codeberg.org/a/b#x", "no address"),
        ("https://codeberg.org", "no address"),
        ("https://codeberg.org/a b/c", "no address"),
        ("https://codeberg.org/a/\u202eb", "no address"),
        ("https://codeberg.org/" + "x" * 300, "no address"),
        ("https://[", "no address"),
        ("https://codeberg.org:99999/a", "no address"),
        ("", "no address"),
        ("\ud800", "no address"),
    ],
)
def test_what_is_no_address_of_a_public_repository_is_refused_in_a_sentence(text, words):
    with pytest.raises(NotNamed, match=words) as refused:
        checked_address(text)
    assert str(refused.value).endswith((".", "codeberg.org, gitlab.com."))
    assert "secret" not in str(refused.value)


def test_what_it_holds_becomes_an_attempt_that_counts_from_when_it_was_named(world, assignment, tmp_path):
    repository = name(world, assignment)
    assert (repository.student, repository.forge, repository.default_branch) == (world.student, Forge.ADDRESS, "main")
    assert UnannouncedTip.objects.get().received_at == NOW
    take_seen(at=NOW + PATIENCE + MINUTE)
    push = Push.objects.get()
    ingest(push=push, fetch=tree, archives=FolderArchives(tmp_path), at=NOW + 5 * MINUTE)
    attempt = Attempt.objects.with_people().get()
    assert (attempt.people, attempt.received_at, attempt.commit_id) == ([world.student], NOW, COMMIT)


def test_what_is_pushed_later_is_found_by_asking_and_counts_from_the_answer_before(world, assignment):
    repository = name(world, assignment)
    later = NOW + timedelta(hours=1)
    assert due_repositories(at_once=5, at=later) == [repository]
    poll(ask=lambda _repository, branches: dict.fromkeys(branches, "b" * 40), at_once=5, now=lambda: later)
    assert UnannouncedTip.objects.get(commit_id="b" * 40).received_at == NOW


def test_another_address_takes_its_place_and_what_was_handed_in_stays(world, assignment):
    first = name(world, assignment)
    take_seen(at=NOW + PATIENCE + MINUTE)
    second = name(world, assignment, address="https://gitlab.com/mira/better")
    assert named_address(world.student, assignment) == second
    assert due_repositories(at_once=5, at=NOW + MINUTE) == [second]
    assert Push.objects.get().repository == first
    assert name(world, assignment, address="https://gitlab.com/mira/better") == second
    assert name(world, assignment) == first
    assert named_address(world.student, assignment) == first
    assert AuditEvent.objects.filter(reason="named by its address").count() == 3


def test_one_repository_may_be_named_for_several_assignments_and_each_is_asked(world, assignment):
    other = make_assignment(world.course, "m02", takes_uploads=True)
    named = {name(world, each) for each in (assignment, other)}
    assert set(due_repositories(at_once=5, at=NOW + MINUTE)) == named


def test_what_somebody_else_of_the_course_named_is_not_taken(world, assignment):
    name(world, assignment)
    jon = make_enrollment(world.course, "jon-weil")
    with pytest.raises(NotNamed, match="named for somebody else"):
        name(world, assignment, student=jon, by=jon.account, address=ADDRESS.upper().replace("HTTPS", "https"))
    assert Repository.objects.count() == 1


@pytest.mark.parametrize("who", ["another student", "ta"])
def test_only_its_student_or_who_leads_the_course_names_one(world, assignment, who):
    other = make_enrollment(world.course, "tess", Role.TA if who == "ta" else Role.STUDENT)
    with pytest.raises(Refused):
        name(world, assignment, by=other.account)
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR)
    assert name(world, assignment, by=ines.account).student == world.student


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"takes_uploads": False}, "no repository can be named"),
        ({"repository_pattern": ""}, "no repository can be named"),
    ],
)
def test_where_an_assignment_does_not_take_it_nothing_is_asked(world, assignment, change, words):
    type(assignment).objects.filter(pk=assignment.pk).update(**change)
    assignment.refresh_from_db()
    host = Host()
    with pytest.raises(NotNamed, match=words):
        name(world, assignment, host)
    assert host.asked == []


def test_nobody_who_left_or_is_of_another_course_names_one(world, assignment):
    Enrollment.objects.filter(pk=world.student.pk).update(is_active=False)
    world.student.refresh_from_db()
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR)
    for student in (world.student, make_enrollment(make_course("x"), "jon")):
        with pytest.raises(NotNamed, match="active student"):
            name(world, assignment, student=student, by=ines.account)


def test_a_repository_without_the_branch_or_an_answer_changes_nothing(world, assignment):
    with pytest.raises(NotNamed, match="none of these branches: main, master"):
        name(world, assignment, Host(dev=COMMIT))

    def away(_address, _branches):
        raise SourceUnavailable("The branches could not be read; git said: 'not found'.")

    with pytest.raises(NotNamed, match=r"could not be read.*not found"):
        name(world, assignment, ask=away)
    assert not Repository.objects.exists()
    assert name(world, assignment, Host(master=COMMIT)).default_branch == "master"


@pytest.mark.medium
def test_who_names_without_end_waits(world, assignment):
    for number in range(TRIES_AN_HOUR):
        name(world, assignment, address=f"https://codeberg.org/mira/x{number}")
    with pytest.raises(NotNamed, match="very many addresses"):
        name(world, assignment)


def test_its_code_is_fetched_from_there_without_any_token_and_never_from_a_private_network(settings):
    settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = True
    settings.ASSAY_PUBLIC_HOSTS = ("localhost",)
    assert clone_address(ADDRESS, Forge.ADDRESS) == page_address(ADDRESS, Forge.ADDRESS) == ADDRESS
    assert policy(Forge.ADDRESS).private_hosts == frozenset()
    with pytest.raises(Exception, match="private network"):
        tips("https://localhost/a/b", ["main"], forge=Forge.ADDRESS)


@pytest.mark.medium
def test_the_page_names_one_and_says_what_is_wrong(client, world, assignment, monkeypatch):
    url = reverse("named-repository", args=[world.course.slug, assignment.slug])
    client.force_login(world.student.account)
    assert url in client.get(reverse("assignment", args=[world.course.slug, assignment.slug])).content.decode()
    monkeypatch.setattr(views, "_ask", Host().ask)
    bad = client.post(url, {"address": "https://mira:secret@codeberg.org/a/b"}).content.decode()
    assert "a name or a password" in bad
    assert "is looked at from now on" in client.post(url, {"address": ADDRESS}, follow=True).content.decode()
    assert ADDRESS in client.get(url).content.decode()
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    jon = make_enrollment(world.course, "jon-weil")
    page = client.post(url, {"address": "https://gitlab.com/jon/x", "student": jon.pk}, follow=True).content.decode()
    assert f"for {jon.name}" in page
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    assert client.get(url).status_code == 404
