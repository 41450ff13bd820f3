"""Fetching over HTTP from a real git server: the token stays hidden, and a server's faults are nobody's zero (T30, T98)."""

import base64
import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import FetchPolicy, SourceLimits, SourceUnavailable, stage_commit
from tests.grader.source.commits import WORK, no_traces, repository
from tests.grader.source.git_server import serve_git
from tests.grader.source.sources import GitRepository

__all__ = ["no_traces", "repository"]  # fixtures
TOKEN = "ghs_Zx81kQpW3token"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
POLICY = FetchPolicy(private_hosts=frozenset({"localhost"}))


@pytest.mark.medium
def test_a_token_opens_a_private_repository(repository: GitRepository, tmp_path: Path):
    """The credential travels as a header that git sends, and the tree arrives."""
    commit_id = repository.commit(repository.tree(WORK))
    with serve_git(tmp_path, f"Basic {BASIC}") as server:
        tree = stage_commit(server.url("student.git"), commit_id, policy=POLICY, token=TOKEN)
    assert tree.contents() == WORK
    assert set(server.seen) == {f"Basic {BASIC}"}


@pytest.mark.medium
@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_refused_credential_is_staffs_matter(repository: GitRepository, tmp_path: Path, token: str | None):
    """A missing or expired token is a fault of ours, ends at once without a prompt, and names no secret."""
    commit_id = repository.commit(repository.tree(WORK))
    with serve_git(tmp_path, f"Basic {BASIC}") as server, pytest.raises(SourceUnavailable) as fault:
        stage_commit(server.url("student.git"), commit_id, policy=POLICY, token=token)
    assert "wrong" not in str(fault.value)


@pytest.mark.parametrize("token", ["", "a b", "x\r\nEvil: 1", "t\u00f6ken"])
def test_a_malformed_token_is_not_sent(repository: GitRepository, tmp_path: Path, token: str):
    """A token cannot add a header of its own."""
    with serve_git(tmp_path) as server, pytest.raises(SourceUnavailable, match="token for fetching is empty, or holds"):
        stage_commit(server.url("student.git"), "0" * 40, policy=POLICY, token=token)
    assert server.seen == []


def test_a_server_that_repeats_the_token_does_not_get_it_into_an_error(repository: GitRepository, tmp_path: Path):
    """T30: git prints what a server says; whoever reads the error sees stars."""
    commit_id = repository.commit(repository.tree(WORK))
    with serve_git(tmp_path) as server:
        server.fault = "reflect"
        with pytest.raises(SourceUnavailable) as fault:
            stage_commit(server.url("student.git"), commit_id, policy=POLICY, token=TOKEN)
    words = fault.value.__context__.words
    assert "remote: Basic ***" in words
    for text in (words, repr(fault.value), repr(fault.value.__context__)):
        assert TOKEN not in text
        assert BASIC not in text


def test_the_token_is_in_no_command_line_and_no_file(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """T30: while git waits for its server, every process's arguments and every file of the quarantine are read."""
    monkeypatch.setenv("ASSAY_UNRELATED_SECRET", "worker-secret")
    found: list[bytes] = []
    with serve_git(tmp_path) as server:
        server.fault = "hang"
        address = server.url("student.git")
        limits = SourceLimits(wall_seconds=3)
        thread = threading.Thread(target=_stage_quietly, args=(address, limits))
        thread.start()
        _wait_until(lambda: bool(server.seen))
        processes = _git_processes(address)
        for process in processes:
            found.append((process / "cmdline").read_bytes())
            assert b"worker-secret" not in (process / "environ").read_bytes()
        quarantine = Path(os.readlink(processes[0] / "cwd")).parent
        found += [path.read_bytes() for path in quarantine.rglob("*") if path.is_file()]
        server.released.set()
        thread.join()
    assert any(b"fetch" in command for command in found)
    assert not any(TOKEN.encode() in data or BASIC.encode() in data for data in found)


def _stage_quietly(address: str, limits: SourceLimits) -> None:
    with pytest.raises(SourceUnavailable):
        stage_commit(address, "0" * 40, policy=POLICY, token=TOKEN, limits=limits)


def _git_processes(address: str) -> list[Path]:
    """Return the folders in /proc of the processes that name an address, among others that come and go."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if address.encode() in command.read_bytes():
                found.append(command.parent)
    return found


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the server was not asked in ten seconds"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_server_that_does_not_answer_costs_its_time_limit_and_no_more(repository: GitRepository, tmp_path: Path):
    """T97: the wall clock bounds a fetch, and the processes of it are gone afterwards."""
    with serve_git(tmp_path) as server:
        server.fault = "hang"
        with pytest.raises(SourceUnavailable, match="took longer than 1 seconds"):
            stage_commit(server.url("student.git"), "0" * 40, policy=POLICY, limits=SourceLimits(wall_seconds=1))


def test_redirects_are_not_followed(repository: GitRepository, tmp_path: Path):
    """T98: a server may not send git, and the credential with it, to another address."""
    commit_id = repository.commit(repository.tree(WORK))
    with serve_git(tmp_path) as server:
        server.fault = "redirect"
        with pytest.raises(SourceUnavailable):
            stage_commit(server.url("student.git"), commit_id, policy=POLICY, token=TOKEN)
    assert len(server.seen) == 1


def test_a_commit_that_the_server_does_not_have_is_named(repository: GitRepository, tmp_path: Path):
    """T40: an id that was replaced by a force push is the student's to push again."""
    repository.commit(repository.tree(WORK))
    with serve_git(tmp_path) as server, pytest.raises(SourceError, match="is not in the repository"):
        stage_commit(server.url("student.git"), "1" * 40, policy=POLICY)


def test_a_server_that_is_down_is_tried_again(tmp_path: Path):
    """Nobody listens: a fault, with git's words in it."""
    with serve_git(tmp_path) as server:
        address = server.url("student.git")
    with pytest.raises(SourceUnavailable, match="could not be fetched; git said"):
        stage_commit(address, "0" * 40, policy=POLICY)
