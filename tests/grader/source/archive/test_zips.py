"""Zip archives whose headers, sizes or kinds are odd are refused whole (threats T91 to T93)."""

import io
import zipfile

import pytest

from grader.errors import SourceError
from grader.source import Tree, stage_archive
from grader.source.tree import Dropped
from tests.grader.source.sources import WORK, make_zip, raw_zip, refuse_archive, zip_member


def test_a_zip_written_to_a_pipe_is_read():
    """Archives whose sizes follow the contents, as streaming tools write them, are ordinary."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in WORK.items():
            archive.writestr(path, data)
    assert stage_archive(pipe.data, "work.zip") == Tree.of(WORK)


def test_a_zip_of_the_large_format_is_read():
    """Some tools write zip64 whatever the size; what it says is believed no further than in the small format."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in WORK.items():
            with archive.open(path, "w", force_zip64=True) as file:
                file.write(data)
    assert stage_archive(packed.getvalue()) == Tree.of(WORK)
    promised = raw_zip(zip_member(b"a.py", b"1", size=0xFFFFFFFF, central_size=0xFFFFFFFF), zip_member(b"b.py", b""))
    assert stage_archive(promised) == Tree.of({"b.py": b""}, [Dropped("a.py", "larger than 5 MiB")])


@pytest.mark.parametrize("mode", [0o010644, 0o020644, 0o060644, 0o140644])
def test_odd_zip_entries_refuse_the_archive(mode: int):
    """T91: pipes, devices and sockets, as Unix zip tools mark them; a folder with contents; a file called a folder."""
    refuse_archive(raw_zip(zip_member(b"a", b"", mode=mode)), "neither an ordinary file nor a folder")
    refuse_archive(raw_zip(zip_member(b"a/", b"x", mode=0o040755)), "neither an ordinary file nor a folder")
    refuse_archive(raw_zip(zip_member(b"a/", b"", mode=0o100644)), "neither an ordinary file nor a folder")


def test_a_zip_that_contradicts_itself_is_refused():
    """T92, T93: names, sizes and checksums in both headers must agree with each other and with the contents."""
    good = zip_member(b"a.py", b"12345")
    for odd in (
        zip_member(b"a.py", b"12345", central_name=b"b.py"),
        zip_member(b"a.py", b"12345", central_size=4),
        zip_member(b"a.py", b"12345", size=4, central_size=4),
        zip_member(b"a.py", b"12345", size=6, central_size=6),
        zip_member(b"a.py", b"12345", checksum=7),
        zip_member(b"a.py", b"12345", method=0, size=4, central_size=4),
        {**good, "packed": good["packed"][:3]},
        {**good, "packed": b"\xff" * 20},
    ):
        refuse_archive(raw_zip(zip_member(b"z.py", b""), odd), "contradicts itself")


def test_zips_of_other_kinds_are_refused():
    """T92: encryption, unusual methods, split archives, wrong counts, and bytes in front."""
    refuse_archive(raw_zip(zip_member(b"a", b"1", flags=1)), "encrypted")
    refuse_archive(raw_zip(zip_member(b"a", b"1", flags=0x40)), "encrypted")
    refuse_archive(raw_zip({**zip_member(b"a", b"1"), "method": 12}), "unusual way")
    refuse_archive(raw_zip(zip_member(b"a", b"1"), count=0xFFFF), "damaged")
    refuse_archive(raw_zip(zip_member(b"a", b"1"), disk=1), "split")
    refuse_archive(raw_zip(zip_member(b"a", b"1"), count=2), "damaged")
    refuse_archive(raw_zip(zip_member(b"a", b"1"), zip_member(b"b", b"1"), count=1), "damaged")
    refuse_archive(raw_zip(zip_member(b"a", b"1"), front=b"PK\3\4 hidden"), "contradicts|starts with something else")
    refuse_archive(make_zip(WORK)[:-1], "damaged")
    refuse_archive(make_zip(WORK) + b"x", "damaged")
    refuse_archive(b"PK\5\6", "damaged")


def test_overlapping_zip_entries_are_refused():
    """T93: the overlapping bomb gives many files from the bytes of one."""
    members = [zip_member(b"same.bin", bytes(10_000)) for _ in range(10)]
    refuse_archive(raw_zip(*members, shared_offset=True), "contradicts itself")


def test_nested_archives_are_never_opened():
    """T93: an archive inside an archive is left out whole, so that nesting multiplies nothing."""
    inner = make_zip({"x.py": bytes(10_000)})
    for _ in range(5):
        inner = make_zip({f"{index}.zip": inner for index in range(3)})
    tree = stage_archive(inner)
    assert tree.files == ()
    assert {item.reason for item in tree.dropped} == {"archives inside a submission are not opened"}


@pytest.mark.parametrize(
    "names",
    [["tinytorch\\core\\tensor.py"], ["tinytorch\\", "tinytorch\\core/tensor.py"], ["tinytorch/core\\tensor.py"]],
)
def test_backslashes_of_a_zip_made_by_dos_are_slashes(names: list[str]):
    """Windows' older tools write them, against the specification; other systems' names may really hold one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            row = zipfile.ZipInfo(name)
            row.create_system = 0
            archive.writestr(row, b"" if name.endswith("\\") else b"x = 1\n")
    assert stage_archive(packed.getvalue()) == Tree.of({"tinytorch/core/tensor.py": b"x = 1\n"})


def test_backslashes_lead_nowhere_in_a_zip_made_by_dos():
    """What they are turned into is judged like any name."""
    for name in ("..\\x.py", "a\\..\\..\\x.py", "\\x.py", "C:\\x.py", "a\\\\x.py"):
        packed = io.BytesIO()
        row = zipfile.ZipInfo(name)
        row.create_system = 0
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(row, b"1")
        refuse_archive(packed.getvalue(), "could leave|absolute|empty folder name")


@pytest.mark.parametrize("start", ["./", "././"])
def test_a_zip_whose_names_begin_at_the_folder_itself_is_the_same_tree(start: str):
    entries = {f"{start}tinytorch/__init__.py": b"", f"{start}tinytorch/a.py": b"x = 1\n"}
    tree = stage_archive(make_zip({start: b"", **entries}))
    assert tree.paths == ("tinytorch/__init__.py", "tinytorch/a.py")


@pytest.mark.parametrize("names", [("./a.py", "a.py"), ("./../a.py",), ("a/./b.py",), (".//a.py",)])
def test_a_dot_in_a_zips_names_hides_nothing(names: tuple[str, ...]):
    with pytest.raises(SourceError):
        stage_archive(make_zip(dict.fromkeys(names, b"x = 1\n")))
