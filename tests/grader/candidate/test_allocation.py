"""Where a measured piece's large blocks live: on the heap, which keeps them, while clocks run; mapped for a peak."""

from pathlib import Path

import pytest

from grader.judge import remote
from grader.judge.connection import Connection
from tests.grader.judge.local_candidate import local_candidate

#: Twenty megabytes each: larger than any hole of the forked process's heap, smaller than what is always mapped.
#: How many blocks of a piece the C library has mapped on their own, by its own account (mallinfo2, field hblks).
MODULE = """
import ctypes

class Mallinfo(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Mallinfo

def mapped_blocks(size):
    before = mallinfo().hblks
    blocks = [bytearray(size) for _ in range(3)]
    return mallinfo().hblks - before
"""


@pytest.mark.parametrize(("exact_memory", "mapped"), [(False, 0), (True, 3)])
def test_blocks_of_megabytes_are_mapped_only_where_a_peak_is_measured(
    tmp_path: Path, exact_memory: bool, mapped: int
) -> None:
    (tmp_path / "blocks.py").write_text(MODULE)
    with local_candidate(tmp_path, "blocks") as connection:
        for _ in range(3):
            assert _mapped_blocks(connection, exact_memory) == mapped


def _mapped_blocks(connection: Connection, exact_memory: bool) -> int:
    connection.request("prepare", None, [(20_000_000,)], exact_memory)
    [blocks] = connection.request("repeat", remote.RemoteName("blocks", "mapped_blocks"))
    return blocks
