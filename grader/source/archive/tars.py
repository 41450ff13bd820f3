"""List and read a tar archive, strictly: what two programs could read differently refuses it. Side: worker.

Understood are ustar and GNU headers, GNU long names, and pax records that name a path. Refused are wrong checksums,
hard links, devices, FIFOs, sparse and continued files, negative or binary sizes, sizes where none belong, pax records
that override a size, archives cut short, and bytes behind the end. Source: POSIX.1-2017, pax, "ustar Interchange
Format"; GNU tar manual, "Basic Tar Format".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import SourceError
from grader.source.archive.inflate import BROKEN, Stream
from grader.source.limits import LISTED_PATH_BYTES, SourceLimits
from grader.source.names import escape_name
from grader.source.selection import Kind, ListedFile

RECORD_BYTES = 512
EXTENDED_BYTES = 64 * 1024
NUMBER = re.compile(rb" *([0-7]+)[ \0]*|[ \0]*")
PAX_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=]+)=")
KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"5": Kind.FOLDER,
    b"2": Kind.LINK,
}
REFUSED_KINDS = {
    b"1": "a hard link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a named pipe",
    b"7": "a contiguous file",
    b"S": "a sparse file",
    b"M": "a file continued from another archive",
}
PAX_REFUSED = (b"size", b"hdrcharset", b"GNU.sparse", b"GNU.volume", b"GNU.dumpdir")


@dataclass(frozen=True, slots=True)
class _Header:
    name: bytes
    flag: bytes
    size: int


def looks_like_tar(data: bytes, limits: SourceLimits) -> bool:
    """Say whether a plain or compressed stream starts with a tar header."""
    try:
        return _is_header(Stream(data, limits).take(RECORD_BYTES))
    except SourceError:
        return False


def _is_header(record: bytes) -> bool:
    stored = NUMBER.fullmatch(record[148:156])
    actual = sum(record[:148]) + sum(record[156:]) + 8 * ord(" ")
    return bool(stored and stored[1] and int(stored[1], 8) == actual)


def list_tar(data: bytes, limits: SourceLimits) -> list[ListedFile]:
    """Return what the archive holds; an entry's handle is its position."""
    entries = []
    for entry, stream in _entries(data, limits):
        stream.skip(_padded(entry.size))
        entries.append(entry)
        if len(entries) > limits.entry_count:
            break  # `select` refuses the submission when it has counted them
    return entries


def read_tar(data: bytes, kept: dict[str, ListedFile], limits: SourceLimits) -> dict[str, bytes]:
    """Return the contents of the kept entries of an archive that `list_tar` has listed."""
    wanted = {entry.handle: path for path, entry in kept.items()}
    contents: dict[str, bytes] = {}
    for entry, stream in _entries(data, limits):
        path = wanted.get(entry.handle)
        if path is None:
            stream.skip(_padded(entry.size))
        else:
            contents[path] = stream.take(entry.size)
            stream.skip(_padded(entry.size) - entry.size)
    return contents


def _padded(size: int) -> int:
    return -(-size // RECORD_BYTES) * RECORD_BYTES


def _entries(data: bytes, limits: SourceLimits) -> Iterator[tuple[ListedFile, Stream]]:
    """Yield each entry with the stream at its first byte; the reader takes or skips its padded size."""
    stream, given_name, position = Stream(data, limits), b"", 0
    while True:
        record = stream.take(RECORD_BYTES)
        if not record.strip(b"\0"):
            break
        header = _parse_header(record)
        if header.flag in (b"x", b"g", b"L", b"K"):
            given_name = _extended_name(header, stream) or given_name
            continue
        name, given_name = (given_name or header.name), b""
        path = _normal_path(name)
        kind = _kind(header, path)
        if kind is not Kind.FILE and header.size:
            raise SourceError(f"The archive gives '{escape_name(path)}' a size, but it is no file; make it again.")
        if not path and kind is not Kind.FOLDER:
            raise SourceError("The archive holds an entry without a name; make it again from your folder.")
        if path:
            yield ListedFile(path, kind, header.size, position), stream
        position += 1
    if given_name or not stream.holds_only_zeros():
        raise SourceError("The archive goes on behind its end; make it again from your folder.")


def _parse_header(record: bytes) -> _Header:
    size = NUMBER.fullmatch(record[124:136])
    if not _is_header(record) or not size:
        raise SourceError(BROKEN)
    name = record[:100].partition(b"\0")[0]
    prefix = record[345:500].partition(b"\0")[0]
    if prefix and record[257:263] == b"ustar\0":
        name = prefix + b"/" + name
    return _Header(name, record[156:157], int(size[1] or b"0", 8))


def _kind(header: _Header, path: bytes) -> Kind:
    if header.flag in REFUSED_KINDS:
        raise SourceError(
            f"The archive's entry '{escape_name(path)}' is {REFUSED_KINDS[header.flag]}; "
            f"hand in ordinary files and folders only."
        )
    if header.flag not in KINDS:
        raise SourceError(f"The archive's entry '{escape_name(path)}' is of an unknown type; make it with plain tar.")
    if header.flag == b"\0" and header.name.endswith(b"/"):
        return Kind.FOLDER  # what tar wrote before it had a type for folders
    return KINDS[header.flag]


def _normal_path(name: bytes) -> bytes:
    """Return the path without the './' in front and the '/' behind; the archive's own root becomes empty."""
    while name.startswith(b"./"):
        name = name[2:]
    name = name.removesuffix(b"/") if name != b"/" else name
    return b"" if name == b"." else name


def _extended_name(header: _Header, stream: Stream) -> bytes:
    """Return the name that a pax or GNU header gives to the entry behind it, or none."""
    if header.size > EXTENDED_BYTES:
        raise SourceError(f"The archive holds a header of {header.size} bytes; make it again with plain tar.")
    body = stream.take(header.size)
    stream.skip(_padded(header.size) - header.size)
    if header.flag == b"L":
        return body.removesuffix(b"\0")[: LISTED_PATH_BYTES + 1]
    if header.flag == b"K":
        return b""
    records = _pax_records(body)
    if any(key.startswith(PAX_REFUSED) for key in records) or (header.flag == b"g" and b"path" in records):
        raise SourceError("The archive's extended headers override sizes or names; make it again with plain tar.")
    if b"path" in records and not records[b"path"]:
        raise SourceError("The archive's extended headers hold an empty name; make it again with plain tar.")
    return records.get(b"path", b"")


def _pax_records(body: bytes) -> dict[bytes, bytes]:
    records: dict[bytes, bytes] = {}
    start = 0
    while start < len(body):
        match = PAX_RECORD.match(body, start)
        end = start + int(match[1]) if match else 0
        if not match or end > len(body) or end <= match.end() or body[end - 1 : end] != b"\n" or match[2] in records:
            raise SourceError(BROKEN)
        records[match[2]] = body[match.end() : end - 1]
        start = end
    return records
