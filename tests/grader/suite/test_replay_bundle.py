"""A bundle of a run is read back as it was written, and whatever is none is refused with a sentence."""

import zipfile
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.result import Check, RunResult
from grader.suite import replay_bundle
from grader.suite.replay_bundle import ReplayBundle
from grader.verdict import Verdict

RESULT = RunResult("tiny", 1.0, 1.0, (Check("a", "a", 1.0, 1.0, Verdict.PASSED),), {"suite_digest": "d"})
BUNDLE = ReplayBundle(RESULT, b"submission", b"suite")


def test_a_bundle_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    BUNDLE.write(tmp_path / "run.zip")
    assert ReplayBundle.read(tmp_path / "run.zip") == BUNDLE


def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("result.json", "{}")
    for name in ("text", "other.zip", "missing"):
        with pytest.raises(UsageError, match="is no bundle of a run"):
            ReplayBundle.read(tmp_path / name)


def test_a_member_that_inflates_beyond_its_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ReplayBundle(RESULT, bytes(1 << 20), b"").write(tmp_path / "bomb.zip")
    monkeypatch.setattr(replay_bundle, "MEMBER_BYTES", 1 << 19)
    with pytest.raises(UsageError, match=r"submission\.tar of the bundle is larger"):
        ReplayBundle.read(tmp_path / "bomb.zip")
