"""Code of a private repository, fetched with our App's own token from a real git server that takes no other."""

import base64
import logging

import pytest

from course_admin.integrations.code import ask, fetch_commit
from course_admin.integrations.github.app.client import forget_tokens
from course_admin.integrations.github.models import Installation
from course_admin.submissions.models import Repository
from grader.source import SourceUnavailable
from tests.course_admin.integrations.github.fake_github import EVERYTHING
from tests.course_admin.integrations.github.test_code import git
from tests.grader.source.git_server import serve_git

NAME, NUMBER = "tinytorch-class/m01-mira", 880412233


@pytest.fixture
def private(hub, tmp_path, settings, db):
    """Yield a git server that takes the newest token of our App alone, and the commit that is there."""
    hub.has(NAME, NUMBER)
    bare, work = tmp_path / "host" / f"{NAME}.git", tmp_path / "work"
    bare.mkdir(parents=True)
    work.mkdir()
    git(bare, "init", "--quiet", "--bare")
    git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(work, "init", "--quiet")
    (work / "tensor.py").write_text("x = 1\n")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "one")
    git(work, "push", "--quiet", str(bare), "HEAD:main")
    with serve_git(tmp_path / "host", "nothing") as server:
        settings.ASSAY_CLONE_URL = server.url("{full_name}.git")
        given = hub._route

        def route(request):
            answer = given(request)
            pairs = (f"x-access-token:{token}".encode() for token in hub.tokens)
            server.authorization = [f"Basic {base64.b64encode(pair).decode()}" for pair in pairs][-1:] or ["nothing"]
            (server.authorization,) = server.authorization
            return answer

        hub._route = route
        yield server, git(work, "rev-parse", "HEAD")


@pytest.mark.slow
def test_a_private_repository_is_read_with_a_token_for_it_alone(private, hub, caplog):
    caplog.set_level(logging.DEBUG)
    _, commit = private
    assert fetch_commit(NAME, commit, NUMBER).contents() == {"tensor.py": b"x = 1\n"}
    (token,) = hub.tokens
    assert (hub.tokens[token].permissions, hub.tokens[token].repositories) == ({"contents": "read"}, [NUMBER])
    assert token not in caplog.text
    assert Installation.objects.get().permissions == EVERYTHING  # asked for, since no delivery told of it
    repository = Repository(full_name=NAME, host_id=NUMBER)
    assert ask(repository, ["main"]) == {"main": commit}
    assert len(hub.tokens) == 1


def test_the_token_of_the_settings_goes_first(private, hub, settings):
    settings.ASSAY_FETCH_TOKEN = "github_pat_of_the_course"
    _, commit = private
    with pytest.raises(SourceUnavailable):
        fetch_commit(NAME, commit, NUMBER)
    assert not hub.asked


@pytest.mark.slow
def test_where_the_app_is_not_installed_nothing_is_sent_and_github_is_asked_once(private, hub):
    hub.owners.clear()
    server, commit = private
    for _ in range(3):
        with pytest.raises(SourceUnavailable):
            fetch_commit(NAME, commit, NUMBER)
    assert len(hub.asked) == 1
    assert set(server.seen) == {None}


@pytest.mark.slow
def test_a_limit_of_githubs_is_ours_and_tried_again_later(private, hub):
    _, commit = private
    forget_tokens()
    hub.once("access_tokens", 403, {"message": "secondary rate limit"}, retry_after="60")
    with pytest.raises(SourceUnavailable, match="No token"):
        fetch_commit(NAME, commit, NUMBER)
    assert fetch_commit(NAME, commit, NUMBER).contents() == {"tensor.py": b"x = 1\n"}
