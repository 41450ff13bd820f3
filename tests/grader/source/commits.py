"""What the tests of staged commits share: a repository, staging as the service does, and proof that nothing is left."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import FetchPolicy, SourceLimits, Tree, stage_commit
from tests.grader.source.sources import GitRepository, is_plain

WORK = {"tinytorch/__init__.py": b"", "tinytorch/core/tensor.py": b"class Tensor: ...\n", "README.md": b"# Work\r\n"}
LOCAL = FetchPolicy(allow_local=True)


@pytest.fixture(autouse=True)
def no_traces(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After every test, staged or refused, no file of a fetch is left and no process of it runs."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert os.listdir(temporary) == []
    assert not processes_in(temporary)


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of the processes that work below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder)):
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue  # it has just ended, or is not ours
    return found


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """Return an empty bare repository."""
    return GitRepository(tmp_path / "student.git")


def stage(repository: GitRepository, commit_id: str, limits: SourceLimits | None = None) -> Tree:
    """Stage a commit as the service does from its own machine."""
    return stage_commit(repository.path, commit_id, policy=LOCAL, limits=limits)


def refuse(repository: GitRepository, commit_id: str, sentence: str, limits: SourceLimits | None = None) -> None:
    """Assert that a commit is refused by one plain sentence."""
    with pytest.raises(SourceError, match=sentence) as refusal:
        stage(repository, commit_id, limits)
    assert is_plain(str(refusal.value))


def notes(tree: Tree) -> dict[str, str]:
    """Return why each thing was left out."""
    return {item.path: item.reason for item in tree.dropped}
