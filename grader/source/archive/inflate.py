"""Read a plain or compressed byte stream piece by piece, counting what comes out. Side: worker.

No more than one block is inflated ahead of its reader, and the counters are looked at before the next one, so that a
bomb costs a block and not a disk.
"""

import bz2
import zlib
from typing import Protocol

from grader.errors import SourceError
from grader.source.limits import MEBIBYTE, SourceLimits, show_bytes

BLOCK_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BZIP2_MAGIC = b"BZh"
BROKEN = "The archive is damaged or cut short; make it again and upload it once more."


class _Inflater(Protocol):
    def inflate(self, data: bytes) -> bytes: ...
    @property
    def is_hungry(self) -> bool: ...
    @property
    def has_ended(self) -> bool: ...
    @property
    def rest(self) -> bytes: ...


class _Stored:
    """Passes an uncompressed stream through."""

    is_hungry = True
    has_ended = False
    rest = b""

    def inflate(self, data: bytes) -> bytes:
        return data


class _Gzip:
    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=31)

    def inflate(self, data: bytes) -> bytes:
        return self._engine.decompress(self._engine.unconsumed_tail + data, BLOCK_BYTES)

    @property
    def is_hungry(self) -> bool:
        return not self._engine.unconsumed_tail

    @property
    def has_ended(self) -> bool:
        return self._engine.eof

    @property
    def rest(self) -> bytes:
        return self._engine.unused_data


class _Bzip2:
    def __init__(self) -> None:
        self._engine = bz2.BZ2Decompressor()

    def inflate(self, data: bytes) -> bytes:
        return self._engine.decompress(data, BLOCK_BYTES)

    @property
    def is_hungry(self) -> bool:
        return self._engine.needs_input

    @property
    def has_ended(self) -> bool:
        return self._engine.eof

    @property
    def rest(self) -> bytes:
        return self._engine.unused_data


def _inflater_for(data: bytes) -> _Inflater:
    if data.startswith(GZIP_MAGIC):
        return _Gzip()
    return _Bzip2() if data.startswith(BZIP2_MAGIC) else _Stored()


class Stream:
    """The inflated bytes of an archive, read from front to end once."""

    def __init__(self, data: bytes, limits: SourceLimits) -> None:
        self._data, self._limits = data, limits
        self._inflater = _inflater_for(data)
        self._consumed = 0
        self._buffer = b""
        self._inflated_bytes = 0

    def take(self, size: int) -> bytes:
        """Return exactly `size` bytes; raises SourceError if there are fewer."""
        pieces = []
        while size > len(self._buffer):
            pieces.append(self._buffer)
            size -= len(self._buffer)
            self._buffer = self._refill()
            if not self._buffer:
                raise SourceError(BROKEN)
        pieces.append(self._buffer[:size])
        self._buffer = self._buffer[size:]
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Pass over exactly `size` bytes without keeping them."""
        while size > 0:
            size -= len(self.take(min(size, BLOCK_BYTES)))

    def holds_only_zeros(self) -> bool:
        """Read to the end and say whether nothing but zero bytes was left, behind a compressed part too."""
        piece = self._buffer or self._refill()
        while piece and not piece.strip(b"\0"):
            piece = self._refill()
        behind = self._inflater.rest + self._data[self._consumed :]
        return not piece and not behind.strip(b"\0")

    def _refill(self) -> bytes:
        """Return the next inflated bytes, or none at the end of the stream."""
        while not self._inflater.has_ended:
            piece = b""
            if self._inflater.is_hungry:
                piece = self._data[self._consumed : self._consumed + BLOCK_BYTES]
                self._consumed += len(piece)
                if not piece and isinstance(self._inflater, _Stored):
                    return b""
            inflated = self._inflate(piece)
            if inflated:
                return inflated
            if not piece and self._inflater.is_hungry and not self._inflater.has_ended:
                raise SourceError(BROKEN)
        return b""

    def _inflate(self, piece: bytes) -> bytes:
        try:
            inflated = self._inflater.inflate(piece)
        except (OSError, ValueError, zlib.error):
            raise SourceError(BROKEN) from None
        self._inflated_bytes += len(inflated)
        limits = self._limits
        if self._inflated_bytes > limits.inflated_bytes:
            raise SourceError(
                f"The archive unpacks to more than {show_bytes(limits.inflated_bytes)}; hand in your sources only."
            )
        check_ratio(self._inflated_bytes, max(1, self._consumed), limits)
        return inflated


def check_ratio(inflated_bytes: int, compressed_bytes: int, limits: SourceLimits) -> None:
    """Refuse what expands like a bomb; small archives may expand as they like."""
    if inflated_bytes > MEBIBYTE and inflated_bytes > limits.expansion_ratio * compressed_bytes:
        raise SourceError(
            f"The archive expands more than {limits.expansion_ratio} times, as sources never do; hand in sources only."
        )
