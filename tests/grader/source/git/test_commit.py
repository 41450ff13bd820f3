"""Commits are fetched by their full ids, within limits, and leave nothing behind (threats T40, T90, T94 to T97)."""

import os
import stat
from pathlib import Path

import pytest

from grader.source import SourceLimits, stage_commit, stage_folder
from tests.grader.source.commits import LOCAL, WORK, no_traces, notes, refuse, repository, stage
from tests.grader.source.sources import GitRepository, write_files

__all__ = ["no_traces", "repository"]  # fixtures
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"


@pytest.mark.medium
def test_a_commit_gives_the_same_tree_as_its_folder(repository: GitRepository, tmp_path: Path):
    """The door does not matter to the digest, and line ends stay as they were committed."""
    commit_id = repository.commit(repository.tree(WORK))
    assert stage(repository, commit_id) == stage_folder(write_files(tmp_path / "work", WORK))
    by_url = stage_commit(f"file://{repository.path}", commit_id, policy=LOCAL)
    assert by_url.contents() == WORK


def test_an_empty_commit_is_an_empty_tree(repository: GitRepository):
    """A commit without files is no error here."""
    assert stage(repository, repository.commit(repository.tree({}))).files == ()


def test_one_content_under_many_names_is_read_for_each(repository: GitRepository):
    """Equal files share an object in git."""
    work = {f"{name}.py": b"same" for name in "abc"}
    assert stage(repository, repository.commit(repository.tree(work))).contents() == work


@pytest.mark.medium
def test_a_force_push_does_not_change_what_is_graded(repository: GitRepository):
    """T40: the id that was pushed is graded, also when its branch has moved on; once it is gone, that is said."""
    first = repository.commit(repository.tree(WORK))
    second = repository.commit(repository.tree({"other.py": b"1"}))
    assert stage(repository, first).contents() == WORK
    assert stage(repository, second).paths == ("other.py",)
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("prune", "--expire=now")
    refuse(repository, first, f"The commit {first} is not in the repository")


def test_names_and_replacements_cannot_redirect_a_commit(repository: GitRepository):
    """T40: a branch or tag named like the commit's id, and replace refs, have no say."""
    honest = repository.commit(repository.tree(WORK))
    forged = repository.commit(repository.tree({"forged.py": b"1"}))
    repository.git("update-ref", f"refs/heads/{honest}", forged)
    repository.git("update-ref", f"refs/tags/{honest}", forged)
    repository.git("update-ref", f"refs/replace/{honest}", forged)
    assert stage(repository, honest).contents() == WORK


@pytest.mark.medium
def test_only_commits_are_staged(repository: GitRepository):
    """T40: the ids of a tree, a blob and a tag are refused."""
    tree = repository.tree(WORK)
    commit_id = repository.commit(tree)
    repository.git("tag", "-a", "-m", "tag", "v1", commit_id)
    for object_id in (tree, repository.blob(b"1"), repository.git("rev-parse", "refs/tags/v1")):
        refuse(repository, object_id, "something other than a commit|not in the repository")


@pytest.mark.parametrize(
    "commit_id",
    ["", "main", "HEAD", "-x" * 20, "0" * 39, "0" * 41, "A" * 40, "0" * 40 + "\n", "--upload-pack=touch x", "a..b"],
)
def test_what_is_no_full_commit_id_is_refused(repository: GitRepository, commit_id: str):
    """T98: names, abbreviations, ranges and options never reach git."""
    refuse(repository, commit_id, "is not a full commit id")


def test_submodules_links_and_large_file_pointers_are_left_out(repository: GitRepository):
    """T90, T96: what stands for something elsewhere is named in a note and not fetched."""
    blob = repository.blob(b"1")
    rows = {"a.py": ("100644", blob), "data.bin": ("100644", repository.blob(LFS)), "lib": ("160000", "1" * 40)}
    rows |= {"link": ("120000", repository.blob(b"/etc/passwd")), "run.py": ("100755", blob)}
    tree = repository.raw_tree(*((mode, name.encode(), oid) for name, (mode, oid) in sorted(rows.items())))
    staged = stage(repository, repository.commit(tree))
    assert staged.contents() == {"a.py": b"1", "run.py": b"1"}
    assert set(notes(staged)) == {"data.bin", "lib", "link"}
    assert "submodules" in notes(staged)["lib"]
    assert "links" in notes(staged)["link"]
    assert "LFS" in notes(staged)["data.bin"]


@pytest.mark.timeout(120)
def test_a_tree_bomb_is_refused_in_time_and_space(repository: GitRepository):
    """T97: ten levels of twenty names each are a few kilobytes of objects and ten million million files."""
    entry = ("100644", repository.blob(b"1"))
    for level in range(10):
        rows = [(entry[0], f"{level}{index:02d}".encode(), entry[1]) for index in range(20)]
        entry = ("40000", repository.raw_tree(*rows))
    commit_id = repository.commit(entry[1])
    refuse(repository, commit_id, "lists more than can be staged|more than", SourceLimits(entry_count=2_000))


@pytest.mark.slow
def test_a_tree_deeper_than_a_stack_is_refused(repository: GitRepository):
    """T94, T97: three hundred folders in each other; whatever git says of them, the student reads one sentence."""
    entry = ("100644", repository.blob(b"1"))
    for _ in range(300):
        entry = ("40000", repository.raw_tree((entry[0], b"d", entry[1])))
    refuse(repository, repository.commit(entry[1]), "deeper than|longer than")


@pytest.mark.slow
def test_a_large_fetch_is_cut_off(repository: GitRepository):
    """T97: what arrives is measured while it arrives."""
    big = repository.tree({**WORK, "big.bin": os.urandom(3_000_000)})
    commit_id = repository.commit(big)
    refuse(repository, commit_id, "larger than|too large", SourceLimits(fetch_bytes=1_000_000))
    assert notes(stage(repository, commit_id, SourceLimits(file_bytes=1_000_000))) == {
        "big.bin": "larger than 1000000 bytes"
    }


@pytest.mark.slow
def test_a_blob_that_inflates_like_a_bomb_is_never_read(repository: GitRepository):
    """T93, T97: a large file of zeros is judged by its declared size and left out."""
    commit_id = repository.commit(repository.tree({**WORK, "zeros.py": bytes(40_000_000)}))
    staged = stage(repository, commit_id)
    assert staged.contents() == WORK
    assert set(notes(staged)) == {"zeros.py"}


@pytest.mark.slow
def test_floods_are_refused(repository: GitRepository):
    """T94: the limits are those of every other door."""
    limits = SourceLimits(total_bytes=1_000, file_bytes=600, file_count=5, depth=3)
    many = repository.commit(repository.tree({f"{index}.py": b"" for index in range(6)}))
    refuse(repository, many, "more than 5 files", limits)
    large = repository.commit(repository.tree({f"{index}.py": bytes([index]) * 500 for index in range(3)}))
    refuse(repository, large, "larger than 1000 bytes", limits)
    deep = repository.commit(repository.tree({"a/b/c/d.py": b""}))
    assert "levels deep" in notes(stage(repository, deep, limits))["a/b/c/d.py"]


@pytest.mark.medium
def test_history_is_not_fetched(repository: GitRepository, monkeypatch: pytest.MonkeyPatch):
    """T97: a large past does not count against a small present."""
    repository.commit(repository.tree({"old.bin": os.urandom(3_000_000)}))
    parent = repository.git("rev-parse", "refs/heads/main")
    commit_id = repository.git("commit-tree", repository.tree(WORK), "-p", parent, "-m", "Small")
    repository.git("update-ref", "refs/heads/main", commit_id)
    assert stage(repository, commit_id, SourceLimits(fetch_bytes=1_000_000)).contents() == WORK


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to another user")
def test_a_repository_of_another_user_is_read_and_left_as_it_was(repository: GitRepository):
    """The service's own repositories may belong to whoever receives the pushes; fetching writes nothing there."""
    commit_id = repository.commit(repository.tree(WORK))
    before = {}
    for path in (repository.path, *repository.path.rglob("*")):
        os.lchown(path, 12345, 12345)
    before = _listing(repository.path)
    assert stage(repository, commit_id).contents() == WORK
    assert _listing(repository.path) == before


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, stat.S_IMODE(path.lstat().st_mode)) for path in folder.rglob("*")}
