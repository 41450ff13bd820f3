"""A cursor over one body in the few forms of MessagePack that `encode` writes; no length is believed unread. Side: any."""

import struct
from typing import Any

from grader.wire.kinds import MAX_DEPTH, MAX_ELEMENTS, ProtocolError

CUT_SHORT = "a length is promised that is more than what remains"


class Reader:
    """A cursor over one body: every length is checked against the bytes that remain before it is used."""

    __slots__ = ("at", "data", "elements", "end")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)
        self.elements = MAX_ELEMENTS

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        start = self.at
        if size > self.end - start:
            raise ProtocolError(CUT_SHORT)
        self.at = start + size
        return self.data[start : self.at]

    def number(self, layout: struct.Struct) -> Any:
        """Return the next number of a layout."""
        return layout.unpack(self.take(layout.size))[0]

    def node(self, depth: int) -> Any:
        """Return the next node, nested no deeper than said: numbers, texts, bytes, and lists of nodes."""
        if self.at >= self.end:
            raise ProtocolError(CUT_SHORT)
        code = self.data[self.at]
        self.at += 1
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if 0xA0 <= code <= 0xBF:
            return self.text(code & 0x1F)
        if 0x90 <= code <= 0x9F:
            return self.array(code & 0x0F, depth)
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _NUMBERS:
            number = self.number(_NUMBERS[code])
            if code == _UNSIGNED and number >= 2**63:
                raise ProtocolError("a large integer without its tag")
            return number
        if code in _TEXT_LENGTHS:
            return self.text(self.number(_TEXT_LENGTHS[code]))
        if code in _BYTES_LENGTHS:
            return self.take(self.number(_BYTES_LENGTHS[code]))
        if code in _ARRAY_LENGTHS:
            return self.array(self.number(_ARRAY_LENGTHS[code]), depth)
        raise ProtocolError("a byte begins nothing that may cross")

    def text(self, size: int) -> str:
        """Return the next text, of so many bytes."""
        try:
            return self.take(size).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise ProtocolError("a text is not UTF-8") from None

    def array(self, count: int, depth: int) -> list[Any]:
        """Return the next nodes."""
        self.elements -= count
        if self.elements < 0:
            raise ProtocolError(f"more than {MAX_ELEMENTS} elements")  # as `check_size` counts them
        if count > self.end - self.at:
            raise ProtocolError("more elements are promised than bytes remain")
        if depth <= 0:
            raise ProtocolError(f"nested more than {MAX_DEPTH} deep")
        return [self.node(depth - 1) for _ in range(count)]


_U8, _U16, _U32, _U64 = (struct.Struct(">" + code) for code in "BHIQ")
_UNSIGNED = 0xCF
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xCB: struct.Struct(">d"), 0xCC: _U8, 0xCD: _U16, 0xCE: _U32, 0xCF: _U64} | {
    0xD0 + i: struct.Struct(">" + code) for i, code in enumerate("bhiq")
}
_TEXT_LENGTHS = {0xD9: _U8, 0xDA: _U16, 0xDB: _U32}
_BYTES_LENGTHS = {0xC4: _U8, 0xC5: _U16, 0xC6: _U32}
_ARRAY_LENGTHS = {0xDC: _U16, 0xDD: _U32}
