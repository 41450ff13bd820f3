"""What may cross the socket between judge and candidate, and how it is encoded. Side: any.

A frame is a four-byte big-endian length and a msgpack body. The body uses a closed subset of msgpack: nil, bool, int,
float, str, bin and array. Whatever is not one of the scalars is an array whose first element is a tag of the table below;
maps, extensions and timestamps never occur. The judge decodes with `decode`, which checks depth, element count and every
length against the bytes that are really there before anything is allocated; no byte from a candidate reaches a library
decoder. NumPy arrays travel as type, shape and bytes, and arrive read-only in the judge.
`kinds` holds the tags and limits, `encoding` and `decoding` the two directions.
Source: msgpack specification (2017), "Formats".
"""

from grader.wire.decoding import build, decode, decode_trusted
from grader.wire.encoding import Raw, encode, frame_body, node, packed
from grader.wire.kinds import (
    ARRAY,
    BUILT,
    COMPLEX,
    DICT,
    DTYPE,
    ELLIPSIS,
    ERROR,
    ERROR_CLASS,
    ERROR_SLOTS,
    FRAME_HEADER,
    FROZENSET,
    FUNCTION,
    GIVEN_ERROR,
    INTEGER,
    LENT,
    LIST,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_INTEGER_BYTES,
    NAME,
    RANGE,
    REFERENCE,
    SCALAR,
    SET,
    SHARED,
    SLICE,
    TUPLE,
    TYPE,
    TYPE_NAMES,
    KindRefused,
    ProtocolError,
    ValueRefused,
    extent,
)
from grader.wire.sharing import Sharing

__all__ = [
    "ARRAY",
    "BUILT",
    "COMPLEX",
    "DICT",
    "DTYPE",
    "ELLIPSIS",
    "ERROR",
    "ERROR_CLASS",
    "ERROR_SLOTS",
    "FRAME_HEADER",
    "FROZENSET",
    "FUNCTION",
    "GIVEN_ERROR",
    "INTEGER",
    "LENT",
    "LIST",
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "MAX_INTEGER_BYTES",
    "NAME",
    "RANGE",
    "REFERENCE",
    "SCALAR",
    "SET",
    "SHARED",
    "SLICE",
    "TUPLE",
    "TYPE",
    "TYPE_NAMES",
    "KindRefused",
    "ProtocolError",
    "Raw",
    "Sharing",
    "ValueRefused",
    "build",
    "decode",
    "decode_trusted",
    "encode",
    "extent",
    "frame_body",
    "node",
    "packed",
]
