"""Containers of both sides: what has been added to one is told alone, and put at the end of nothing else."""

from typing import Any

import pytest

from grader.wire.containers import add, added, begins_with, fixed_parts, parts
from grader.wire.kinds import ProtocolError


def test_what_cannot_change_is_known_by_its_parts() -> None:
    assert fixed_parts([1, "a", (2, None)]) == [1, "a", (2, None)]
    assert fixed_parts({"a": 1, "b": 2}) == ["a", 1, "b", 2]
    assert fixed_parts([1, [2]]) is None
    assert fixed_parts({"a": object()}) is None
    assert fixed_parts(bytearray(b"a")) is None


@pytest.mark.parametrize(("before", "after"), [([1, 2], [1, 2, 3]), ({"a": 1}, {"a": 1, "b": 2})])
def test_what_is_new_at_the_end_is_told_alone(before: Any, after: Any) -> None:
    rest = added(after, parts(after) or [], parts(before) or [])
    add(before, rest)
    assert before == after


@pytest.mark.parametrize(
    ("before", "after"), [([1, 2], [2, 1]), ([1], [1, [2]]), ({"a": 1}, {"a": 2, "b": 2}), ([1, 2], [1])]
)
def test_any_other_change_is_told_whole(before: Any, after: Any) -> None:
    assert added(after, parts(after) or [], parts(before) or []) is None


def test_things_are_looked_at_by_identity() -> None:
    assert not begins_with([1.0, 2], [1, 2])
    assert not begins_with([True], [1])


@pytest.mark.parametrize(
    ("container", "rest"), [([1], {"a": 1}), ({"a": 1}, {"a": 2}), ({1}, {2}), ([1], (2,)), ({}, [])]
)
def test_nothing_is_added_where_it_does_not_belong(container: Any, rest: Any) -> None:
    with pytest.raises(ProtocolError):
        add(container, rest)
