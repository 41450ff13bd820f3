"""List and read a zip archive with the standard library, which writes nothing: only what it holds is looked at.

Refused is what two programs could read differently: local headers that contradict the central directory, entries that
share bytes, sizes or checksums that the contents do not bear out, bytes in front of the archive or behind it, encryption,
methods other than stored and deflated. Side: worker. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.
"""

import io
import stat
import struct
import zipfile
import zlib

from grader.errors import SourceError
from grader.source.archive.inflate import BROKEN, check_ratio
from grader.source.limits import SourceLimits
from grader.source.names import escape_name, normal_path
from grader.source.selection import NOTEBOOK_ENDING, Kind, ListedFile

LOCAL = struct.Struct("<4sHHHHHIIIHH")
END_BYTES = 22
LOCAL_MAGIC, END_MAGIC = b"PK\x03\x04", b"PK\x05\x06"
SIZES_FOLLOW, UTF8 = 0x0008, 0x0800
ENCRYPTED = 0x0001 | 0x2040
IN_ZIP64 = 0xFFFFFFFF  # stands for a size that an extra field holds
UNIX, DARWIN = 3, 19
DOS_MADE = frozenset({0, 10, 11, 14})  # FAT, NTFS (two numbers), VFAT: some tools there separate folders by backslashes
ODD = "The zip archive contradicts itself at '{}'; make it again from your folder."


def looks_like_zip(data: bytes) -> bool:
    """Say whether the bytes start as a zip archive does, an empty one included."""
    return data.startswith((LOCAL_MAGIC, END_MAGIC))


def list_zip(data: bytes, limits: SourceLimits) -> list[ListedFile]:
    """Return what the archive holds, in the order of its bytes; an entry's handle is its row of the directory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            rows, comment = archive.infolist(), archive.comment
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise SourceError(BROKEN) from None
    if len(rows) > limits.entry_count:
        raise SourceError(f"The archive holds more than {limits.entry_count} files; hand in your sources only.")
    _check_end(data, len(rows), comment)
    free_from = 0
    for row in sorted(rows, key=lambda row: row.header_offset):
        if row.header_offset < free_from:
            raise SourceError(ODD.format(escape_name(_name(row))))
        free_from = _check_local(data, row)
    if rows and min(row.header_offset for row in rows) != 0:
        raise SourceError("The zip archive starts with something else; make an ordinary zip archive.")
    entries = [_entry(row) for row in rows]
    return [entry for entry in entries if entry.path or entry.kind is not Kind.FOLDER]


def _check_end(data: bytes, count: int, comment: bytes) -> None:
    """Refuse bytes behind the archive, parts of it elsewhere, and another number of files than it says."""
    end = data[len(data) - END_BYTES - len(comment) :][:END_BYTES]
    if not end.startswith(END_MAGIC):
        raise SourceError(BROKEN)
    _, disk, first_disk, here, promised, _, _, _ = struct.unpack("<4sHHHHIIH", end)
    if disk or first_disk:
        raise SourceError("The zip archive is split; make an ordinary zip archive.")
    if not here == promised == count:
        raise SourceError(BROKEN)


def _name(row: zipfile.ZipInfo) -> bytes:
    """Return the name as the archive holds it: what is not marked as UTF-8 was read as code page 437."""
    return row.orig_filename.encode("utf-8" if row.flag_bits & UTF8 else "cp437")


def _check_local(data: bytes, row: zipfile.ZipInfo) -> int:
    """Return where a member's bytes end, if its local header says what the directory says."""
    name_start = row.header_offset + LOCAL.size
    if name_start <= len(data):
        magic, _, flags, method, _, _, *figures, name_size, extra_size = LOCAL.unpack_from(data, row.header_offset)
        name = data[name_start : name_start + name_size]
        told = [row.CRC, row.compress_size, row.file_size]
        figures_agree = flags & SIZES_FOLLOW or all(a in (b, IN_ZIP64) for a, b in zip(figures, told, strict=True))
        if (magic, name, method) == (LOCAL_MAGIC, _name(row), row.compress_type) and figures_agree:
            if (flags | row.flag_bits) & ENCRYPTED:
                raise SourceError("The zip archive is encrypted; make one without a password.")
            end: int = name_start + name_size + extra_size + row.compress_size
            return end
    raise SourceError(ODD.format(escape_name(_name(row))))


def _entry(row: zipfile.ZipInfo) -> ListedFile:
    name = _name(row).replace(b"\\", b"/") if row.create_system in DOS_MADE else _name(row)
    shown, is_folder = escape_name(name), name.endswith(b"/")
    kind = stat.S_IFMT(row.external_attr >> 16) if row.create_system in (UNIX, DARWIN) else 0
    if is_folder and kind in (0, stat.S_IFDIR) and row.file_size == 0:
        return ListedFile(normal_path(name), Kind.FOLDER)
    if kind == stat.S_IFLNK and not is_folder:
        return ListedFile(normal_path(name), Kind.LINK)
    if kind not in (0, stat.S_IFREG) or is_folder:
        raise SourceError(f"The archive's entry '{shown}' is neither an ordinary file nor a folder; leave it out.")
    return ListedFile(normal_path(name), Kind.FILE, row.file_size, row)


def read_zip(data: bytes, kept: dict[str, ListedFile], limits: SourceLimits) -> dict[str, bytes]:
    """Return the contents of the kept entries of an archive that `list_zip` has listed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {path: _contents(archive, entry.handle, limits) for path, entry in kept.items()}


def _contents(archive: zipfile.ZipFile, row: zipfile.ZipInfo, limits: SourceLimits) -> bytes:
    """Return a file's bytes: exactly as many as promised, and with the checksum."""
    shown = escape_name(_name(row))
    if row.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceError(f"The file '{shown}' is compressed in an unusual way; make an ordinary zip archive.")
    if not _name(row).lower().endswith(NOTEBOOK_ENDING):  # its outputs may repeat themselves, and are left out
        check_ratio(row.file_size, max(1, row.compress_size), limits)
    try:
        contents = archive.read(row)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise SourceError(ODD.format(shown)) from None
    if len(contents) != row.file_size:
        raise SourceError(ODD.format(shown))
    return contents
