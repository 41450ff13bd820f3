"""Fetching one commit of a real repository: `course_admin/integrations/code.py`."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from course_admin.integrations.code import fetch, policy
from course_admin.submissions.addresses import clone_address
from course_admin.submissions.intake.ingest import GONE_TRIES, ingest
from course_admin.submissions.models import Forge, PushState
from course_admin.submissions.reports.report import report
from grader.source import unpack_archive
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, OWNER, SEED

SECOND = timedelta(seconds=1)


@pytest.fixture
def archives(tmp_path) -> FolderArchives:
    return FolderArchives(tmp_path / "archives")


def git(folder: Path, *arguments: str, date: str = "2026-10-01T12:00:00Z") -> str:
    identity = {
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": "/usr/bin",
    }
    names = ("-c", "user.name=Mira", "-c", "user.email=mira@example.edu", "-c", "init.defaultBranch=main")
    command = ["git", *names, *arguments]
    return subprocess.run(command, cwd=folder, env=identity, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repositories(tmp_path, settings) -> Path:
    settings.ASSAY_CLONE_URL = f"file://{tmp_path}/host/{{full_name}}.git"
    bare = tmp_path / "host" / OWNER / "m01-Mira-Okafor.git"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare")
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet")
    git(work, "remote", "add", "origin", str(bare))
    return work


def pushed(work: Path, text: str, *options: str, date: str = "2026-10-01T12:00:00Z") -> str:
    (work / "tensor.py").write_text(text)
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", text, *options, date=date)
    git(work, "push", "--quiet", "--force", "origin", "HEAD:main")
    return git(work, "rev-parse", "HEAD")


@pytest.mark.medium
def test_a_real_commit_is_fetched_and_stored(world, archives, repositories):
    commit = pushed(repositories, "x = 1\n")
    (attempt,) = ingest(push=announce(commit_id=commit), fetch=fetch, archives=archives, seed=SEED, at=NOW)
    assert unpack_archive(archives.get(attempt.archive_sha256)).contents() == {"tensor.py": b"x = 1\n"}


@pytest.mark.medium
def test_the_announced_commit_is_graded_whatever_the_branch_holds_meanwhile(world, archives, repositories):
    first = pushed(repositories, "x = 1\n")
    push = announce(commit_id=first)
    pushed(repositories, "x = 2\n")
    (attempt,) = ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=NOW)
    assert attempt.commit_id == first
    assert unpack_archive(archives.get(attempt.archive_sha256)).contents() == {"tensor.py": b"x = 1\n"}


@pytest.mark.medium
def test_a_back_dated_commit_counts_from_when_it_arrived(world, archives, repositories):
    world.assignment.due_at = NOW - SECOND
    world.assignment.save()
    commit = pushed(repositories, "x = 1\n", date="2001-01-01T00:00:00Z")
    (attempt,) = ingest(push=announce(commit_id=commit), fetch=fetch, archives=archives, seed=SEED, at=NOW)
    assert attempt.received_at == NOW
    assert report(attempt=attempt, user=world.student.account, at=NOW).is_late


@pytest.mark.medium
def test_a_commit_that_is_gone_is_refused_with_a_sentence(world, archives, repositories):
    pushed(repositories, "x = 1\n")
    push = announce(commit_id="e" * 40)
    for _ in range(GONE_TRIES - 1):  # it may be served a moment later
        assert ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=push.next_try_at) == []
        push.refresh_from_db()
    (attempt,) = ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=push.next_try_at)
    assert "is not in the repository" in attempt.refusal


@pytest.mark.medium
def test_a_branch_named_like_a_hash_is_not_taken_for_the_commit(world, archives, repositories):
    first = pushed(repositories, "x = 1\n")
    pushed(repositories, "x = 2\n")
    git(repositories, "push", "--quiet", "origin", f"HEAD:refs/heads/{first}")
    (attempt,) = ingest(push=announce(commit_id=first), fetch=fetch, archives=archives, seed=SEED, at=NOW)
    assert unpack_archive(archives.get(attempt.archive_sha256)).contents() == {"tensor.py": b"x = 1\n"}


def test_a_host_that_cannot_be_reached_is_tried_again(world, archives, settings):
    settings.ASSAY_CLONE_URL = "https://github.invalid/{full_name}.git"
    push = announce()
    assert ingest(push=push, fetch=fetch, archives=archives, seed=SEED, at=NOW) == []
    push.refresh_from_db()
    assert (push.state, push.tries) == (PushState.RECEIVED, 1)


def test_only_the_operators_host_is_fetched_from(settings):
    assert clone_address("a/b", Forge.GITHUB) == "https://github.com/a/b.git"
    assert (policy().hosts, policy().private_hosts, policy().allow_local) == ({"github.com"}, set(), False)
    settings.ASSAY_CLONE_URL = "https://git.example.edu/{full_name}.git"
    settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = True
    assert policy().private_hosts == {"git.example.edu"}
