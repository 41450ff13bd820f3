"""Inflate a plain, gzip or bzip2 stream piece by piece, counting what comes out. Side: worker.

No more than one block is inflated before the counter is looked at, so that a bomb costs a block and not a disk.
"""

import bz2
import gzip
import io
import zlib
from typing import BinaryIO, cast

from grader.errors import SourceError
from grader.source.limits import MEBIBYTE, SourceLimits, show_bytes

BLOCK_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BZIP2_MAGIC = b"BZh"
STREAM_FREE_BYTES = (
    24 * MEBIBYTE
)  # of a tar archive nobody knows yet what comes out: a notebook's outputs repeat themselves
BROKEN = "The archive is damaged or cut short; make it again and upload it once more."


def inflate(data: bytes, limits: SourceLimits, size: int = -1) -> bytes:
    """Return what a stream inflates to, or its first `size` bytes; raises SourceError if it is damaged or a bomb."""
    packed = io.BytesIO(data)
    stream, inflated = _open(packed, data), bytearray()
    try:
        while len(inflated) != size and (piece := stream.read(BLOCK_BYTES if size < 0 else size - len(inflated))):
            inflated += piece
            check_size(len(inflated), limits)
            check_ratio(len(inflated), packed.tell(), limits, STREAM_FREE_BYTES)
    except (OSError, EOFError, ValueError, zlib.error):
        raise SourceError(BROKEN) from None
    return bytes(inflated)


def _open(packed: BinaryIO, data: bytes) -> BinaryIO:
    if data.startswith(GZIP_MAGIC):
        return cast(BinaryIO, gzip.GzipFile(fileobj=packed))
    return cast(BinaryIO, bz2.BZ2File(packed)) if data.startswith(BZIP2_MAGIC) else packed


def check_size(inflated_bytes: int, limits: SourceLimits) -> None:
    """Refuse what unpacks to more than an archive may."""
    if inflated_bytes > limits.inflated_bytes:
        raise SourceError(
            f"The archive unpacks to more than {show_bytes(limits.inflated_bytes)}; hand in your sources only."
        )


def check_ratio(inflated_bytes: int, packed_bytes: int, limits: SourceLimits, free_bytes: int = MEBIBYTE) -> None:
    """Refuse what expands like a bomb; what is small may expand as it likes."""
    if inflated_bytes > free_bytes and inflated_bytes > limits.expansion_ratio * packed_bytes:
        raise SourceError(
            f"The archive expands more than {limits.expansion_ratio} times, as sources never do; hand in sources only."
        )
