"""A tree and its stored archive are the same thing, on every machine (threats T40, T99, T118)."""

import hashlib
import io
import json
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SourceError
from grader.source import Dropped, SourceLimits, Tree, pack_archive, unpack_archive
from tests.grader.source.sources import make_tar, stage_or_refuse, tar_member

TREE = Tree.of(
    {"tinytorch/core/tensor.py": b"class Tensor: ...\n", "\u00e9" * 90 + "/x.py": b"", "a" * 180 + "/b.py": b"1"},
    [Dropped(r"a\x1b.so", "compiled code")],
)
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "S", "P", "M", "Zs")), min_size=1, max_size=40)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)


def test_packing_is_deterministic_to_the_byte():
    """The archive's hash is part of the record, so it may not change with machine, time or library version."""
    packed = pack_archive(Tree.of({"a.py": b"1\n", "b/c.py": b"2\n"}, [Dropped("x.so", "compiled")]))
    assert hashlib.sha256(packed).hexdigest() == "d9b999a6cb2f84506f2af8f77ceffaf97493ed4afca910e5bacb94f2414ee22b"
    assert pack_archive(TREE) == pack_archive(TREE)


def test_unpacking_gives_the_same_tree():
    """Paths, bytes, digest and notes all return, long and foreign names included."""
    assert unpack_archive(pack_archive(TREE)) == TREE
    assert unpack_archive(pack_archive(Tree.of({}))) == Tree.of({})


def test_staff_can_open_the_archive_with_plain_tar():
    """The files lie below tree/, the notes beside them, as ordinary files of nobody in particular."""
    with tarfile.open(fileobj=io.BytesIO(pack_archive(TREE))) as archive:
        members = archive.getmembers()
        notes = json.load(archive.extractfile("notes.json"))
    assert [member.name for member in members[1:]] == [f"tree/{path}" for path in TREE.paths]
    assert {(member.mode, member.uid, member.gid, member.uname, member.isreg()) for member in members} == {
        (0o644, 0, 0, "", True)
    }
    assert notes["digest"] == TREE.digest
    assert notes["dropped"] == [{"path": r"a\x1b.so", "reason": "compiled code"}]


def notes_for(tree: Tree, **changes: object) -> tuple[str, bytes]:
    """Return a notes file as an archive holds it."""
    return "notes.json", json.dumps(
        {"schema": "assay.source/1", "digest": tree.digest, "dropped": []} | changes
    ).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello" * 400,
        pack_archive(TREE)[:3000],
        make_tar(("tree/a.py", b"1")),
        make_tar(("tree/a.py", b"2"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/a.py", b"1"), notes_for(Tree.of({"a.py": b"1"}), schema="assay.source/2")),
        make_tar(("tree/a.py", b"1"), notes_for(Tree.of({"a.py": b"1"}), more=1)),
        make_tar(("tree/a.py", b"1"), notes_for(Tree.of({"a.py": b"1"}), dropped=[1])),
        make_tar(("tree/a.py", b"1"), ("notes.json", b"[" * 100_000)),
        make_tar(("tree/a.py", b"1"), ("notes.json", b"\xff")),
        make_tar(("tree/a.py", b"1"), ("other.py", b"1"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/../a.py", b"1"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/a.py", b"1"), ("tree/a.py", b"1"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/a.py", b"1"), ("tree/A.py", b"1"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/a.py", b"1"), tar_member("tree/l", tarfile.SYMTYPE, "/"), notes_for(Tree.of({"a.py": b"1"}))),
        make_tar(("tree/a.py", b"1"), tar_member("tree/l", tarfile.LNKTYPE, "a"), notes_for(Tree.of({"a.py": b"1"}))),
    ],
)
def test_anything_but_a_packed_tree_is_refused(data: bytes):
    """A worker believes an archive no more than an upload: what was not packed by us is one error."""
    with pytest.raises(SourceError):
        unpack_archive(data)


def test_a_worker_with_smaller_limits_refuses_the_tree():
    """The limits hold on both sides of the queue."""
    with pytest.raises(SourceError, match="too large"):
        unpack_archive(pack_archive(TREE), SourceLimits(file_count=1))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(contents=st.dictionaries(PATHS, st.binary(max_size=2_000), max_size=12))
def test_every_tree_returns_from_its_archive(contents: dict[str, bytes]):
    """Random trees that can be made at all come back with equal digest and equal bytes."""
    tree = stage_or_refuse(lambda: Tree.of(contents))
    if tree is not None:
        packed = pack_archive(tree)
        assert unpack_archive(packed) == tree
        assert pack_archive(unpack_archive(packed)) == packed
