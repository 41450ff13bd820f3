"""Hostile repositories, made with real git: nothing of them runs, and nothing odd of them is staged (T92, T95, T96)."""

import subprocess
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import SourceLimits, SourceUnavailable
from grader.source.git import command
from grader.source.git.repository import RemoteRepository
from tests.grader.source.commits import WORK, no_traces, notes, processes_in, refuse, repository, stage
from tests.grader.source.sources import GitRepository, is_plain

__all__ = ["no_traces", "repository"]  # fixtures


def weapons(marker: Path) -> dict[str, str]:
    """Return settings that run a command somewhere in git."""
    command = f"touch {marker}"
    return {
        "core.fsmonitor": command,
        "core.sshCommand": command,
        "core.hooksPath": str(marker.parent / "hooks"),
        "core.pager": command,
        "core.editor": command,
        "core.askPass": command,
        "core.alternateRefsCommand": command,
        "core.gitProxy": command,
        "credential.helper": f"!{command}",
        "diff.external": command,
        "filter.evil.smudge": command,
        "filter.evil.clean": command,
        "filter.evil.process": command,
        "filter.lfs.smudge": command,
        "filter.lfs.process": command,
        "gc.recentObjectsHook": command,
        "uploadpack.packObjectsHook": command,
        "remote.origin.uploadpack": command,
        "remote.origin.url": f"ext::{command}",
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "submodule.lib.url": f"ext::{command}",
        "submodule.lib.update": f"!{command}",
        "alias.fetch": f"!{command}",
        "alias.upload-pack": f"!{command}",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "url.ext::sh.insteadOf": "file://",
    }


@pytest.mark.medium
def test_nothing_in_a_repository_runs(repository: GitRepository, tmp_path: Path):
    """T96: hooks, filters, drivers, helpers, aliases and includes, in the repository and in the tree, touch nothing."""
    marker = tmp_path / "marker"
    tree = repository.tree(
        {
            **WORK,
            ".gitattributes": b"* filter=evil diff=evil merge=evil text eol=crlf export-ignore ident\n",
            ".gitconfig": b"[core]\n\tfsmonitor = touch " + bytes(marker) + b"\n",
            ".gitmodules": b'[submodule "lib"]\n\tpath = lib\n\turl = https://example.com/lib.git\n',
            ".lfsconfig": b"[lfs]\n\turl = https://example.com\n",
        }
    )
    commit_id = repository.commit(tree)
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = touch {marker}\n")
    for key, value in weapons(marker).items():
        repository.git("config", "--file", str(repository.path / "config"), key, value)
    repository.git("config", "--file", str(repository.path / "config"), "include.path", str(tmp_path / "included"))
    for folder in (repository.path / "hooks", tmp_path / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in (
            "post-checkout",
            "pre-auto-gc",
            "reference-transaction",
            "post-index-change",
            "fsmonitor-watchman",
        ):
            (folder / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
            (folder / name).chmod(0o755)
    staged = stage(repository, commit_id)
    assert not marker.exists()
    assert {path: data for path, data in staged.contents().items() if path in WORK} == WORK
    (tmp_path / "careless").mkdir()
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("--work-tree", str(tmp_path / "careless"), "checkout", "--force", "main", "--", ".")
    assert marker.exists(), "the weapons of this test are not loaded"


@pytest.mark.medium
def test_a_missing_object_is_not_fetched_from_where_the_repository_says(repository: GitRepository, tmp_path: Path):
    """T96: a promisor remote with a command for an address, and an object missing, run nothing."""
    marker = tmp_path / "marker"
    missing = repository.blob(b"lost")
    commit_id = repository.commit(repository.tree({**WORK, "lost.py": b"lost"}))
    (repository.path / "objects" / missing[:2] / missing[2:]).unlink()
    for key, value in weapons(marker).items():
        repository.git("config", "--file", str(repository.path / "config"), key, value)
    with pytest.raises((SourceError, SourceUnavailable)):
        stage(repository, commit_id)
    assert not marker.exists()


def test_the_graders_own_configuration_is_not_used(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """T96: what the environment and home folder of the grading user say to git does not reach it."""
    marker, home = tmp_path / "marker", tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[core]\n\tfsmonitor = touch {marker}\n[url "ext::sh"]\n\tinsteadOf = file://\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {marker}")
    monkeypatch.setenv("GIT_EXEC_PATH", str(home))
    monkeypatch.setenv("GIT_DIR", str(home))
    monkeypatch.setenv("GIT_TRACE", str(marker))
    assert stage(repository, repository.commit(repository.tree(WORK))).contents() == WORK
    assert not marker.exists()


@pytest.mark.parametrize("name", ["objects/info/alternates", "objects/info/http-alternates", "commondir"])
def test_a_repository_that_borrows_objects_is_refused(repository: GitRepository, tmp_path: Path, name: str):
    """T96: alternates would read another student's objects by their ids."""
    other = GitRepository(tmp_path / "other.git")
    secret = other.commit(other.tree({"answers.py": b"42"}))
    (repository.path / "objects" / "info").mkdir(exist_ok=True)
    (repository.path / name).write_text(f"{other.path}/objects\n")
    refuse(repository, secret, "borrows its objects")


@pytest.mark.medium
@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/b", b".gIt"])
def test_hostile_tree_entries_are_refused_on_arrival(repository: GitRepository, name: bytes):
    """T92, T96: trees that no git would write, written by hand."""
    tree = repository.raw_tree(("100644", name, repository.blob(b"1")))
    refuse(repository, repository.commit(tree), "malformed objects|could leave|empty|absolute")


@pytest.mark.slow
def test_hostile_tree_entries_are_refused_without_git_as_well(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
):
    """T92: should git's own check let one through, the rules for names stand behind it."""
    monkeypatch.setitem(command.CONFIGURATION, "fetch.fsckObjects", "false")
    blob = repository.blob(b"1")
    refuse(repository, repository.commit(repository.raw_tree(("100644", b"..", blob))), "could leave")
    refuse(repository, repository.commit(repository.raw_tree(("100644", b"a\\b", blob))), "backslash")
    odd = stage(repository, repository.commit(repository.raw_tree(("100644", b"a\n\x1b", blob))))
    assert (odd.paths, len(odd.dropped)) == ((), 1)
    inner = repository.raw_tree(("100644", b"x.py", blob))
    refuse(repository, repository.commit(repository.raw_tree(("40000", b"..", inner))), "could leave")
    twice = repository.raw_tree(("100644", b"a.py", blob), ("100644", b"a.py", repository.blob(b"2")))
    refuse(repository, repository.commit(twice), "twice")
    hidden = repository.raw_tree(("40000", b".git", inner))
    assert set(notes(stage(repository, repository.commit(hidden)))) == {".git/"}


@pytest.mark.medium
@pytest.mark.parametrize("name", [b"\xff.py", b"a\nb.py", "a\u202eb.py".encode(), b"a\tb.py", b'a"b\x1b.py'])
def test_odd_names_are_left_out_escaped(repository: GitRepository, name: bytes):
    """T95: git takes any byte; a submission does not, and one such file costs nobody the rest."""
    rows = sorted(
        [("100644", name, repository.blob(b"1")), ("100644", b"b.py", repository.blob(b"2"))], key=lambda row: row[1]
    )
    tree = stage(repository, repository.commit(repository.raw_tree(*rows)))
    assert tree.paths == ("b.py",)
    assert all(is_plain(path + reason) for path, reason in notes(tree).items())
    assert len(tree.dropped) == 1


def test_a_tree_with_an_empty_name_is_not_staged(repository: GitRepository):
    """T92: the serving git itself calls such a repository corrupt, which is for staff to see."""
    tree = repository.raw_tree(("100644", b"", repository.blob(b"1")))
    with pytest.raises((SourceError, SourceUnavailable)):
        stage(repository, repository.commit(tree))


@pytest.mark.slow
def test_what_git_started_dies_with_it(tmp_path: Path):
    """T97: when the time is over, the whole process group ends, also those in it that are deaf to polite signals."""
    quarantine = command.Quarantine(
        tmp_path, RemoteRepository("file:///none", "file"), None, SourceLimits(wall_seconds=1)
    )
    script = f"trap '' TERM HUP INT; touch {tmp_path}/started; sleep 30; touch {tmp_path}/survived"
    with pytest.raises(SourceUnavailable, match="took longer than 1 seconds"):
        quarantine.run("-c", f'alias.stay=!sh -c "{script}"', "stay")
    assert (tmp_path / "started").exists()
    assert not processes_in(tmp_path)
