"""Gitea's, Forgejo's and GitLab's deliveries: `course_admin/integrations/forges/`."""

import copy
import json

import pytest

from course_admin.courses.models import Enrollment, Role
from course_admin.integrations.code import fetch
from course_admin.integrations.proof import hmac_of as sign
from course_admin.submissions.addresses import clone_address, page_address, usual_forge
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Attempt, ParkedPush, Push, PushState, Repository
from grader.source import SourceUnavailable
from grader.transport.archives import FolderArchives
from tests.course_admin.integrations.github.test_code import git
from tests.factories import COMMIT, OWNER, make_enrollment

SECRET = "the secret of the forge"
BEFORE = "0f6b1c9e2f7a43d1a0c4d5e6f708192a3b4c5d6e"
ZEROS = "0" * 40
GITEA = {
    "ref": "refs/heads/main",
    "before": BEFORE,
    "after": COMMIT,
    "compare_url": "https://git.example.edu/compare",
    "commits": [],
    "head_commit": {"id": COMMIT, "timestamp": "1999-10-02T16:13:58-05:00"},
    "repository": {
        "id": 31,
        "owner": {"id": 3, "login": OWNER},
        "name": "m01-mira-okafor",
        "full_name": f"{OWNER}/m01-mira-okafor",
        "private": True,
        "default_branch": "main",
        "updated_at": "1999-10-02T16:13:58-05:00",
    },
    "pusher": {"id": 5, "login": "mira-okafor"},
    "sender": {"id": 5, "login": "mira-okafor", "username": "mira-okafor"},
}
GITLAB = {
    "object_kind": "push",
    "event_name": "push",
    "before": BEFORE,
    "after": COMMIT,
    "ref": "refs/heads/main",
    "checkout_sha": COMMIT,
    "user_id": 5,
    "user_username": "mira-okafor",
    "project_id": 31,
    "project": {
        "id": 31,
        "name": "m01-mira-okafor",
        "path_with_namespace": f"{OWNER}/m01-mira-okafor",
        "default_branch": "main",
        "visibility_level": 0,
    },
    "commits": [],
    "total_commits_count": 1,
}


@pytest.fixture(autouse=True)
def forges(settings, tmp_path):
    """Set both up, with repositories in a folder of this machine."""
    told = {"url": f"file://{tmp_path}/host", "secrets": [SECRET, "the previous one"], "token": ""}
    settings.ASSAY_FORGES = {"gitea": told, "gitlab": dict(told)}


def changed(payload: dict, changes: dict) -> bytes:
    held = copy.deepcopy(payload)
    for place, value in changes.items():
        *parents, last = place.split("__")
        holder = held
        for parent in parents:
            holder = holder[parent]
        holder[last] = value
    return json.dumps(held).encode()


@pytest.fixture
def gitea(client):
    def deliver(body=None, *, delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958", secret=SECRET, maker="Gitea", **changes):
        body = changed(GITEA, changes) if body is None else body
        named = {"Event": "push", "Delivery": delivery, "Signature": sign(body, secret)}
        headers = {f"X-{maker}-{name}": value for name, value in named.items()}
        return client.post("/hooks/gitea/", body, content_type="application/json", headers=headers)

    return deliver


@pytest.fixture
def gitlab(client):
    def deliver(body=None, *, delivery="f5e5f430-f57b-4e6e-9fac-d9128cd7232f", token=SECRET, **changes):
        body = changed(GITLAB, changes) if body is None else body
        headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": token, "Idempotency-Key": delivery}
        return client.post("/hooks/gitlab/", body, content_type="application/json", headers=headers)

    return deliver


@pytest.fixture(params=["gitea", "gitlab"])
def deliver(request):
    return request.getfixturevalue(request.param)


def test_a_push_becomes_the_same_push_as_githubs(world, deliver):
    answer = deliver()
    assert (answer.status_code, answer.json()["message"]) == (202, "The push was stored and will be graded.")
    push = Push.objects.get()
    assert (push.repository.student, push.commit_id, push.state) == (world.student, COMMIT, PushState.RECEIVED)
    assert push.repository.host_id == 31


def test_one_delivery_and_one_push_count_once(world, deliver):
    assert deliver().status_code == 202
    assert deliver().status_code == 200
    assert deliver(delivery="another-hook-of-the-same-push").status_code == 200
    assert Push.objects.count() == 1


def test_two_forges_and_their_numbers_are_kept_apart(world, gitea, gitlab):
    gitea()
    gitlab()
    assert Repository.objects.count() == Push.objects.count() == 2


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + " "])
def test_without_the_secret_nothing_is_taken(world, gitea, gitlab, secret):
    assert [gitea(secret=secret).status_code, gitlab(token=secret).status_code] == [401, 401]
    assert not Push.objects.exists()


def test_the_previous_secret_holds_while_it_is_replaced(world, gitea, gitlab):
    assert gitea(secret="the previous one").status_code == 202
    assert gitlab(token="the previous one").status_code == 202


@pytest.mark.parametrize("missing", ["url", "secrets"])
def test_a_forge_that_is_not_set_up_is_said_to_be(world, deliver, settings, missing):
    for told in settings.ASSAY_FORGES.values():
        told[missing] = type(told[missing])()
    answer = deliver()
    assert answer.status_code == 503
    assert "onfigured" in answer.json()["message"]


def test_forgejos_own_headers_are_read(world, gitea):
    assert gitea(maker="Forgejo").status_code == 202


def test_giteas_test_delivery_is_no_push(world, gitea):
    answer = gitea(before=COMMIT)
    assert (answer.status_code, answer.json()["message"]) == (200, "The webhook is set up: pushes will be announced.")
    assert not Push.objects.exists()


def test_gitlabs_test_of_a_commit_that_is_known_is_no_second_push(world, gitlab):
    gitlab()
    assert gitlab(delivery="a-test-of-the-webhook", before="c" * 40).status_code == 200
    assert Push.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "event"), [("tag_push", "refs/tags/v1"), ("push", "refs/tags/v1")], ids=["tag hook", "tag as push"]
)
def test_a_tag_is_stored_and_not_graded(world, gitlab, kind, event):
    answer = gitlab(object_kind=kind, ref=event)
    assert "Only pushes to a branch are graded" in answer.json()["message"]
    assert Push.objects.get().state == PushState.IGNORED


def test_a_deleted_branch_is_not_graded(world, deliver):
    assert "The branch was deleted" in deliver(after=ZEROS).json()["message"]


@pytest.mark.parametrize("kind", ["merge_request", "issue", "", None, 7, []])
def test_other_events_of_gitlab_are_of_no_interest(world, gitlab, kind):
    assert gitlab(object_kind=kind, event_name=kind).status_code == 202
    assert not Push.objects.exists()


def test_a_system_hook_names_its_event_otherwise(world, gitlab):
    assert gitlab(object_kind=None).json()["message"] == "The push was stored and will be graded."


@pytest.mark.parametrize("value", [None, "", 7, "main", "A" * 40, "g" * 40, "a" * 64, ["a" * 40]])
def test_a_commit_that_is_none_is_named(world, deliver, value):
    answer = deliver(after=value)
    assert (answer.status_code, answer.json()["message"]) == (400, "The push has no usable after.")


@pytest.mark.parametrize(
    "name", ["../m01-mira", "a/../b", "m01", "/m01", "a//b", "a/..", "a b/c", "a/" + "b" * 200, 5, None]
)
def test_a_name_that_could_lead_elsewhere_is_refused(world, gitea, gitlab, name):
    for answer in (gitea(repository__full_name=name), gitlab(project__path_with_namespace=name)):
        assert answer.status_code == 400
    assert not Repository.objects.exists()


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"repository": 5, "object_kind": "push"}', b"{}"]
)
def test_a_body_that_is_no_push_gets_one_sentence(world, deliver, body):
    answer = deliver(body)
    assert answer.status_code in (202, 400)
    assert answer.json()["message"].endswith(".")
    assert not Push.objects.exists()


def test_a_repository_in_groups_of_groups_is_found(world, gitlab):
    world.assignment.repository_pattern = "cs101/2026/m01-{login}"
    world.assignment.full_clean()
    world.assignment.save()
    assert gitlab(project__path_with_namespace="cs101/2026/m01-mira-okafor").status_code == 202
    assert Push.objects.get().repository.student == world.student


def test_the_universitys_login_is_the_one_in_the_name(world, gitlab):
    other = make_enrollment(world.course, "other", university_login="m.okafor")
    gitlab(project__path_with_namespace=f"{OWNER}/m01-m.okafor", user_username="m.okafor")
    assert Push.objects.get().repository.student == other


def test_staffs_own_pushes_are_not_graded(world, deliver):
    make_enrollment(world.course, "a-ta", Role.TA)
    answer = deliver(sender={"login": "a-ta"}, user_username="a-ta")
    assert "pushed by the course's staff" in answer.json()["message"]


def test_a_repository_that_nobody_knows_is_kept(world, deliver):
    Enrollment.objects.update(github_login="elsewhere")
    assert "Kept for 30 days" in deliver().json()["message"]
    assert ParkedPush.objects.get().announcement["forge"] in ("gitea", "gitlab")


@pytest.mark.medium
def test_code_is_fetched_from_the_forge_that_announced_it(world, deliver, tmp_path):
    bare = tmp_path / "host" / OWNER / "m01-mira-okafor.git"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare")
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet")
    (work / "tensor.py").write_text("x = 1\n")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "one")
    git(work, "push", "--quiet", str(bare), "HEAD:main")
    deliver(after=git(work, "rev-parse", "HEAD"))
    push = Push.objects.select_related("repository__student").get()
    archives = FolderArchives(tmp_path / "archives")
    (attempt,) = ingest(push=push, fetch=fetch, archives=archives, at=push.next_try_at)
    assert (attempt.refusal, Attempt.objects.count()) == ("", 1)


def test_a_forge_whose_address_is_gone_is_our_fault(world, deliver, settings):
    deliver()
    for told in settings.ASSAY_FORGES.values():
        told["url"] = ""
    with pytest.raises(SourceUnavailable, match="not configured where the code"):
        fetch(Push.objects.get())


def test_addresses_are_those_of_the_host(settings):
    settings.ASSAY_FORGES = {"gitea": {"url": "https://git.example.edu"}, "gitlab": {"url": ""}}
    assert clone_address("a/b", "gitea") == "https://git.example.edu/a/b.git"
    assert page_address("a/b", "gitea") == "https://git.example.edu/a/b"
    settings.ASSAY_CLONE_URL = "https://github.example.edu/{full_name}.git"
    assert page_address("a/b") == "https://github.example.edu/a/b"
    settings.ASSAY_CLONE_URL = "file:///srv/{full_name}.git"
    assert page_address("a/b") == ""
    assert usual_forge() == "github"
    settings.ASSAY_WEBHOOK_SECRETS = []
    assert usual_forge() == "gitea"


def test_a_branch_that_was_deleted_unannounced_and_pushed_anew_casts_doubt(world, gitea):
    """Gitea tells of a deletion by an event of its own, and of no time of a push."""
    gitea(delivery="aaaaaaaa-1", before=ZEROS)
    gitea(delivery="aaaaaaaa-2", before=COMMIT, after=BEFORE)
    gitea(delivery="bbbbbbbb-2", before=COMMIT, after=BEFORE)  # another hook
    assert not Repository.objects.get().is_in_doubt
    gitea(delivery="aaaaaaaa-3", before=ZEROS)
    assert Repository.objects.get().is_in_doubt


@pytest.mark.parametrize(
    ("forge", "login", "is_program"),
    [
        ("gitlab", "project_31_bot", True),
        ("gitlab", "group_7_bot_4ffca233d8298ea1", True),
        ("gitlab", "project_x", False),
        ("gitlab", "robot", False),
        ("gitea", "gitea-actions", True),
        ("gitea", "forgejo-actions", True),
        ("gitea", "my-actions", False),
    ],
)
def test_what_a_program_of_the_forge_pushed_is_no_hand_in(world, gitea, gitlab, forge, login, is_program):
    if forge == "gitlab":
        gitlab(user_username=login)
    else:
        gitea(sender__login=login)
    assert (Push.objects.get().state == PushState.IGNORED) == is_program
