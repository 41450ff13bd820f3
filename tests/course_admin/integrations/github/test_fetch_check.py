"""Whether code can be fetched with the present settings: `course_admin/integrations/github/fetch_check.py`."""

import socket

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from course_admin.integrations.code import fetch
from course_admin.integrations.github.fetch_check import check_fetch, forbidden_address
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Attempt, PushState
from grader.transport.archives import FolderArchives
from tests.course_admin.integrations.github.test_code import pushed, repositories  # noqa: F401 - a fixture
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, OWNER, SEED


@pytest.fixture
def private_name(monkeypatch):
    """Let every name lead into a private network."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.1.2.3", 443))])


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/{full_name}",
        "https://git.example.edu/{full_name}.git",
        "http://git.example.edu/{full_name}.git",
        "/srv/not-there/{full_name}.git",
    ],
)
def test_an_address_that_we_may_not_fetch_from_is_our_fault_and_never_the_students(
    world, settings, private_name, tmp_path, url
):
    """No attempt, no refusal: the push waits for staff to mend the setting."""
    settings.ASSAY_CLONE_URL = url
    push = announce()
    assert ingest(push=push, fetch=fetch, archives=FolderArchives(tmp_path), seed=SEED, at=NOW) == []
    push.refresh_from_db()
    assert push.state == PushState.RECEIVED
    assert push.reason
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://git.example.edu/{full_name}.git", "leads into a private network"),
        ("http://git.example.edu/{full_name}.git", "private network"),
        ("https://git.example.edu/all.git", "must hold {full_name}"),
        ("https://git.example.edu/{full_name}/{branch}", "no other braces"),
        ("ext::sh -c {full_name}", "is not a repository address"),
    ],
)
def test_it_is_found_at_start(settings, private_name, url, words):
    settings.ASSAY_CLONE_URL = url
    assert words in forbidden_address()
    with pytest.raises(SystemCheckError, match=r"assay\.E001"):
        call_command("check")


def test_a_named_private_network_and_an_unanswering_name_server_are_no_mistake(settings, private_name, monkeypatch):
    settings.ASSAY_CLONE_URL = "https://git.example.edu/{full_name}.git"
    settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = True
    assert forbidden_address() == ""

    def away(*_args, **_named):
        raise socket.gaierror("Temporary failure in name resolution")

    settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = False
    monkeypatch.setattr(socket, "getaddrinfo", away)
    assert forbidden_address() == ""


@pytest.mark.medium
def test_one_repository_is_fetched_by_hand(repositories, capsys):  # noqa: F811
    commit = pushed(repositories, "x = 1\n")
    call_command("check_fetch", f"{OWNER}/m01-Mira-Okafor")
    said = capsys.readouterr().out
    assert f"commit {commit[:10]} was fetched, files: 1." in said


@pytest.mark.medium
@pytest.mark.parametrize(
    ("full_name", "branch", "words"),
    [
        (f"{OWNER}/m01-Mira-Okafor", "hand-in", "there is no such branch"),
        (f"{OWNER}/m01-nobody", "main", "our settings forbid it. There is no bare repository"),
        ("../etc/passwd", "main", "is no repository's full name"),
        ("9" * 5000, "main", "is no repository's full name"),
    ],
)
def test_what_cannot_be_fetched_by_hand_gets_one_sentence(repositories, full_name, branch, words):  # noqa: F811
    pushed(repositories, "x = 1\n")
    with pytest.raises(CommandError, match=words):
        call_command("check_fetch", full_name, branch=branch)


def test_a_forbidden_host_is_said_by_hand_too(settings, private_name):
    settings.ASSAY_CLONE_URL = "https://git.example.edu/{full_name}.git"
    assert "ASSAY_CLONE_FROM_PRIVATE_NETWORK" in check_fetch("a/b", "main").problem
