"""New starting files reach every repository as one pull request: `course_admin/integrations/github/starter_updates/`."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent, Role
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.models import (
    Installation,
    PullRequestState,
    RepositoryOrder,
    RepositoryTemplate,
    StarterPullRequest,
    StarterUpdate,
)
from course_admin.integrations.github.starter_updates import sending
from course_admin.integrations.github.starter_updates.changes import FOLDER, StarterFile, changes_for
from course_admin.integrations.github.starter_updates.git_data import GitData
from course_admin.integrations.github.starter_updates.orders import NoUpdate, order_update, try_again
from course_admin.integrations.github.starter_updates.sending import send_due
from course_admin.policy import Refused
from course_admin.submissions.models import Repository
from tests.course_admin.integrations.github.fake_git import FakeGit
from tests.course_admin.integrations.github.fake_github import EVERYTHING, INSTALLATION, told_installation
from tests.course_admin.integrations.github.test_app import Clock
from tests.factories import NOW, OWNER, make_enrollment

TEMPLATE, NAME = f"{OWNER}/m01-template", f"{OWNER}/m01-mira-okafor"
RIGHTS = {**EVERYTHING, "pull_requests": "write"}
OLD = {"README.md": b"Read.\n", "tests/test_a.py": b"old\n", "tensor.py": b"...\n", "notes.txt": b"old\n"}
NEW = {**OLD, "tests/test_a.py": b"new\n", "tensor.py": b"... # new\n", "notes.txt": b"new\n", "tests/b.bin": b"\xff\0"}
BRANCH = "assay/starter-m01-1"
PUSHED = {**OLD, "tensor.py": b"class Tensor: ...\n", "mine.py": b"1\n"}
PUSHED.pop("notes.txt")


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def git(world, hub) -> FakeGit:
    """Let a template have changed since Mira's repository was made; she has changed one file and deleted another."""
    hub.now = Clock(NOW)
    hub.permissions = dict(RIGHTS)
    note_installation(told_installation(INSTALLATION, OWNER, RIGHTS), NOW)
    RepositoryTemplate.objects.create(assignment=world.assignment, full_name=TEMPLATE)
    hub.has(TEMPLATE, 5, is_template=True, default_branch="main")
    git = FakeGit(hub)
    git.push(TEMPLATE, OLD)
    git.push(TEMPLATE, {**OLD, "tests/b.bin": b"first"})
    git.push(TEMPLATE, NEW)
    bound(world.student, git)
    return git


def bound(student, git) -> Repository:
    name = f"{OWNER}/m01-{student.github_login}"
    number = 100 + len(git.hub.repositories)
    git.hub.has(name, number, default_branch="main")
    git.push(name, PUSHED)
    names = {"full_name": name, "bound_name": name, "bound_login": student.github_login, "default_branch": "main"}
    return Repository.objects.create(course=student.course, student=student, host_id=number, **names)


def ask(world, by, **changes) -> StarterUpdate:
    told = {"title": "A test is corrected.", "replaces_changed": False, "by": by, "at": NOW, **changes}
    return order_update(assignment=world.assignment, **told)


@pytest.fixture
def play(git):
    """Play a round, ten seconds after the one before."""

    def play(seconds: float = 10) -> int:
        git.hub.now.at += timedelta(seconds=seconds)
        with github(git.hub.now) as hub:
            return send_due(hub=hub)

    return play


@pytest.mark.medium
def test_a_pull_request_has_what_changed_and_nothing_of_the_students_is_lost(world, ines, git, play):
    ask(world, ines)
    assert play() == 1
    (pull,) = git.pulls[NAME]
    assert (pull["head"], pull["base"], pull["title"]) == (BRANCH, "main", "A test is corrected.")
    assert git.files(NAME, BRANCH) == {**PUSHED, "tests/test_a.py": b"new\n", "tests/b.bin": b"\xff\0"}
    assert git.files(NAME, "main") == PUSHED
    assert git.commits[git.branches[NAME][BRANCH]][1] == [git.branches[NAME]["main"]]
    assert "they stay as you have them.\n\n- `tensor.py`\n" in pull["body"]
    row = StarterPullRequest.objects.get()
    assert (row.state, row.pull_number) == (PullRequestState.OPENED, 1)
    assert row.words == "Not in it, since the student has changed them: tensor.py."


@pytest.mark.medium
def test_a_students_version_is_replaced_only_in_the_pull_request_and_it_says_so(world, ines, git, play):
    ask(world, ines, replaces_changed=True)
    play()
    assert git.files(NAME, BRANCH)["tensor.py"] == b"... # new\n"
    assert git.files(NAME, "main") == PUSHED
    assert "merging replaces your version.**\n\n- `tensor.py`\n" in git.pulls[NAME][0]["body"]


def file(path: str, *earlier: str, is_new: bool = False) -> StarterFile:
    return StarterFile(path, "100644", "new", frozenset(earlier), is_new, "")


@pytest.mark.parametrize(
    ("changed", "there", "chosen", "left_out"),
    [
        (file("a", "old"), {"a": "old"}, True, False),
        (file("a", "older", "old"), {"a": "older"}, True, False),
        (file("a", "old"), {"a": "new"}, False, False),
        (file("a", "old"), {"a": "mine"}, False, True),
        (file("a", "old"), {}, False, False),  # deleted
        (file("a", is_new=True), {}, True, False),
        (file("a", "old", is_new=True), {}, True, False),  # came, and was changed, after the repository was made
        (file("a", is_new=True), {"a": FOLDER, "a/b": "mine"}, False, True),
        (file("a/b/c", is_new=True), {"a": "mine"}, False, True),
        (file("a/b/c", is_new=True), {"a": FOLDER}, True, False),
    ],
)
def test_what_belongs_into_a_repository(changed, there, chosen, left_out):
    found = changes_for([changed], there, replaces_changed=False)
    assert (bool(found.files), bool(found.left_out)) == (chosen, left_out)
    replaced = changes_for([changed], there, replaces_changed=True)
    assert bool(replaced.replaced) == (there == {"a": "mine"} and changed.path == "a")


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.mark.slow
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("step", ["tree", "commit", "make_branch", "open_pull_request", "_note"])
def test_killed_at_any_step_it_goes_on_and_opens_one(world, ines, git, play, monkeypatch, step, after):
    ask(world, ines)
    owner = sending._Sender if step == "_note" else GitData
    real = getattr(owner, step)

    def killed(self, *told, **named):
        if self is not None and after:
            real(self, *told, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(Killed):
            play()
    assert play(20) == 0  # its claim still holds
    play(200)
    assert [each["head"] for each in git.pulls[NAME]] == [BRANCH]
    assert StarterPullRequest.objects.get().state == PullRequestState.OPENED
    assert "tests/b.bin" in git.files(NAME, BRANCH)


@pytest.mark.slow
def test_repeated_it_opens_none_twice_and_what_is_merged_stays(world, ines, git, play):
    ask(world, ines)
    play()
    git.push(NAME, git.files(NAME, BRANCH))
    del git.branches[NAME][BRANCH]
    StarterPullRequest.objects.update(state=PullRequestState.WAITING, next_try_at=NOW)
    play(70)
    assert len(git.pulls[NAME]) == 1
    assert BRANCH not in git.branches[NAME]
    ask(world, ines)
    play(70)
    assert StarterPullRequest.objects.get(update_of__number=2).state == PullRequestState.UNCHANGED
    assert len(git.pulls[NAME]) == 1


@pytest.mark.slow
def test_an_answer_that_got_lost_doubles_nothing(world, ines, git, play):
    ask(world, ines)
    git.hub.once("POST .*/pulls", 502, after=True)
    play()
    play(60)
    assert (len(git.pulls[NAME]), StarterPullRequest.objects.get().state) == (1, PullRequestState.OPENED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("may not", "it needs Contents, write and Pull requests, write"),
        ("no branch", "It has no branch main"),
        ("archived", "archived so is read-only"),
        ("moved", "no longer in the organisation"),
        ("too large", "more files than GitHub lists"),
    ],
)
def test_what_cannot_be_sent_says_why_and_is_tried_again_when_asked(world, ines, git, play, case, words):
    ask(world, ines)
    play(0)
    StarterPullRequest.objects.update(state=PullRequestState.WAITING, pull_number=None, begun_at=None, next_try_at=NOW)
    git.pulls.clear()
    main = git.branches[NAME].pop("main")
    git.branches[NAME] = {} if case == "no branch" else {"main": main}
    match case:
        case "may not":
            Installation.objects.update(permissions=EVERYTHING)
        case "archived":
            git.hub.repositories[NAME]["archived"] = True
        case "moved":
            Repository.objects.update(full_name="mira/m01")
        case "too large":
            git.truncated = True
    play(0)
    row = StarterPullRequest.objects.get()
    assert (row.state, words in row.words) == (PullRequestState.FAILED, True)
    assert not git.pulls
    Installation.objects.update(permissions=RIGHTS)
    Repository.objects.update(full_name=NAME)
    git.hub.repositories[NAME]["archived"], git.truncated, git.branches[NAME]["main"] = False, False, main
    assert try_again(assignment=world.assignment, by=ines, at=NOW) == 1
    play(70)
    assert StarterPullRequest.objects.get().state == PullRequestState.OPENED


def test_a_template_in_which_nothing_changed_says_so(world, ines, git, play):
    git.commits[git.branches[TEMPLATE]["main"]][1].clear()
    update = ask(world, ines)
    play()
    update.refresh_from_db()
    assert (update.is_failed, "Nothing has changed in" in update.words) == (True, True)
    assert not git.pulls


@pytest.mark.medium
def test_a_workflow_is_left_out_unless_the_app_may_change_it(world, ines, git, play):
    git.push(TEMPLATE, {**NEW, ".github/workflows/tests.yml": b"on: push\n"})
    ask(world, ines)
    play()
    assert ".github/workflows/tests.yml" not in git.files(NAME, BRANCH)
    assert "no permission Workflows, write: .github/workflows/tests.yml." in StarterPullRequest.objects.get().words


@pytest.mark.medium
def test_a_limit_leaves_githubs_installation_alone(world, ines, git, play):
    ask(world, ines)
    git.hub.once("POST .*/git/trees", 403, {"message": "You have exceeded a secondary rate limit."}, retry_after="120")
    play()
    assert Installation.objects.get().quiet_until == git.hub.now.at + timedelta(seconds=120)
    assert play(130) == 1


@pytest.mark.slow
def test_a_class_gets_it_within_githubs_limits_and_making_repositories_goes_first(world, ines, git, play):
    students = [make_enrollment(world.course, f"s{number:02}", account=None) for number in range(20)]
    for each in students:
        bound(each, git)
    ask(world, ines)
    order = {"github_id": 7, "asked_at": NOW, "next_try_at": NOW}
    waiting = RepositoryOrder.objects.create(assignment=world.assignment, student=world.student, **order)
    assert play() == 0
    waiting.delete()
    for _ in range(30):
        play()
        if not StarterPullRequest.objects.exclude(state=PullRequestState.OPENED).exists():
            break
    assert sorted(len(each) for each in git.pulls.values()) == [1] * 21
    assert Installation.objects.get().quiet_until is None  # no limit was ever met
    assert git.hub.now.at - NOW < timedelta(minutes=5)


@pytest.mark.medium
def test_who_may_ask_and_for_what(world, ines, git, play):
    with pytest.raises(Refused):
        ask(world, world.student.account)
    for title in ("", "two\nlines"):
        with pytest.raises(NoUpdate, match="in one line"):
            ask(world, ines, title=title)
    ask(world, ines)
    assert AuditEvent.objects.get(subject__startswith="starter update 1").after["repositories"] == 1
    with pytest.raises(NoUpdate, match="on its way still"):
        ask(world, ines)
    play()
    assert ask(world, ines).number == 2


@pytest.mark.medium
def test_the_page_asks_and_shows_how_far_each_is(world, ines, git, play, client):
    page = reverse("starter-updates", args=[world.course.slug, world.assignment.slug])
    client.force_login(world.student.account)
    assert client.get(page).status_code == 404
    client.force_login(ines)
    assert "Asked for: 1 pull request." in client.post(page, {"title": "Corrected."}, follow=True).content.decode()
    StarterUpdate.objects.update(next_try_at=NOW)
    StarterPullRequest.objects.update(next_try_at=NOW)
    assert "on its way still" in client.post(page, {"title": "Again."}).content.decode()
    play()
    assert f"{NAME}/pull/1" in client.get(page).content.decode()
    assert "Tried again: 0." in client.post(page, {"again": ""}, follow=True).content.decode()
