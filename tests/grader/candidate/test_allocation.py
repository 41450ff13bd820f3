"""Where a measured piece's large blocks live: on the heap, which keeps them, while clocks run; mapped for a peak."""

from pathlib import Path

import pytest

from grader.judge import remote
from grader.judge.connection import Connection
from tests.grader.judge.local_candidate import local_candidate

#: Twenty megabytes each: smaller than what is always mapped. Holes that size in the heap of the process that was forked
#: (it ran every other test) are filled first where blocks shall be mapped: a hole is used before anything is.
#: How many blocks of a piece the C library has mapped on their own, by its own account (mallinfo2, field hblks).
MODULE = """
import ctypes

class Mallinfo(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Mallinfo

kept = []

def mapped_blocks(size, holes_are_filled_first):
    while holes_are_filled_first and len(kept) < 100:
        before = mallinfo().hblks
        kept.append(bytearray(size))
        if mallinfo().hblks > before:
            break
    before = mallinfo().hblks
    blocks = [bytearray(size) for _ in range(3)]
    return mallinfo().hblks - before
"""


@pytest.mark.parametrize(("exact_memory", "mapped"), [(False, 0), (True, 3)])
@pytest.mark.slow
def test_blocks_of_megabytes_are_mapped_only_where_a_peak_is_measured(
    tmp_path: Path, exact_memory: bool, mapped: int
) -> None:
    (tmp_path / "blocks.py").write_text(MODULE)
    with local_candidate(tmp_path, "blocks") as connection:
        for _ in range(3):
            assert _mapped_blocks(connection, exact_memory) == mapped


def _mapped_blocks(connection: Connection, exact_memory: bool) -> int:
    connection.request("prepare", None, [(20_000_000, exact_memory)], exact_memory)
    [blocks] = connection.request("repeat", remote.RemoteName("blocks", "mapped_blocks"))
    return blocks
