"""A class of the student's in a pattern is asked in the student's process; every other class is Python's own to ask."""

import ast
from pathlib import Path
from typing import Any

import pytest

from grader.judge.remote.asking import patterns
from tests.grader.judge.local_candidate import local_candidate
from tests.grader.judge.remote.verdicts import remote_work

STUDENT = """
class Leaf:
    __match_args__ = ("value",)
    def __init__(self, value): self.value = value

class Node:
    __match_args__ = ("left", "right")
    def __init__(self, left, right): self.left, self.right = left, right

def tree(): return Node(Leaf(1), Node(Leaf(2), Leaf(3)))
"""
TEST = """
import work
from work import Leaf

def total(tree):
    match tree:
        case Leaf(value):
            return value
        case work.Node(left, work.Node() | Leaf() as right):
            return total(left) + total(right)
        case str() | None:
            return 0
        case _:
            return -1

def first(values):
    match values:
        case [Leaf(value=found), *_]:
            return found
"""


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    (tmp_path / "work.py").write_text(STUDENT)
    tree = ast.parse(TEST)
    patterns.looking_first(tree)
    space: dict[str, Any] = {}
    with remote_work():
        exec(compile(tree, "test_trees.py", "exec"), space)
        with local_candidate(tmp_path, "work"):
            yield space


def test_patterns_take_the_students_objects_apart(judged: dict[str, Any]) -> None:
    work, total = judged["work"], judged["total"]
    assert total(work.tree()) == 6
    assert total(work.Node(work.Leaf(4), 5)) == -1
    assert (total("text"), total(None), total([])) == (0, 0, -1)
    assert judged["first"]([work.Leaf(7), 8]) == 7
    assert judged["first"]([work.tree()]) is None


def test_a_file_without_such_patterns_stays_as_it_is() -> None:
    source = "match 3:\n    case [1, 2] | {'a': 3}:\n        pass\n"
    tree = ast.parse(source)
    patterns.looking_first(tree)
    assert ast.dump(tree) == ast.dump(ast.parse(source))
