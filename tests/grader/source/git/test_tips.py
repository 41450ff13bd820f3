"""Asking a repository for the tips of its branches: real servers, and answers that nobody honest gives."""

import base64
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import FetchNotAllowed, FetchPolicy, SourceLimits, SourceUnavailable
from grader.source.git.tips import branch_tips
from tests.grader.source.commits import LOCAL, WORK, no_traces, repository
from tests.grader.source.git_server import serve_git
from tests.grader.source.sources import GitRepository, is_plain

__all__ = ["no_traces", "repository"]  # fixtures
TOKEN = "ghs_Zx81kQpW3token"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
POLICY = FetchPolicy(private_hosts=frozenset({"localhost"}))
ID = "3f9c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3"


def test_each_branch_has_the_commit_that_it_holds(repository: GitRepository):
    """Branches that are there have their tips, the others are left out."""
    first = repository.commit(repository.tree(WORK))
    second = repository.commit(repository.tree({"a": b"a\n"}), "hand-in/final")
    assert branch_tips(repository.path, ["main", "hand-in/final", "dev"], policy=LOCAL) == {
        "main": first,
        "hand-in/final": second,
    }


def test_an_empty_repository_has_no_tips(repository: GitRepository):
    """Nothing was pushed yet."""
    assert branch_tips(repository.path, ["main"], policy=LOCAL) == {}


def test_a_branch_or_tag_whose_name_ends_alike_is_another(repository: GitRepository):
    """git matches the ends of names; only the whole name counts."""
    commit_id = repository.commit(repository.tree(WORK), "refs/heads/main")
    repository.git("update-ref", "refs/tags/main", commit_id)
    repository.git("update-ref", "refs/heads/x/main", commit_id)
    assert branch_tips(repository.path, ["main"], policy=LOCAL) == {}


@pytest.mark.medium
@pytest.mark.parametrize(
    "name", ["*", "ma?n", "[m]ain", "ma\\in", "main\n", "\x1b[2J", "", "..", "-u", "--upload-pack=id"]
)
def test_a_name_that_no_branch_has_is_not_there(repository: GitRepository, name: str):
    """Nothing in a name is a pattern, an option or a command."""
    repository.commit(repository.tree(WORK))
    assert branch_tips(repository.path, [name], policy=LOCAL) == {}


def test_a_token_opens_a_private_repository(repository: GitRepository, tmp_path: Path):
    """The credential travels as it does for a fetch; without it there is a fault and no prompt."""
    commit_id = repository.commit(repository.tree(WORK))
    with serve_git(tmp_path, f"Basic {BASIC}") as server:
        address = server.url("student.git")
        assert branch_tips(address, ["main"], policy=POLICY, token=TOKEN) == {"main": commit_id}
        with pytest.raises(SourceUnavailable, match="could not be read; git said"):
            branch_tips(address, ["main"], policy=POLICY)


@pytest.mark.parametrize("fault", ["redirect", "reflect"])
def test_a_server_that_misbehaves_gets_nothing(repository: GitRepository, tmp_path: Path, fault: str):
    """T30, T98: no redirect is followed, and no error names the token."""
    repository.commit(repository.tree(WORK))
    with serve_git(tmp_path) as server:
        server.fault = fault
        with pytest.raises(SourceUnavailable) as problem:
            branch_tips(server.url("student.git"), ["main"], policy=POLICY, token=TOKEN)
    assert is_plain(str(problem.value))
    assert TOKEN not in str(problem.value)
    assert BASIC not in str(problem.value)
    assert len(server.seen) == 1


@pytest.mark.slow
def test_a_server_that_does_not_answer_costs_its_time_limit_and_no_more(tmp_path: Path):
    """T97: the wall clock bounds the question."""
    with serve_git(tmp_path) as server:
        server.fault = "hang"
        with pytest.raises(SourceUnavailable, match="took longer than 1 seconds"):
            branch_tips(server.url("student.git"), ["main"], policy=POLICY, limits=SourceLimits(wall_seconds=1))


def test_a_server_that_is_down_is_a_fault(tmp_path: Path):
    """Nobody listens."""
    with serve_git(tmp_path) as server:
        address = server.url("student.git")
    with pytest.raises(SourceUnavailable, match="could not be read; git said"):
        branch_tips(address, ["main"], policy=POLICY)


@pytest.mark.medium
@pytest.mark.parametrize(
    "said",
    [b"", b"\0" * 5_000, b"hello\n", b"\x1b[2J\trefs/heads/main\n", b"3f9c\trefs/heads/main\n", b"<html>" * 1_000],
)
def test_an_answer_that_is_no_list_names_no_commit(tmp_path: Path, said: bytes):
    """What a server says is a fault of it or an empty list, and never a commit."""
    with serve_git(tmp_path) as server:
        server.fault, server.said = "said", said
        answer = tips_or_sentence(server.url("student.git"))
    assert answer == {} or is_plain(answer)


def tips_or_sentence(address: str) -> dict[str, str] | str:
    try:
        return branch_tips(address, ["main"], policy=POLICY)
    except SourceUnavailable as fault:
        return str(fault)


def test_an_answer_that_is_too_long_is_cut_off(tmp_path: Path):
    """Thousands of branches whose names all end in the one that is asked for."""
    rows = b"".join(b"%s\trefs/heads/%05d/refs/heads/main\n" % (ID.encode(), number) for number in range(2_000))
    with serve_git(tmp_path) as server:
        server.fault, server.said = "said", rows
        with pytest.raises(SourceError, match="far too many branches"):
            branch_tips(server.url("student.git"), ["main"], policy=POLICY)


@pytest.mark.slow
def test_other_branches_do_not_hide_the_one_asked_for(repository: GitRepository):
    """A student may have as many branches as they like, and a name with a star in it is none of them."""
    commit_id = repository.commit(repository.tree(WORK))
    updates = "".join(f"create refs/heads/mine/{number} {commit_id}\n" for number in range(3_000))
    repository.git("update-ref", "--stdin", given=updates.encode())
    assert branch_tips(repository.path, ["main", "mine/*"], policy=LOCAL) == {"main": commit_id}


@pytest.mark.parametrize(
    "address", ["https://example.org/a/b", "https://github.com/a/../b", "/nowhere", "ext::sh -c id"]
)
def test_an_address_that_is_not_allowed_is_not_asked(address: str):
    """The policy of fetching holds here, too."""
    with pytest.raises(FetchNotAllowed):
        branch_tips(address, ["main"], policy=FetchPolicy())
