"""List and read a zip archive, strictly: what two programs could read differently refuses it. Side: worker.

The central directory is believed only where the local headers agree with it and no two entries share a byte. Refused
are encryption, methods other than stored and deflated, zip64 and split archives, bytes in front of the archive, and
sizes or checksums that the contents do not bear out. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.
"""

import stat
import struct
import zlib
from dataclasses import dataclass, replace

from grader.errors import SourceError
from grader.source.archive.inflate import BROKEN, check_ratio
from grader.source.limits import SourceLimits
from grader.source.names import escape_name
from grader.source.selection import Kind, ListedFile

LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
END = struct.Struct("<4sHHHHIIH")
LOCAL_MAGIC, CENTRAL_MAGIC, END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
ENCRYPTED, SIZES_FOLLOW = 0x0001, 0x0008
STRONGLY_ENCRYPTED = 0x2040
STORED, DEFLATED = 0, 8
UNIX, DARWIN = 3, 19
DOS_MADE = frozenset({0, 10, 11, 14})  # FAT, NTFS (two numbers), VFAT: some tools there separate folders by backslashes
ZIP64 = 0xFFFFFFFF
ODD = "The zip archive contradicts itself at '{}'; make it again from your folder."


@dataclass(frozen=True, slots=True)
class _Member:
    name: bytes
    flags: int
    method: int
    checksum: int
    compressed_bytes: int
    size: int
    offset: int  # of the local header
    mode: int  # Unix mode, 0 where the archive carries none
    is_dos_made: bool = False
    start: int = 0  # of the contents


def looks_like_zip(data: bytes) -> bool:
    """Say whether the bytes start as a zip archive does, an empty one included."""
    return data.startswith((LOCAL_MAGIC, END_MAGIC))


def list_zip(data: bytes, limits: SourceLimits) -> list[ListedFile]:
    """Return what the archive holds; an entry's handle is its member."""
    directory_start, directory_end, count = _find_directory(data)
    if count > limits.entry_count:
        raise SourceError(f"The archive holds more than {limits.entry_count} files; hand in your sources only.")
    members, position = [], directory_start
    for _ in range(count):
        member, position = _parse_central(data, position, directory_end)
        members.append(member)
    if position != directory_end:
        raise SourceError(BROKEN)
    return [_entry(member) for member in _locate(data, members, directory_start)]


def _find_directory(data: bytes) -> tuple[int, int, int]:
    """Return start, end and number of entries of the central directory."""
    place = data.rfind(END_MAGIC, max(0, len(data) - END.size - 0xFFFF))
    if place < 0 or len(data) < place + END.size:
        raise SourceError(BROKEN)
    _, disk, first_disk, here, count, size, start, comment = END.unpack_from(data, place)
    if ZIP64 in (size, start) or count == 0xFFFF or disk or first_disk or here != count:
        raise SourceError("The zip archive is split or in the zip64 format; make an ordinary zip archive.")
    if start + size != place or place + END.size + comment != len(data):
        raise SourceError(BROKEN)
    return start, place, count


def _parse_central(data: bytes, position: int, end: int) -> tuple[_Member, int]:
    if position + CENTRAL.size > end:
        raise SourceError(BROKEN)
    fields = CENTRAL.unpack_from(data, position)
    magic, made_by, _, flags, method, _, _, checksum, compressed, size, name_size, extra_size, comment_size = fields[
        :13
    ]
    disk, _, attributes, offset = fields[13:]
    name_end = position + CENTRAL.size + name_size
    following = name_end + extra_size + comment_size
    if magic != CENTRAL_MAGIC or following > end or disk:
        raise SourceError(BROKEN)
    name = data[position + CENTRAL.size : name_end]
    if ZIP64 in (compressed, size, offset):
        raise SourceError("The zip archive is in the zip64 format; make an ordinary zip archive.")
    mode = attributes >> 16 if made_by >> 8 in (UNIX, DARWIN) else 0
    is_dos_made = made_by >> 8 in DOS_MADE
    return _Member(name, flags, method, checksum, compressed, size, offset, mode, is_dos_made), following


def _locate(data: bytes, members: list[_Member], directory_start: int) -> list[_Member]:
    """Return the members with their contents found, in the order of their bytes; no two may overlap."""
    located, free_from = [], 0
    for member in sorted(members, key=lambda member: member.offset):
        start = _contents_start(data, member, directory_start)
        if member.offset < free_from:
            raise SourceError(ODD.format(escape_name(member.name)))
        free_from = start + member.compressed_bytes
        located.append(replace(member, start=start))
    if located and located[0].offset != 0:
        raise SourceError("The zip archive starts with something else; make an ordinary zip archive.")
    return located


def _contents_start(data: bytes, member: _Member, directory_start: int) -> int:
    """Return where a member's contents start, if its local header says what the central directory says."""
    name_start = member.offset + LOCAL.size
    if name_start <= directory_start:
        magic, _, flags, method, _, _, *figures, name_size, extra_size = LOCAL.unpack_from(data, member.offset)
        name = data[name_start : name_start + name_size]
        start: int = name_start + name_size + extra_size
        figures_agree = flags & SIZES_FOLLOW or figures == [member.checksum, member.compressed_bytes, member.size]
        headers_agree = (magic, name, method) == (LOCAL_MAGIC, member.name, member.method)
        if headers_agree and figures_agree and start + member.compressed_bytes <= directory_start:
            if (flags | member.flags) & (ENCRYPTED | STRONGLY_ENCRYPTED):
                raise SourceError("The zip archive is encrypted; make one without a password.")
            return start
    raise SourceError(ODD.format(escape_name(member.name)))


def _entry(member: _Member) -> ListedFile:
    name = member.name.replace(b"\\", b"/") if member.is_dos_made else member.name
    shown, is_folder = escape_name(name), name.endswith(b"/")
    kind = stat.S_IFMT(member.mode)
    if is_folder and (kind in (0, stat.S_IFDIR)) and member.size == 0:
        return ListedFile(name.removesuffix(b"/"), Kind.FOLDER)
    if kind == stat.S_IFLNK and not is_folder:
        return ListedFile(name, Kind.LINK)
    if kind not in (0, stat.S_IFREG) or is_folder:
        raise SourceError(f"The archive's entry '{shown}' is neither an ordinary file nor a folder; leave it out.")
    return ListedFile(name, Kind.FILE, member.size, member)


def read_zip(data: bytes, kept: dict[str, ListedFile], limits: SourceLimits) -> dict[str, bytes]:
    """Return the contents of the kept entries of an archive that `list_zip` has listed."""
    return {path: _contents(data, entry.handle, limits) for path, entry in kept.items()}


def _contents(data: bytes, member: _Member, limits: SourceLimits) -> bytes:
    shown = escape_name(member.name)
    compressed = memoryview(data)[member.start : member.start + member.compressed_bytes]
    if member.method == STORED:
        contents = bytes(compressed)
    elif member.method == DEFLATED:
        check_ratio(member.size, max(1, member.compressed_bytes), limits)
        contents = _inflate(compressed, member.size, shown)
    else:
        raise SourceError(f"The file '{shown}' is compressed in an unusual way; make an ordinary zip archive.")
    if len(contents) != member.size or zlib.crc32(contents) != member.checksum:
        raise SourceError(ODD.format(shown))
    return contents


def _inflate(compressed: memoryview, size: int, shown: str) -> bytes:
    """Inflate at most one byte more than promised."""
    engine = zlib.decompressobj(wbits=-15)
    try:
        contents = engine.decompress(compressed, size + 1)
    except zlib.error:
        raise SourceError(ODD.format(shown)) from None
    if not engine.eof or engine.unused_data:
        raise SourceError(ODD.format(shown))
    return contents
