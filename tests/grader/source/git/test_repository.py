"""Which addresses commits may be fetched from: everything else is refused before git runs (threat T98).

Such a refusal is a fault of ours, since nobody but us makes addresses: never a student's.
"""

import socket
from pathlib import Path

import pytest

from grader.source import FetchNotAllowed, FetchPolicy, SourceUnavailable, stage_commit
from grader.source.git import command
from grader.source.git.repository import judge_repository
from tests.grader.source.sources import GitRepository, is_plain

LOCAL = FetchPolicy(allow_local=True)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "-oProxyCommand=id",
        "--upload-pack=id",
        "ext::sh -c id",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b.git",
        "git://github.com/a/b",
        "ftp://github.com/a/b",
        "http://github.com/a/b.git",
        "https://github.com",
        "https://github.com/",
        "https://user:password@github.com/a/b",
        "https://token@github.com/a/b",
        "https://github.com/a/b?x=1",
        "https://github.com/a/b#x",
        "https://github.com/../b",
        "https://github.com/-a/b",
        "https://github.com/a/%2e%2e",
        "https://github.com/a b",
        "https://github.com\\@evil.example/a",
        "https://GITHUB.com/a/b",
        "https://evil.example/a/b",
        "https://github.com.evil.example/a/b",
        "https://127.0.0.1/a/b",
        "https://[::1]/a/b",
        "https://localhost/a/b",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "/etc/passwd",
        "/tmp/../etc",
        "relative/path",
        "a\nb",
    ],
)
def test_addresses_that_are_not_allowed_are_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    """T98: the table of refusals; no name is resolved and no command run for any of them."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("140.82.112.3", 443))])
    monkeypatch.setattr(command.Quarantine, "run", lambda *_, **__: pytest.fail("git was run"))
    with pytest.raises(FetchNotAllowed) as refusal:
        stage_commit(address, "0" * 40)
    assert is_plain(str(refusal.value))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "64:ff9b::a00:7",
        "2002:a00:7::1",
        "::10.0.0.7",
    ],
)
def test_an_allowed_name_may_not_lead_into_the_local_network(address: str, monkeypatch: pytest.MonkeyPatch):
    """T98: hosts are judged by what they resolve to, by every address they have."""
    rows = [(0, 0, 0, "", ("140.82.112.3", 443)), (0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(FetchNotAllowed, match="private network"):
        stage_commit("https://github.com/a/b", "0" * 40)


def test_a_local_path_needs_permission_and_a_repository(tmp_path: Path):
    """T98: only where the policy says so are paths of this machine addresses, and then plain ones of repositories."""
    repository = GitRepository(tmp_path / "student.git")
    with pytest.raises(FetchNotAllowed, match="is a path of this machine"):
        stage_commit(repository.path, "0" * 40)
    for address in (str(tmp_path), "/nonexistent", f"{repository.path}/../student.git", f"file://{tmp_path}/a b"):
        with pytest.raises(FetchNotAllowed, match=r"no bare repository|not a plain absolute path"):
            stage_commit(address, "0" * 40, policy=LOCAL)


def test_git_is_pinned_to_the_addresses_that_were_judged(monkeypatch: pytest.MonkeyPatch):
    """T98: a name server that changes its mind between check and use changes nothing."""
    rows = [(0, 0, 0, "", ("140.82.112.3", 443)), (0, 0, 0, "", ("2606:50c0:8000::153", 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    judged = judge_repository("https://github.com/kestrel-cs/lexer.git", FetchPolicy())
    assert judged.pinned == "github.com:443:140.82.112.3,2606:50c0:8000::153"
    assert (judged.protocol, judged.base_url) == ("https", "https://github.com/")


def test_an_operator_may_name_a_host_of_the_local_network(monkeypatch: pytest.MonkeyPatch):
    """A university's own GitHub may have a private address; it must be named, and must speak https."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.1.2.3", 443))])
    policy = FetchPolicy(private_hosts=frozenset({"git.example.edu"}))
    assert judge_repository("https://git.example.edu/a/b", policy).pinned == "git.example.edu:443:10.1.2.3"
    with pytest.raises(FetchNotAllowed, match="not encrypted"):
        judge_repository("http://git.example.edu/a/b", policy)


def test_a_host_without_an_address_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch):
    """A name server that is down is tried again, and is never a student's zero."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror("Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(SourceUnavailable, match="has no address at the moment"):
        stage_commit("https://github.com/a/b", "0" * 40)
