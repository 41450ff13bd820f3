"""What a measured piece pays to the system for memory: with clocks running nothing that it could keep, for a peak all of it."""

from pathlib import Path

import numpy as np

from grader import remote
from grader.connection import Connection
from tests.grader.local_candidate import local_candidate

#: Twelve megabytes at once: more than the C library keeps of its own accord, once it has met blocks of four.
MODULE = """
import resource

def new_pages(x):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [x + 1, x + 2, x + 3]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""
BLOCK_PAGES = 4_000_000 // 4096  # of one block: the process that is forked here may have room for the others


def test_blocks_of_megabytes_cost_their_pages_once_where_time_is_measured(tmp_path: Path) -> None:
    (tmp_path / "pages.py").write_text(MODULE)
    with local_candidate(tmp_path, "pages") as connection:
        assert _pages(connection, exact_memory=False) >= BLOCK_PAGES
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
