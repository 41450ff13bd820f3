"""List and read a tar archive with the standard library, which writes nothing: only what it holds is looked at.

Refused is what two programs could read differently: hard links, devices, FIFOs, sparse and continued files, sizes that
an extended header or a binary field overrides, extended headers that are malformed or meant for all entries, archives
cut short, and bytes behind the end. Side: worker. Source: POSIX.1-2017, pax, "ustar Interchange Format".
"""

import io
import re
import tarfile
from collections.abc import Iterator

from grader.errors import SourceError
from grader.source.archive.inflate import BROKEN, inflate
from grader.source.limits import SourceLimits
from grader.source.names import escape_name, normal_path
from grader.source.selection import Kind, ListedFile

RECORD_BYTES = tarfile.BLOCKSIZE
EXTENDED_BYTES = 64 * 1024
OCTAL = re.compile(rb" *([0-7]+)[ \0]*|[ \0]*")
PAX_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=]+)=")
PAX_REFUSED = (b"size", b"hdrcharset", b"GNU.sparse", b"GNU.volume", b"GNU.dumpdir")
KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.LINK,
}
REFUSED_KINDS = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.CONTTYPE: "a contiguous file",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    b"M": "a file continued from another archive",
}


def looks_like_tar(data: bytes, limits: SourceLimits) -> bool:
    """Say whether a plain or compressed stream starts with a tar header."""
    try:
        tarfile.TarInfo.frombuf(inflate(data, limits, RECORD_BYTES), "utf-8", "surrogateescape")
    except (SourceError, tarfile.HeaderError):
        return False
    return True


def list_tar(data: bytes, limits: SourceLimits) -> tuple[list[ListedFile], bytes]:
    """Return what the archive holds, a handle being where its contents start, and the archive inflated."""
    plain = inflate(data, limits)
    entries = []
    for info in _members(plain):
        path = normal_path(info.name.encode("utf-8", "surrogateescape"))
        kind = _kind(info, path)
        _check_size(info, kind, path, plain)
        if not path and kind is not Kind.FOLDER:
            raise SourceError("The archive holds an entry without a name; make it again from your folder.")
        if path:
            entries.append(ListedFile(path, kind, info.size, info.offset_data))
        if len(entries) > limits.entry_count:
            break  # `select` refuses the submission when it has counted them
    return entries, plain


def read_tar(plain: bytes, kept: dict[str, ListedFile]) -> dict[str, bytes]:
    """Return the contents of the kept entries of what `list_tar` has listed and inflated."""
    return {path: plain[entry.handle : entry.handle + entry.size] for path, entry in kept.items()}


def _members(plain: bytes) -> Iterator[tarfile.TarInfo]:
    """Yield each entry behind its extended headers, and at last make sure that nothing but zeros ends the archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            end = 0
            while (info := archive.next()) is not None:
                _check_extended(plain[end : info.offset_data - RECORD_BYTES])
                yield info
                end = archive.offset
    except (tarfile.TarError, ValueError, EOFError, RecursionError):
        raise SourceError(BROKEN) from None
    if plain[end:].strip(b"\0"):
        raise SourceError("The archive is damaged, or goes on behind its end; make it again from your folder.")
    if len(plain) - end < RECORD_BYTES:
        raise SourceError(BROKEN)


def _kind(info: tarfile.TarInfo, path: bytes) -> Kind:
    shown = escape_name(path)
    if info.sparse is not None or info.type in REFUSED_KINDS:
        what = REFUSED_KINDS.get(info.type, "a sparse file")
        raise SourceError(f"The archive's entry '{shown}' is {what}; hand in ordinary files and folders only.")
    if info.type not in KINDS:
        raise SourceError(f"The archive's entry '{shown}' is of an unknown type; make it with plain tar.")
    return KINDS[info.type]


def _check_size(info: tarfile.TarInfo, kind: Kind, path: bytes, plain: bytes) -> None:
    """Refuse a size where none belongs, one that is not the octal number in the entry's own header, and missing bytes."""
    if kind is not Kind.FILE and info.size:
        raise SourceError(f"The archive gives '{escape_name(path)}' a size, but it is no file; make it again.")
    header = plain[info.offset_data - RECORD_BYTES : info.offset_data]
    stored = OCTAL.fullmatch(header[124:136])
    if not stored or int(stored[1] or b"0", 8) != info.size or info.offset_data + info.size > len(plain):
        raise SourceError(BROKEN)


def _check_extended(headers: bytes) -> None:
    """Refuse extended headers in front of an entry that another program could read otherwise."""
    while headers:
        stored = OCTAL.fullmatch(headers[124:136])
        size = int(stored[1] or b"0", 8) if stored else EXTENDED_BYTES + 1
        if size > EXTENDED_BYTES:
            raise SourceError("The archive holds an overlong header; make it again with plain tar.")
        if headers[156:157] in (tarfile.XHDTYPE, tarfile.XGLTYPE):
            keys = _pax_keys(headers[RECORD_BYTES : RECORD_BYTES + size])
            is_for_all = headers[156:157] == tarfile.XGLTYPE
            if any(key.startswith(PAX_REFUSED) for key in keys) or (is_for_all and b"path" in keys):
                raise SourceError(
                    "The archive's extended headers override sizes or names; make it again with plain tar."
                )
        headers = headers[RECORD_BYTES + -(-size // RECORD_BYTES) * RECORD_BYTES :]


def _pax_keys(body: bytes) -> set[bytes]:
    """Return the keys of records that fill the body exactly, none of them twice, and no name empty."""
    keys: set[bytes] = set()
    start = 0
    while start < len(body):
        match = PAX_RECORD.match(body, start)
        end = start + int(match[1]) if match else 0
        if not match or end > len(body) or end <= match.end() or body[end - 1 : end] != b"\n" or match[2] in keys:
            raise SourceError(BROKEN)
        if match[2] == b"path" and end == match.end() + 1:
            raise SourceError("The archive's extended headers hold an empty name; make it again with plain tar.")
        keys.add(match[2])
        start = end
    return keys
