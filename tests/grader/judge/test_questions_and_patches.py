"""What Python would answer from a proxy's class is the student's answer, and a setting of a student's module reaches it.

The oracle of every case is the same code with the module imported in this process.
"""

import importlib.util
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Sized
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from grader.judge import remote
from tests.grader.judge.local_candidate import local_candidate

STUDENT = """
RATE = 3


def helper():
    return "own"


def used():
    return RATE, helper()


class Plain:
    pass


class Full:
    def __call__(self):
        return 1

    def __iter__(self):
        return iter([1])

    def __len__(self):
        return 1

    def __hash__(self):
        return 7


class ByIndex:
    def __getitem__(self, index):
        return [5, 6][index]


class Unhashable:
    def __eq__(self, other):
        return True


def steps():
    yield 1
"""


def set_rate(work: Any) -> Any:
    work.RATE = 5
    return work.RATE, work.used()


def delete_rate(work: Any) -> Any:
    del work.RATE
    return hasattr(work, "RATE"), raised(work.used)


def patched_by_pytest(work: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "RATE", 9)
        patch.setattr(work, "NEW", 1, raising=False)
        during = work.used(), work.NEW
    return during, work.used(), hasattr(work, "NEW")


def patched_by_mock(work: Any) -> Any:
    with mock.patch.object(work, "RATE", 4):
        during = work.used()
    return during, work.used()


def patched_function(work: Any) -> Any:
    with mock.patch.object(work, "helper", 4):
        during = raised(work.used)
    return during, work.used()


def patched_by_a_function(work: Any) -> Any:
    work.helper = lambda: "the test's"
    with mock.patch.object(work, "helper") as helper:
        helper.return_value = 8
        during = work.used(), helper.call_count
    return during, work.used()


def raised(function: Any) -> str:
    try:
        function()
    except (NameError, TypeError) as problem:
        return next(kind.__name__ for kind in (NameError, TypeError) if isinstance(problem, kind))
    return "nothing"


def questions(question: Any) -> Any:
    def ask(work: Any) -> Any:
        return [
            question(value)
            for value in (
                work.Plain(),
                work.Full(),
                work.ByIndex(),
                work.Unhashable(),
                work.steps(),
                work.Plain,
                work.used,
            )
        ]

    return ask


CASES: dict[str, Any] = {
    "callable": questions(lambda value: callable(value)),
    **{
        kind.__name__: questions(lambda value, kind=kind: isinstance(value, kind))
        for kind in (Iterable, Iterator, Sized, Hashable, Callable)  # type: ignore[type-abstract]
    },
    "an item's loop": lambda work: list(work.ByIndex()),
    "hash": lambda work: (hash(work.Full()), raised(lambda: hash(work.Unhashable()))),
    "a key that cannot be hashed": lambda work: raised(lambda: {work.Unhashable(): 1}),
    "a set": lambda work: len({work.Plain(), work.Plain()}),
    "a setting": set_rate,
    "a deletion": delete_rate,
    "monkeypatch": patched_by_pytest,
    "mock.patch": patched_by_mock,
    "a function replaced and put back": patched_function,
    "a function of the test's in its place": patched_by_a_function,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "work.py").write_text(STUDENT)
    monkeypatch.setattr(sys, "meta_path", [remote.RemoteFinder(["work"]), *sys.meta_path])
    remote.forward()
    yield tmp_path
    remote.restore()
    for name in [each for each in sys.modules if each.partition(".")[0] == "work"]:
        del sys.modules[name]


def plain(folder: Path) -> ModuleType:
    """Return the student's module, imported here."""
    spec = importlib.util.spec_from_file_location("plain_work", folder / "work.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.medium
@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_the_one_of_one_process(folder: Path, case: str) -> None:
    expected = CASES[case](plain(folder))
    with local_candidate(folder, "work"):
        assert CASES[case](importlib.import_module("work")) == expected
