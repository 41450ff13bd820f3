"""The deterministic archive of a tree: what the service stores and the grading worker receives. Side: worker.

A plain tar: `notes.json` (schema, digest, what was left out) and the files below `tree/`. Equal trees give equal bytes
on every machine, so that the archive's own hash can be its name. Reading it back trusts nothing: it goes through the
strict tar reader, and the digest must be that of the contents.
"""

import io
import json
import tarfile
from dataclasses import replace

from grader.errors import SourceError
from grader.source.archive.tars import list_tar, read_tar
from grader.source.limits import SourceLimits
from grader.source.selection import Kind
from grader.source.tree import FILE_MODE, FIXED_TIME_NS, Dropped, Tree

SCHEMA = "assay.source/1"
NOTES = "notes.json"
ROOT = "tree/"
NOT_OURS = "The stored archive of the submission is not one that was packed here, or it is damaged."


def pack_archive(tree: Tree) -> bytes:
    """Return the tree as one archive, byte for byte the same for the same tree."""
    notes = {
        "schema": SCHEMA,
        "digest": tree.digest,
        "dropped": [{"path": item.path, "reason": item.reason} for item in tree.dropped],
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, NOTES, json.dumps(notes, sort_keys=True, indent=1).encode() + b"\n")
        for file in tree.files:
            _add(archive, ROOT + file.path, file.data)
    return packed.getvalue()


def _add(archive: tarfile.TarFile, path: str, data: bytes) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode, member.mtime = len(data), FILE_MODE, FIXED_TIME_NS // 10**9
    archive.addfile(member, io.BytesIO(data))


def unpack_archive(data: bytes, limits: SourceLimits | None = None) -> Tree:
    """Return the tree of an archive that `pack_archive` made; raises SourceError if it is anything else."""
    limits = limits or SourceLimits()
    roomy = replace(limits, inflated_bytes=max(limits.inflated_bytes, len(data)))
    entries, plain = list_tar(data, roomy)
    paths = [entry.path.decode("utf-8", "surrogateescape") for entry in entries]
    if len(set(paths)) != len(paths) or any(entry.kind is not Kind.FILE for entry in entries):
        raise SourceError(NOT_OURS)
    contents = read_tar(plain, dict(zip(paths, entries, strict=True)))
    notes = contents.pop(NOTES, b"")
    if not all(path.startswith(ROOT) for path in contents):
        raise SourceError(NOT_OURS)
    digest, dropped = _parse_notes(notes)
    tree = Tree.of({path.removeprefix(ROOT): data for path, data in contents.items()}, dropped, limits)
    if tree.digest != digest:
        raise SourceError(NOT_OURS)
    return tree


def _parse_notes(notes: bytes) -> tuple[str, list[Dropped]]:
    try:
        raw = json.loads(notes)
        if raw.keys() != {"schema", "digest", "dropped"} or raw["schema"] != SCHEMA:
            raise SourceError(NOT_OURS)
        return str(raw["digest"]), [Dropped(str(item["path"]), str(item["reason"])) for item in raw["dropped"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SourceError(NOT_OURS) from None
