"""What a measured piece pays to the system for memory: with clocks running nothing that it could keep, for a peak all of it."""

from pathlib import Path

import numpy as np

from grader import remote
from grader.connection import Connection
from tests.grader.local_candidate import local_candidate

#: 32 megabytes at once: more than the C library keeps of its own accord, once it has met blocks of four, and more than the
#: forked process has room for from before.
MODULE = """
import resource

def new_pages(x):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [x + i for i in range(8)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""
BLOCK_PAGES = 4_000_000 // 4096


def test_blocks_of_megabytes_cost_their_pages_once_where_time_is_measured(tmp_path: Path) -> None:
    (tmp_path / "pages.py").write_text(MODULE)
    with local_candidate(tmp_path, "pages") as connection:
        _pages(connection, exact_memory=False)  # its cost depends on the room that the forked process has
        assert max(_pages(connection, exact_memory=False) for _ in range(5)) < BLOCK_PAGES / 10


def test_blocks_of_megabytes_cost_their_pages_anew_where_a_peak_is_measured(tmp_path: Path) -> None:
    (tmp_path / "pages.py").write_text(MODULE)
    with local_candidate(tmp_path, "pages") as connection:
        assert min(_pages(connection, exact_memory=True) for _ in range(5)) >= BLOCK_PAGES


def _pages(connection: Connection, exact_memory: bool) -> int:
    """Return how many pages the system hands out during one piece of work."""
    connection.request("prepare", None, [(np.zeros((1000, 1000), dtype=np.float32),)], exact_memory)
    [pages] = connection.request("repeat", remote.RemoteName("pages", "new_pages"))
    return pages
