"""Packages of the student's that are called as modules of Python's: graded is the student's, and both libraries go on working."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.result import RunResult
from tests.grader.engines import grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

MANIFEST = """
title = "Namesakes"
packages = ["statistics", "queue", "random", "string", "calendar", "types", "collections"]
"""

TESTS = """
import importlib
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from in_candidate_of import sizes

import calendar
import queue
import random as dice
import string
from collections.stacks import Stack
from statistics import mean
from types import *

try:
    from marks import in_candidate
except ImportError:
    in_candidate = lambda function: function


@in_candidate
def pushed():
    import queue as again
    items = queue.Queue()
    items.push(3)
    return [items.pop(), again is queue]


class TestNamesakes(unittest.TestCase):
    def test_from_one(self):
        self.assertEqual(mean([1, 2, 6]), 3)

    def test_an_exception_is_the_students(self):
        with self.assertRaises(queue.Empty) as caught:
            queue.Queue().pop()
        self.assertEqual(str(caught.exception), "nothing there")
        self.assertEqual(queue.Queue.__module__, "queue")

    def test_in_a_function(self):
        import statistics as s
        self.assertEqual(s.mean([4]), 4)
        self.assertEqual(importlib.import_module("statistics").mean([5]), 5)

    def test_of_another_of_the_students(self):
        self.assertEqual(string.joined([3, 4]), "7/2")

    def test_one_that_extends_the_librarys(self):
        dice.seed(3)
        self.assertEqual(len(dice.rolls(4)), 4)
        self.assertTrue(all(1 <= roll <= 6 for roll in dice.rolls(4)))

    def test_a_package(self):
        stack = Stack()
        stack.push(1)
        self.assertEqual(list(stack.items), [1])
        self.assertEqual(stack.tops(), {1: 1})

    def test_patched(self):
        with mock.patch("statistics.mean", return_value=7):
            self.assertEqual(string.joined([3, 4]), 7)
        self.assertEqual(string.joined([1]), 1)

    def test_everything_of_one(self):
        self.assertEqual(Money(3).cents, 300)

    def test_libraries_here(self):
        with ThreadPoolExecutor(1) as pool:
            self.assertEqual(pool.submit(max, [1, 2]).result(), 2)

    def test_libraries_there(self):
        self.assertEqual(calendar.weekday("2024-02-29"), 3)
        self.assertEqual(calendar.in_a_thread(), 4)

    def test_beside_the_student(self):
        self.assertEqual(pushed(), [3, True])
        self.assertEqual(sizes(), 1)


def test_set_by_name(monkeypatch):
    monkeypatch.setattr("queue.LIMIT", 5)
    assert queue.LIMIT == 5 and queue.limit() == 5
    monkeypatch.undo()
    assert queue.limit() == 9


def test_as_a_program(run_module):
    assert run_module("calendar").out == "31\\n"
"""

HELPER = """
import queue


def sizes():
    items = queue.Queue()
    items.push(1)
    return len(items.items)
"""

RIGHT = {
    "statistics.py": """
from fractions import Fraction

def mean(values):
    return Fraction(sum(values), len(values))
""",
    "queue.py": """
LIMIT = 9

class Empty(Exception):
    pass

class Queue:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise Empty("nothing there")
        return self.items.pop(0)

def limit():
    return LIMIT
""",
    "random.py": """
import random

def seed(number):
    random.seed(number)

def rolls(count):
    return [random.randint(1, 6) for _ in range(count)]
""",
    "string.py": """
import statistics

def joined(values):
    found = statistics.mean(values)
    return str(found) if found != int(found) else int(found)
""",
    "calendar.py": """
from datetime import datetime

def weekday(text):
    return datetime.strptime(text, "%Y-%m-%d").weekday()

def in_a_thread():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(sum, [1, 3]).result()

if __name__ == "__main__":
    print(31)
""",
    "types.py": """
from dataclasses import dataclass
from types import SimpleNamespace

@dataclass
class Money:
    euros: int

    @property
    def cents(self):
        return SimpleNamespace(cents=100 * self.euros).cents
""",
    "collections/__init__.py": "from .stacks import Stack\n",
    "collections/stacks.py": """
from collections import abc
from collections.abc import Sized
import copy
import json

class Stack(Sized):
    def __init__(self):
        self.items = []

    def __len__(self):
        return len(self.items)

    def push(self, item):
        self.items.append(item)

    def tops(self):
        from enum import Enum
        return copy.deepcopy({item: abs(item) for item in self.items})
""",
}
#: What a submission has that defines nothing of what is asked for, where the library has some of it.
EMPTY = dict.fromkeys(RIGHT, "")


def verdicts(result: RunResult) -> dict[str, str]:
    return {check.id.rpartition("::")[2]: str(check.verdict.value) + check.message for check in result.checks}


@pytest.mark.slow
def test_the_students_are_graded_and_no_librarys(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, TESTS, MANIFEST, in_candidate_of=HELPER)
    right = verdicts(grade_files("bubblewrap", tmp_path / "right", RIGHT, suite))
    assert right == dict.fromkeys(right, "passed")
    empty = grade_files("bubblewrap", tmp_path / "empty", EMPTY, suite)
    assert {check.id.rpartition("::")[2] for check in empty.checks if check.verdict.value == "passed"} == {
        "test_libraries_here"
    }


@pytest.mark.slow
def test_a_submission_without_the_module_is_told_so(tmp_path: Path) -> None:
    manifest = 'title = "Q"\npackage = "queue"\n'
    suite = make_suite(tmp_path, "import queue\ndef test_a():\n    assert queue.Queue().empty()\n", manifest)
    result = grade_files("bubblewrap", tmp_path, {"queues.py": "x = 1"}, suite)
    assert (result.score, result.checks[0].verdict.value) == (0, "failed")


@pytest.mark.slow
@pytest.mark.parametrize("line", ['sys.modules["queue"].Queue()', 'sys.modules.get("queue").Queue()'])
def test_a_look_into_the_table_of_modules_is_refused(line: str, tmp_path: Path) -> None:
    tests = f"import sys\nimport queue\ndef test_a():\n    assert {line}\n"
    suite = make_suite(tmp_path, tests, 'title = "Q"\npackage = "queue"\n')
    with pytest.raises(SuiteError, match=r"test_sums\.py:4: sys\.modules has Python's queue here.*write import queue"):
        grade_files("bubblewrap", tmp_path, {"queue.py": "class Queue: pass"}, suite)
