"""Small suites and submissions for tests of the engine, and the engines they run on."""

import functools
import os
import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.result import Check, RunResult
from grader.sandbox import processes
from grader.sandbox.base import Engine
from grader.sandbox.engines import default_engine
from grader.sandbox.rootfs import runtime
from grader.source import stage_folder
from grader.suite.manifest import Suite, load_suite
from grader.supervisor.run import grade
from tests.drawing import SEED

ENGINES = [
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("separate-user", marks=[pytest.mark.root, pytest.mark.slow]),
    pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.slow]),
]
#: Those that promise everything; docs/security.md says what the other one cannot confine.
WITH_NAMESPACES = [each for each in ENGINES if each.values != ("separate-user",)]


def by_turns(things: Sequence[Any]) -> list[Any]:
    """Return each thing with one engine that has namespaces, another one for the next seed; things have a label.

    The seed is that of tests/drawing.py. `make attacks` has every thing on every engine.
    """
    chosen = [WITH_NAMESPACES[(place + SEED) % len(WITH_NAMESPACES)] for place in range(len(things))]
    pairs = zip(chosen, things, strict=True)
    return [
        pytest.param(*each.values, thing, marks=each.marks, id=f"{thing.label}-{each.values[0]}")
        for each, thing in pairs
    ]


MANIFEST = """
title = "Sums"
package = "sums"
modules = ["sums"]

[limits]
test_wall_seconds = 3
test_cpu_seconds = 2
memory_bytes = 268435456
"""

SUITE = """
from gradescope_utils.autograder_utils.decorators import weight
import sums

@weight(1)
def test_add():
    assert sums.add(2, 3) == 5

@weight(1)
def test_victim():
    assert sums.victim() == 1

@weight(1)
def test_double():
    assert sums.double(4) == 8
"""

HONEST = """
def add(a, b):
    return a + b

def double(a):
    return 2 * a

def victim():
    return 1
"""


@functools.cache
def engine(name: str) -> Engine:
    """Return an engine that passed its own check, once per test session."""
    return default_engine(name)


def make_suite(folder: Path, tests: str = SUITE, manifest: str = MANIFEST, **files: str) -> Suite:
    """Write a suite into a new folder and load it."""
    suite = folder / "m_sums"
    suite.mkdir(parents=True)
    (suite / "suite.toml").write_text(manifest)
    (suite / "test_sums.py").write_text(textwrap.dedent(tests))
    for name, text in files.items():
        (suite / f"{name}.py").write_text(textwrap.dedent(text))
    return load_suite(suite)


def make_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a submission into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    return folder


def grade_files(
    name: str, folder: Path, files: Mapping[str, str], suite: Suite | None = None, seed: int = 1
) -> RunResult:
    """Grade a submission given as files."""
    tree = make_tree(folder / "tree", files)
    return grade(stage_folder(tree), suite or make_suite(folder / "suite"), engine(name), seed=seed)


def by_name(result: RunResult) -> dict[str, Check]:
    """Return a result's checks by test function."""
    return {check.id.partition("::")[2]: check for check in result.checks}


def below() -> frozenset[int]:
    """Return the processes below this one, that have ended and wait to be reaped aside."""
    return frozenset(pid for pid in processes.descendants(os.getpid()) if processes.state(pid) not in ("", "Z"))


def leftovers(before: Collection[int]) -> list[str]:
    """Return what a run should have taken away: boxes' folders, and processes below this one that were not there before."""
    folders = [path.name for path in runtime.runtime_folder().glob("box-*")]
    return folders + [f"process {pid}" for pid in sorted(below() - set(before))]
