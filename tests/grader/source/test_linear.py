"""Every reader's work grows in proportion to its input, whatever the input is made of (threats T38, T94).

CPU time is compared at two sizes as a ratio, with a wide margin and no absolute figure: a quadratic reader is eight times
slower per byte at eight times the size.
"""

import gc
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.source import SourceLimits, Tree, prepare_package, stage_archive, stage_folder
from grader.source.hints.encoding import describe_encoding
from grader.source.hints.newer_python import PARSED_BYTES, find_newer_syntax
from grader.source.limits import MEBIBYTE
from tests.grader.source.notebook_samples import EXPORTED, MODULE, NOTEBOOK
from tests.grader.source.sources import (
    make_notebook,
    make_tar,
    raw_zip,
    stage_or_refuse,
    tar_header,
    write_files,
    zip_member,
)

WORST_BYTES = 5 * MEBIBYTE
GROWTH = 8
MARGIN = 3.5  # of 8, twice over: noise of the machine, and caches that a small input fits in
ROOMY = SourceLimits(file_bytes=4 * WORST_BYTES, total_bytes=10 * WORST_BYTES, file_count=20_000)

#: Pieces that a source, repeated, is made of: each was, or could be, the worst for one expression or one loop.
SOURCES = {
    "escaped quotes without an end": '\\"',
    "escaped quotes": "'\\'",
    "quotes": "'",
    "triple quotes": '"""x',
    "half triple quotes": "''' ''",
    "backslashes": "\\",
    "continued lines": "\\\n",
    "brackets": "([{",
    "blanks": " ",
    "names and dots": "a.",
    "names and commas": "a, ",
    "assignments": "a = ",
    "per cent": "%",
    "hashes": "#",
    "directives": "#| export\n",
    "exports elsewhere": "#| export a.b\n",
    "old marks": "# export ",
    "magics": "%time f('\n",
    "shell": "!ls \\\n",
    "summaries": "__all__ = [\n",
    "dots": ".",
    "futures": "from __future__ import x\n",
    "short lines": "x\n",
    "carriage returns": "\r",
}
#: What a line of the file or the cell begins with before the pieces.
FRONTS = ("", "from ", 'x = "', "x", "# %% ", "#| ")

RAW_NOTEBOOKS = {
    "open lists": b"[",
    "objects": b'{"outputs":',
    "closed lists": b"[],",
    "quotes": b'"',
    "escapes": b'\\"',
    "colons": b'"outputs" ',
    "blanks behind a key": b" ",
}


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time that a piece of work takes, by itself: what else the process holds is not collected meanwhile."""
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


def assert_linear(read: Callable[[int], Callable[[], object]], size_bytes: int = WORST_BYTES) -> None:
    """Assert that reading `size_bytes` costs no more per byte than an eighth of it does, but for a margin.

    An eighth that costs next to nothing says nothing, and is taken for a fiftieth of a second.
    """
    small = cpu_seconds(read(size_bytes // GROWTH))
    large = cpu_seconds(read(size_bytes))
    assert large < GROWTH * MARGIN * max(small, 0.02)


def repeated(piece: str, size_bytes: int, front: str = "") -> str:
    """Return a text of pieces of about this size."""
    return front + piece * (size_bytes // len(piece))


@pytest.mark.parametrize("piece", SOURCES.values(), ids=SOURCES)
@pytest.mark.slow
@pytest.mark.alone
def test_cells_and_files_are_read_in_proportion_to_their_length(piece: str):
    """Magics, directives, imports and marks: a notebook's cell, and the file that it may have been exported as."""

    def read(size: int) -> Callable[[], object]:
        source = "\n".join(repeated(piece, size // len(FRONTS), front) for front in FRONTS)
        cells = ("#| default_exp core.tensor", f"#| export\ny = 1\n{source}")
        tree = Tree.of({NOTEBOOK: make_notebook(*cells), MODULE: EXPORTED + source.encode()}, limits=ROOMY)
        return lambda: stage_or_refuse(lambda: prepare_package(tree, "tinytorch", "older", ROOMY).tree)

    assert_linear(read)


@pytest.mark.parametrize("piece", RAW_NOTEBOOKS.values(), ids=RAW_NOTEBOOKS)
@pytest.mark.parametrize("front", [b'{"cells": [{"outputs": ', b'{"metadata"'])
@pytest.mark.slow
@pytest.mark.alone
def test_notebooks_are_read_in_proportion_to_their_length(piece: bytes, front: bytes, tmp_path: Path):
    """What is dropped, what is kept, and what is no JSON at all, from the door to the module."""

    def read(size: int) -> Callable[[], object]:
        folder = write_files(tmp_path / str(size), {NOTEBOOK: front + piece * (size // len(piece))})
        return lambda: stage_or_refuse(lambda: prepare_package(stage_folder(folder), "tinytorch").tree)

    assert_linear(read)


@pytest.mark.slow
@pytest.mark.alone
def test_cells_are_grouped_by_module_once():
    """As many modules as cells, and as many notebooks that write to them."""

    def read(size: int) -> Callable[[], object]:
        count = size // 200
        cells = [{"cell_type": "code", "source": f"#| export m{index}\nx = 1"} for index in range(count)]
        data = json.dumps({"cells": cells}).encode()
        tree = Tree.of({f"{index}.ipynb": data for index in range(4)})
        return lambda: stage_or_refuse(lambda: prepare_package(tree, "tinytorch").tree)

    assert_linear(read, MEBIBYTE)


@pytest.mark.parametrize("form", ["members", "long names", "pax", "zeros", "gzip"])
@pytest.mark.slow
@pytest.mark.alone
def test_tars_are_read_in_proportion_to_their_length(form: str):
    """Entries, extended headers, padding, and what comes out of compression."""
    bodies = {
        "long names": lambda index: tar_header(b"l", b"%011o\0" % 512, b"L") + b"a" * 500 + bytes(12),
        "pax": lambda index: tar_header(b"x", b"%011o\0" % 512, b"x") + b"512 comment=".ljust(511, b"a") + b"\n",
        "zeros": lambda index: bytes(1024),
    }
    body = bodies.get(form, lambda index: tar_header(b"%06d.pyc" % index, b"00000000000\0") * 1)

    def read(size: int) -> Callable[[], object]:
        data = b"".join(map(body, range(size // 1024))) + bytes(1024)
        data = gzip.compress(data, 1) if form == "gzip" else data
        return lambda: stage_or_refuse(lambda: stage_archive(data))

    assert_linear(read)


@pytest.mark.slow
@pytest.mark.alone
def test_zips_are_read_in_proportion_to_their_length():
    """Many members, which are all left out, so that only their headers are read."""

    def read(size: int) -> Callable[[], object]:
        members = [zip_member(b"%06d.pyc" % index, b"") for index in range(size // 128)]
        data = raw_zip(*members)
        return lambda: stage_or_refuse(lambda: stage_archive(data))

    assert_linear(read)


@pytest.mark.parametrize("folder", ["d{}/tinytorch", "d{}/tinytorch/tinytorch", "tinytorch/d{}/d{}", "d{}/TinyTorch/d"])
@pytest.mark.slow
@pytest.mark.alone
def test_folders_are_read_in_proportion_to_their_files(folder: str):
    """Many packages at many places, each of which could be meant."""

    def read(size: int) -> Callable[[], object]:
        tree = Tree.of({f"{folder.format(index, index)}/a.py": b"" for index in range(size)}, limits=ROOMY)
        return lambda: stage_or_refuse(lambda: prepare_package(tree, "tinytorch", "older", ROOMY).tree)

    assert_linear(read, 16_000)


@pytest.mark.parametrize("piece", ["f'{", 'f"{x}"', "f'{{", '"', "x#", "f'''{'", "f'{x:{", "def f[", "type ", "\\"])
@pytest.mark.slow
@pytest.mark.alone
def test_a_source_is_judged_in_proportion_to_its_length(piece: str):
    """The hints read what no parser took."""

    def read(size: int) -> Callable[[], object]:
        source = "x = (((\n" + repeated(piece, size)
        return lambda: (find_newer_syntax(source), describe_encoding("a.py", source.encode("utf-16-le")))

    assert_linear(read, PARSED_BYTES - 100)


def test_small_archives_of_the_same_kind_are_read():
    """The worst inputs are of a kind that is read at all, not refused at the first byte."""
    assert stage_archive(make_tar(("a.pyc", b""))).dropped
    assert stage_archive(raw_zip(zip_member(b"a.pyc", b""))).dropped


@pytest.mark.slow
@pytest.mark.alone
def test_a_reader_whose_work_grows_with_the_square_is_found_out():
    """The measure itself: a reader that looks at everything once more for each part that it reads."""

    def read(size: int) -> Callable[[], object]:
        parts = tuple(range(size))
        return lambda: [parts.count(-part) for part in parts]

    with pytest.raises(AssertionError):
        assert_linear(read, 16_000)
