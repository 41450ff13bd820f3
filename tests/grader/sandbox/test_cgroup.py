"""Control groups of boxes: who may remove which."""

import os
import subprocess
import sys

import pytest

from grader.sandbox import cgroup


def group_of(pid: int, monkeypatch: pytest.MonkeyPatch) -> cgroup.Cgroup:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: pid)
        group = cgroup.create("box-test", memory_bytes=1 << 30, processes=8)
    if group is None:
        pytest.skip("this host gives no box a control group.")
    return group


def test_a_group_that_its_living_owner_has_not_entered_yet_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine, orphan = group_of(os.getpid(), monkeypatch), group_of(ended.pid, monkeypatch)
    try:
        cgroup.remove_stale()
        assert all(folder.exists() for folder in mine.folders.values())
        assert not any(folder.exists() for folder in orphan.folders.values())
    finally:
        mine.remove()
        orphan.remove()


def test_of_an_owner_in_another_namespace_only_what_is_old_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cgroup, "_namespace", lambda: "4026530000")
        foreign = group_of(2**22, monkeypatch)
    try:
        cgroup.remove_stale()
        assert all(folder.exists() for folder in foreign.folders.values()), "its box may just be about to enter it"
        monkeypatch.setattr(cgroup, "STALE_SECONDS", -1.0)
        cgroup.remove_stale()
        assert not any(folder.exists() for folder in foreign.folders.values())
    finally:
        foreign.remove()
