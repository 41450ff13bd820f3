"""A tree is canonical, and written as plain files and nothing else."""

import hashlib
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from grader.errors import SourceError, UsageError
from grader.source import Dropped, SourceLimits, Tree, escape_name

CONTENTS = {"b.py": b"2", "a/z.py": b"1", "a-b.py": b"", "a/deep/er/x.py": b"x = 1\n"}


def test_the_digest_is_the_documented_hash_of_the_sorted_listing():
    """The digest can be computed anew from docs/submissions.md alone."""
    lines = [f"{hashlib.sha256(data).hexdigest()} {len(data)} {path}\n" for path, data in sorted(CONTENTS.items())]
    listing = "assay.tree/1\n" + "".join(lines)
    assert Tree.of(CONTENTS).digest == hashlib.sha256(listing.encode()).hexdigest()


def test_the_digest_depends_on_names_and_contents_but_not_on_order_or_notes():
    """Two trees are one if and only if a student's code is the same."""
    tree = Tree.of(CONTENTS)
    backwards = Tree.of(dict(reversed(CONTENTS.items())), [Dropped("x.so", "compiled")])
    assert backwards.digest == tree.digest
    assert backwards.paths == ("a-b.py", "a/deep/er/x.py", "a/z.py", "b.py")
    assert Tree.of({**CONTENTS, "b.py": b"3"}).digest != tree.digest
    assert Tree.of({"c.py": b"2"}).digest != Tree.of({"d.py": b"2"}).digest


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "", "a\\b", "a\0b", "C:/x", "a/", "a/../b"])
def test_a_tree_holds_no_path_that_could_leave_it(path: str):
    """Even trees made by hand are checked, so that write_to can trust every tree."""
    with pytest.raises(SourceError):
        Tree.of({path: b""})


def test_a_tree_holds_no_name_twice():
    """Names that one file system would take for one, and names that are file and folder, are refused."""
    for names in (("a.py", "A.py"), ("caf\u00e9.py", "cafe\u0301.py"), ("lib", "lib/x.py"), ("Lib/x.py", "lib/y.py")):
        with pytest.raises(SourceError, match=r"differ only in case|both as a file and as a folder"):
            Tree.of(dict.fromkeys(names, b""))


def test_a_tree_keeps_its_limits():
    """A tree is never larger than its limits, whoever makes it."""
    with pytest.raises(SourceError, match="too large"):
        Tree.of(CONTENTS, limits=SourceLimits(file_count=3))
    with pytest.raises(SourceError, match="too large"):
        Tree.of(CONTENTS, limits=SourceLimits(total_bytes=3))


def test_a_written_tree_has_plain_modes_and_one_time(tmp_path: Path):
    """T100: files are 0644, folders 0755, whatever the umask, and all of the same age."""
    before = os.umask(0o777)
    try:
        Tree.of(CONTENTS).write_to(tmp_path / "out")
    finally:
        os.umask(before)
    assert {str(path.relative_to(tmp_path / "out")): path.read_bytes() for path in _files(tmp_path / "out")} == CONTENTS
    statuses = [os.lstat(path) for path in (tmp_path / "out").rglob("*")] + [os.lstat(tmp_path / "out")]
    assert {stat.S_IMODE(status.st_mode) for status in statuses if stat.S_ISREG(status.st_mode)} == {0o644}
    assert {stat.S_IMODE(status.st_mode) for status in statuses if stat.S_ISDIR(status.st_mode)} == {0o755}
    assert len({status.st_mtime_ns for status in statuses}) == 1


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_many_folders_need_few_descriptors(tmp_path: Path):
    """Writing holds only one path's folders open at a time, however many folders there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 24, hard))
    try:
        Tree.of({f"d{index}/e/x.py": b"" for index in range(200)}).write_to(tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(_files(tmp_path / "out")) == 200


def test_a_tree_is_written_to_a_fresh_folder_only(tmp_path: Path):
    """A folder that holds anything is refused untouched, and a link is not followed."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("keep")
    with pytest.raises(UsageError, match="not empty"):
        Tree.of(CONTENTS).write_to(tmp_path / "full")
    assert os.listdir(tmp_path / "full") == ["mine"]
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    with pytest.raises(OSError, match=r"link|Not a directory"):
        Tree.of(CONTENTS).write_to(tmp_path / "link")
    Tree.of(CONTENTS).write_to(tmp_path / "empty")
    assert (tmp_path / "empty" / "a" / "z.py").read_bytes() == b"1"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path):
    """When the disk refuses a file, what was written before it is removed again."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            Tree.of({"a/b/c.py": b"1", "z.py": bytes(2000)}).write_to(tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert os.listdir(tmp_path) == []


def test_a_folder_of_the_tree_can_stand_for_the_whole():
    """`under` shows the tree as seen from a folder, and keeps the notes."""
    tree = Tree.of(CONTENTS, [Dropped("x.so", "compiled")])
    assert tree.under("a").contents() == {"z.py": b"1", "deep/er/x.py": b"x = 1\n"}
    assert tree.under("a").dropped == tree.dropped
    assert tree.under("") is tree
    assert tree.read("b.py") == b"2"
    with pytest.raises(KeyError):
        tree.read("c.py")


def test_notes_name_each_reason_once():
    """Many files with one reason make one sentence."""
    rows = [Dropped(f"{name}.pyc", "compiled code") for name in "abcde"] + [Dropped("link", "a link")]
    assert Tree.of({}, rows).notes() == (
        "Left out (compiled code): a.pyc, b.pyc, c.pyc and 2 more.",
        "Left out (a link): link.",
    )


def test_names_are_shown_on_one_short_line_without_controls():
    """T95, T103, T105: terminal codes, line ends, bidi marks and broken bytes appear as escapes, long names cut."""
    assert escape_name(b"a\x1b[31m\n\t\xff\xe2\x80\xae.py") == r"a\x1b[31m\x0a\x09\xff\u202e.py"
    assert escape_name("x\u0085y\ud800") == r"x\x85y\ud800"
    assert len(escape_name("\u202e" * 10_000)) < 1_000
    assert escape_name("caf\u00e9.py") == "caf\u00e9.py"
