"""The worker that checks suites: what it reports of a sound suite, an unusable one, and when something of ours fails."""

import functools
from pathlib import Path
from typing import Any

import pytest

from grader.suite.bundle import pack_check
from grader.suite.check.checker import Checker
from grader.suite.check.effort import Effort
from grader.suite.manifest import load_suite
from grader.transport.archives import FolderArchives
from grader.worker import check

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "tests" / "example_course" / "w1_words"


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return what the worker reports from now on; its archives are in a folder."""
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(check.app, "send_task", lambda name, kwargs, **_: sent.append((name, kwargs)))
    settings = check.settings.__class__(
        broker_url="memory://", archives=str(tmp_path), suites=tmp_path, sandbox="bubblewrap", run_seconds=60
    )
    monkeypatch.setattr(check, "settings", settings)
    return sent


def ask(folder: Path, archive: bytes, **changed: str) -> None:
    suite = load_suite(EXAMPLE)
    sha256 = FolderArchives(folder).put(archive)
    told = {"check": "check_7", "token": "t", "suite": suite.name, "suite_digest": suite.digest}
    check.check(**{**told, "archive_sha256": sha256, **changed})


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sound_suite_passes_from_its_archive_alone(
    reports: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "Checker", functools.partial(Checker, effort=Effort(draws=1, seeds=1)))
    monkeypatch.setattr("grader.suite.check.checker.ORDERS", 0)
    ask(tmp_path, pack_check(load_suite(EXAMPLE)))
    ((name, told),) = reports
    assert (name, told["check"], told["token"]) == ("course_admin.assignments.tasks.checked", "check_7", "t")
    assert '"holds": true' in told["document"].partition("rules")[0]


def test_another_version_than_was_asked_for_is_a_fault(reports: list, tmp_path: Path) -> None:
    ask(tmp_path, pack_check(load_suite(EXAMPLE)), suite_digest="0" * 64)
    ((name, told),) = reports
    assert name == "course_admin.assignments.tasks.check_fault"
    assert "the check is for 000000000000" in told["sentence"]


@pytest.mark.parametrize("name", ["../etc", "the-reference", ""])
def test_a_name_that_is_none_is_a_fault(reports: list, tmp_path: Path, name: str) -> None:
    ask(tmp_path, pack_check(load_suite(EXAMPLE)), suite=name)
    assert [report for report, _ in reports] == ["course_admin.assignments.tasks.check_fault"]


def test_an_archive_that_is_not_there_is_a_fault(reports: list, tmp_path: Path) -> None:
    ask(tmp_path, pack_check(load_suite(EXAMPLE)), archive_sha256="1" * 64)
    assert [report for report, _ in reports] == ["course_admin.assignments.tasks.check_fault"]


def test_a_suite_that_cannot_be_used_fails_its_check(reports: list, tmp_path: Path) -> None:
    from grader.source import Tree, pack_archive

    ask(tmp_path, pack_archive(Tree.of({"w1_words/suite.toml": b"title ="})))
    ((name, told),) = reports
    assert name == "course_admin.assignments.tasks.checked"
    assert '"holds": false' in told["document"]
