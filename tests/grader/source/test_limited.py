"""A limited child: what it costs too much is one sentence, what breaks it is a fault, and nobody else notices."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import Fault, SourceError
from grader.source import (
    Dropped,
    Preparation,
    Prepared,
    SourceLimits,
    SourceUnavailable,
    Tree,
    prepare_limited,
    prepare_package,
    stage_archive,
    stage_limited,
)
from grader.source.limited import run_limited
from tests.grader.source.sources import make_notebook, make_zip

LIMITS = SourceLimits(reading_cpu_seconds=1, reading_wall_seconds=60, reading_memory_bytes=256 * 2**20)
TOO_COSTLY = "could not be read within 1 seconds of computing time and 256 MiB of memory; hand in the sources you wrote"


def compute_for_ever() -> bytes:
    """Use up the processor."""
    while True:
        sum(range(1_000))


def fill_memory() -> bytes:
    """Use up memory."""
    rows = []
    while True:
        rows.append(bytes(2**20))


def crash() -> bytes:
    """End as a parser does that is written in C and runs out of stack."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def nest(depth: int = 0) -> bytes:
    """Nest more deeply than Python allows."""
    return nest(depth + 1)


@pytest.mark.slow
@pytest.mark.parametrize("work", [compute_for_ever, fill_memory, crash, nest])
def test_what_passes_a_limit_is_one_sentence_for_the_student(work: Callable[[], bytes]):
    """CPU, memory, and a parser that falls over."""
    with pytest.raises(SourceError, match=TOO_COSTLY):
        run_limited(work, LIMITS)


def test_a_file_that_grows_too_large_is_no_endless_one(tmp_path: Path):
    """The child may write no more than a fetch may hold."""

    def write() -> bytes:
        (tmp_path / "large").write_bytes(bytes(2_000))
        return b""

    with pytest.raises(Fault):
        run_limited(write, SourceLimits(fetch_bytes=1_000))
    assert (tmp_path / "large").stat().st_size <= 1_000


@pytest.mark.medium
@pytest.mark.parametrize("end", ["sleep", "killed"])
def test_a_machine_that_is_to_blame_is_no_fault_of_the_students(end: str):
    """Time that passes without work, and a child that the system killed: to be tried again."""

    def work() -> bytes:
        if end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()
        return b""

    with pytest.raises(SourceUnavailable, match="too busy or short of memory"):
        run_limited(work, SourceLimits(reading_wall_seconds=0.2 if end == "sleep" else 60))


def test_refusals_and_faults_keep_their_kind_and_their_words():
    """Whose fault it is must not change on the way."""
    for kind in (SourceError, SourceUnavailable, Fault, KeyError):

        def work(kind: type[Exception] = kind) -> bytes:
            raise kind("caf\u00e9 'x'.")

        with pytest.raises(Fault if kind is KeyError else kind, match="caf\u00e9 'x'"):
            run_limited(work, LIMITS)


@pytest.mark.slow
def test_an_answer_that_is_too_long_is_not_kept():
    """The caller's memory is bounded, too."""
    with pytest.raises((SourceError, Fault)):
        run_limited(lambda: bytes(80 * 2**20), SourceLimits(total_bytes=1_000))


def test_a_tree_comes_back_as_it_was():
    """Files, digest, and what was left out."""
    tree = Tree.of({"a/b.py": b"1", "\u00e9.txt": b"\0\n" * 1_000}, [Dropped("x.so", "compiled")])
    assert stage_limited(lambda: tree) == tree
    assert stage_limited(lambda: stage_archive(make_zip({"a.py": b"1"}))) == Tree.of({"a.py": b"1"})


def test_a_prepared_package_comes_back_as_it_was():
    """Notes, unreadable files, and the way back to the cells."""
    notebook = make_notebook("#| default_exp core.tensor", "#| export\nfrom __future__ import annotations\nx = 1")
    tree = Tree.of({"a/tinytorch/x.py": b"\xff\xfex\0", "m/t.ipynb": notebook})
    direct, limited = prepare_package(tree, "tinytorch"), prepare_limited(lambda: prepare_package(tree, "tinytorch"))
    assert (limited.tree, limited.notes, limited.unreadable) == (direct.tree, direct.notes, direct.unreadable)
    assert limited.lines.to_rows() == direct.lines.to_rows()
    assert direct.unreadable
    assert direct.lines.paths


@pytest.mark.parametrize("rows", [{"a": [[1]]}, {"a": [[1, 1, 2, 1, 1]]}, {"a": 1}, [], {"a": [["1", 1, "n", 1, 1]]}])
def test_an_answer_that_is_none_is_refused(rows: object):
    """The child is not believed: it has read what a student wrote."""

    class Odd:
        def to_rows(self) -> object:
            return rows

    prepared = Prepared(Tree.of({}), Odd(), ())
    with pytest.raises(SourceError, match="not one that was packed here"):
        prepare_limited(lambda: prepared)


def test_what_python_cannot_read_is_known_once_it_was_looked_for():
    """In two steps as in one; what goes into the sandbox is there before."""
    tree = Tree.of({"tinytorch/x.py": b"\xff\xfex\0", "tinytorch/y.py": b"y = 1"})
    preparation = Preparation(tree, ["tinytorch"], "older")
    assert preparation.prepared.tree == tree
    assert not preparation.prepared.unreadable
    preparation.finish()
    assert preparation.prepared == replace(
        prepare_package(tree, "tinytorch"), lines=preparation.prepared.lines, notes=preparation.prepared.unreadable
    )
    assert preparation.prepared.unreadable
    assert preparation.refusal is None
    missing = Preparation(tree, ["tinytorsh"], "older")
    missing.finish()
    assert "no package 'tinytorsh'" in str(missing.refusal)


@pytest.mark.parametrize(("reading", "sentence"), [(fill_memory, "could not be read within"), (crash, "could not be")])
def test_what_is_too_costly_to_look_for_is_a_refusal(
    reading: Callable[[], bytes], sentence: str, monkeypatch: pytest.MonkeyPatch
):
    """The files that go into the sandbox are read by their limits, too, and nothing is said of a half of them."""
    monkeypatch.setattr(Prepared, "find_unreadable", lambda _self: reading())
    tree = Tree.of({"tinytorch/x.py": b"x = 1"})
    preparation = Preparation(tree, ["tinytorch"], "older", LIMITS)
    preparation.finish()
    assert sentence in str(preparation.refusal)
    assert preparation.prepared.tree == tree


def test_a_preparation_that_nobody_waits_for_leaves_nothing(monkeypatch: pytest.MonkeyPatch):
    """Neither its process nor a descriptor."""
    monkeypatch.setattr(Prepared, "find_unreadable", lambda _self: compute_for_ever())
    before = len(os.listdir("/proc/self/fd"))
    preparation = Preparation(Tree.of({"tinytorch/x.py": b""}), ["tinytorch"], "older")
    preparation.abandon()
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.slow
def test_the_callers_heartbeat_goes_on_and_nothing_is_left_behind():
    """Another thread runs while the child computes; no process and no descriptor stays."""
    beats, over = [], threading.Event()

    def beat() -> None:
        while not over.wait(0.02):
            beats.append(time.monotonic())

    thread = threading.Thread(target=beat)
    before = len(os.listdir("/proc/self/fd"))
    thread.start()
    with pytest.raises(SourceError):
        run_limited(compute_for_ever, LIMITS)
    over.set()
    thread.join()
    assert len(beats) > 5
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_child_holds_none_of_the_callers_descriptors():
    """Whoever waits for the end of a pipe of the caller's must not wait for the child."""
    reader, writer = os.pipe()
    try:
        held = json.loads(run_limited(lambda: json.dumps(os.listdir("/proc/self/fd")).encode(), LIMITS))
    finally:
        os.close(reader)
        os.close(writer)
    assert len(held) <= 5  # the standard three, the answer's, and the one that lists them
