"""Builders for the tests of grader.source: archives down to the byte, notebooks, and real git repositories."""

import io
import json
import os
import struct
import subprocess
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import SourceLimits, Tree, stage_archive

WORK = {"tinytorch/__init__.py": b"", "tinytorch/core/tensor.py": b"class Tensor: ...\n", "README.md": b"# Work\n"}
GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A Student",
    "GIT_AUTHOR_EMAIL": "student@example.edu",
    "GIT_AUTHOR_DATE": "2026-10-02T16:00:00Z",
    "GIT_COMMITTER_NAME": "A Student",
    "GIT_COMMITTER_EMAIL": "student@example.edu",
    "GIT_COMMITTER_DATE": "2026-10-02T16:00:00Z",
}


def is_plain(sentence: str) -> bool:
    """Say whether a message is one line without any control or invisible character."""
    return not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in sentence)


def stage_or_refuse(stage: Callable[[], Tree]) -> Tree | None:
    """Return what a front door stages, or None if it refuses in one plain sentence; nothing else may happen."""
    try:
        return stage()
    except SourceError as refusal:
        sentence = str(refusal)
    assert is_plain(sentence)
    assert sentence.endswith(".")
    assert len(sentence) < 1_000
    return None


def refuse_archive(data: bytes, sentence: str, limits: SourceLimits | None = None) -> None:
    """Assert that an archive is refused by one plain sentence."""
    with pytest.raises(SourceError, match=sentence) as refusal:
        stage_archive(data, "work.zip", limits)
    assert is_plain(str(refusal.value))


def write_files(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Write plain files below a folder and return it."""
    for path, data in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def make_zip(contents: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an ordinary zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for path, data in contents.items():
            archive.writestr(zipfile.ZipInfo(path), data, method)
    return packed.getvalue()


def make_tar(*members: tarfile.TarInfo | tuple[str, bytes], mode: str = "w", **options: object) -> bytes:
    """Return a tar archive of (path, data) pairs and of members made by hand."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, **options) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                row = tarfile.TarInfo(member[0])
                row.size = len(member[1])
                archive.addfile(row, io.BytesIO(member[1]))
    return packed.getvalue()


def tar_member(path: str, kind: bytes, target: str = "", **fields: object) -> tarfile.TarInfo:
    """Return a tar member of any type."""
    member = tarfile.TarInfo(path)
    member.type, member.linkname = kind, target
    for name, value in fields.items():
        setattr(member, name, value)
    return member


def tar_header(name: bytes, size: bytes, flag: bytes = b"0") -> bytes:
    """Return one ustar header whose size field is `size`, however odd, with a right checksum."""
    head = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size.ljust(12, b"\0") + b"00000000000\0"
    tail = flag + b"\0" * 100 + b"ustar\x0000" + b"\0" * 247
    checksum = sum(head) + sum(tail) + 8 * ord(" ")
    return head + b"%06o\0 " % checksum + tail


def zip_member(
    name: bytes,
    data: bytes,
    *,
    central_name: bytes | None = None,
    size: int | None = None,
    central_size: int | None = None,
    checksum: int | None = None,
    flags: int = 0,
    method: int = 8,
    mode: int = 0o100644,
) -> dict[str, object]:
    """Return one member for `raw_zip`; what is not given is what an honest archive holds."""
    engine = zlib.compressobj(wbits=-15)
    packed = engine.compress(data) + engine.flush() if method == 8 else data
    size = len(data) if size is None else size
    return {
        "name": name,
        "central_name": name if central_name is None else central_name,
        "packed": packed,
        "size": size,
        "central_size": size if central_size is None else central_size,
        "checksum": zlib.crc32(data) if checksum is None else checksum,
        "flags": flags,
        "method": method,
        "mode": mode,
    }


def raw_zip(
    *members: dict, shared_offset: bool = False, front: bytes = b"", count: int | None = None, disk: int = 0
) -> bytes:
    """Return a zip archive built field by field; with `shared_offset` every entry points at the first one's bytes."""
    body, directory = bytearray(front), bytearray()
    for member in members:
        offset = 0 if shared_offset else len(body)
        facts = (member["flags"], member["method"], 0, 0x21, member["checksum"], len(member["packed"]))
        local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, *facts, member["size"], len(member["name"]), 0)
        if not (shared_offset and body):
            body += local + member["name"] + member["packed"]
        name = member["central_name"]
        directory += struct.pack("<4sHH", b"PK\1\2", 0x0314, 20)
        directory += struct.pack("<HHHHIII", *facts, member["central_size"])
        directory += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, member["mode"] << 16, offset) + name
    count = len(members) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", disk, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def make_notebook(*sources: str | tuple[str, str], minor: int = 5) -> bytes:
    """Return a notebook; a plain string is a code cell, a pair is (cell type, source)."""
    cells = []
    for index, source in enumerate(sources):
        kind, text = ("code", source) if isinstance(source, str) else source
        cell = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        if minor >= 5:
            cell["id"] = f"cell{index}"
        cells.append(cell)
    return json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": cells}).encode()


class GitRepository:
    """A real repository that a test writes to, with a bare folder as its git directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "--quiet", "--bare", "--template=", str(path), bare=False)

    def git(self, *arguments: str, given: bytes = b"", bare: bool = True, **environment: str) -> str:
        """Run git and return what it printed."""
        place = {"GIT_DIR": str(self.path)} if bare else {}
        return (
            subprocess.run(
                ["git", *arguments],
                input=given,
                capture_output=True,
                check=True,
                env={**GIT_ENVIRONMENT, **place, **environment},
            )
            .stdout.decode()
            .strip()
        )

    def blob(self, data: bytes) -> str:
        """Write a blob and return its id."""
        return self.git("hash-object", "-w", "--stdin", given=data)

    def raw_tree(self, *rows: tuple[str, bytes, str]) -> str:
        """Write a tree of (mode, name, id) rows as they stand, checked by nobody."""
        data = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in rows)
        return self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=data)

    def tree(self, contents: Mapping[str, bytes]) -> str:
        """Write nested trees for ordinary files."""
        rows: list[tuple[str, bytes, str]] = []
        folders: dict[str, dict[str, bytes]] = {}
        for path, data in contents.items():
            name, _, rest = path.partition("/")
            if rest:
                folders.setdefault(name, {})[rest] = data
            else:
                rows.append(("100644", name.encode(), self.blob(data)))
        rows += [("40000", name.encode(), self.tree(inner)) for name, inner in folders.items()]
        return self.raw_tree(*sorted(rows, key=lambda row: row[1] + (b"/" if row[0] == "40000" else b"")))

    def commit(self, tree: str, branch: str = "main") -> str:
        """Commit a tree, point a branch at it, and return the commit's id."""
        commit_id = self.git("commit-tree", tree, "-m", "Work")
        self.git("update-ref", f"refs/heads/{branch}", commit_id)
        return commit_id
