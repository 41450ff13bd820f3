"""The users of boxes: none has two boxes at once, and those of boxes that are over go round."""

import os

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox.base import BOXES_AT_ONCE, FIRST_BOX_UID, BoxUsers


def test_no_two_open_boxes_have_one_user() -> None:
    users = BoxUsers()
    taken = [users.take() for _ in range(BOXES_AT_ONCE)]
    assert len(set(taken)) == BOXES_AT_ONCE
    with pytest.raises(SandboxUnavailable, match=f"has {BOXES_AT_ONCE} boxes open"):
        users.take()


def test_a_user_comes_round_when_its_box_is_over_and_the_others_were_used() -> None:
    users = BoxUsers()
    first = users.take()
    users.give_back(first)
    assert [users.take() for _ in range(BOXES_AT_ONCE)][-1] == first


def test_two_processes_have_no_user_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    for pid in (1, 2, 3, 2**22 - 1):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        users = BoxUsers()
        mine = {users.take() for _ in range(BOXES_AT_ONCE)}
        assert not mine & seen
        assert max(mine) < 2**31, "Docker knows no larger one"
        assert min(mine) >= FIRST_BOX_UID
        seen |= mine
