"""A folder is staged without following a link, waiting for a pipe, or trusting a name (threats T90 to T100)."""

import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import SourceLimits, Tree, stage_folder
from tests.grader.source.sources import WORK, write_files

SECRET = b"the answers\n"
SMALL = SourceLimits(
    total_bytes=2_000, file_bytes=1_000, file_count=20, depth=4, name_bytes=40, path_bytes=80, entry_count=100
)


def dropped(tree: Tree) -> dict[str, str]:
    """Return why each thing was left out."""
    return {item.path: item.reason for item in tree.dropped}


def test_a_plain_folder_is_staged_as_it_is(tmp_path: Path):
    """Every ordinary file is there, nothing is left out, and writing it out gives the same tree again."""
    tree = stage_folder(write_files(tmp_path / "work", WORK))
    assert tree.contents() == WORK
    assert tree.dropped == ()
    tree.write_to(tmp_path / "copy")
    assert stage_folder(tmp_path / "copy") == tree


@pytest.mark.parametrize("name", ["missing", "file.py", "nul\0byte"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str):
    """A wrong argument is one sentence that names it."""
    (tmp_path / "file.py").write_text("")
    with pytest.raises(SourceError, match=r"^The folder '.*' (does not exist|is not a folder that can be read)\.$"):
        stage_folder(str(tmp_path / name))


def test_links_are_left_out_with_a_note(tmp_path: Path):
    """T90: links out, round, to devices, to /proc and between files are not followed; hard links are not copied."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    work = write_files(tmp_path / "work", WORK)
    targets = {
        "out": tmp_path / "secret.txt",
        "up": "..",
        "round": "round",
        "device": "/dev/zero",
        "proc": "/proc/self/environ",
        "inner": "README.md",
        "folder": tmp_path,
    }
    for name, target in targets.items():
        (work / name).symlink_to(target)
    (work / "hard").hardlink_to(tmp_path / "secret.txt")
    tree = stage_folder(work)
    assert tree.contents() == WORK
    assert set(dropped(tree)) == {*targets, "hard"}
    assert all("link" in reason for reason in dropped(tree).values())


def test_pipes_sockets_and_devices_are_left_out_without_waiting(tmp_path: Path):
    """T91: nothing but ordinary files is opened, so that nothing can block."""
    work = write_files(tmp_path / "work", WORK)
    os.mkfifo(work / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(work / "socket.py"))
        tree = stage_folder(work)
    assert tree.contents() == WORK
    assert {*dropped(tree)} == {"pipe.py", "socket.py"}


@pytest.fixture
def after_listing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return a function that makes something happen between the listing of the last folder and the first reading."""

    def arrange(change: Callable[[], None], folder_count: int = 1) -> None:
        real_scandir, listed = os.scandir, []

        def scan(folder: int) -> Iterator[os.DirEntry]:
            rows = list(real_scandir(folder))
            for row in rows:
                row.stat(follow_symlinks=False)
            listed.append(folder)
            if len(listed) == folder_count:
                change()
            return nullcontext(rows)

        monkeypatch.setattr(os, "scandir", scan)

    return arrange


def test_a_file_that_turns_into_a_pipe_does_not_block_the_reader(tmp_path: Path, after_listing: Callable):
    """T91, T99: the type is judged on the descriptor that is read, opened without waiting."""
    work = write_files(tmp_path / "work", {"x.py": b"1"})

    def change() -> None:
        (work / "x.py").unlink()
        os.mkfifo(work / "x.py")

    after_listing(change)
    with pytest.raises(SourceError, match=r"'x\.py' changed while it was being read"):
        stage_folder(work)


@pytest.mark.parametrize("way", ["file to link", "folder to link", "hard link", "grown", "shrunk", "gone", "folder"])
def test_a_swap_between_check_and_use_never_lets_foreign_bytes_in(tmp_path: Path, way: str, after_listing: Callable):
    """T99: what was listed as the student's own file is that file when it is read, or the submission is refused."""
    outside = write_files(tmp_path / "outside", {"x.py": SECRET})
    work = write_files(tmp_path / "work", {"pkg/x.py": bytes(len(SECRET))})
    target = work / "pkg" / "x.py"

    def change() -> None:
        if way == "folder to link":
            (work / "pkg").rename(tmp_path / "moved")
            (work / "pkg").symlink_to(outside)
            return
        target.unlink()
        if way == "file to link":
            target.symlink_to(outside / "x.py")
        elif way == "hard link":
            target.hardlink_to(outside / "x.py")
        elif way == "folder":
            target.mkdir()
        elif way != "gone":
            target.write_bytes(bytes(len(SECRET) + (1 if way == "grown" else -1)))

    after_listing(change, 2)
    with pytest.raises(SourceError, match=r"'pkg/x\.py' changed while it was being read; save everything"):
        stage_folder(work)


def test_caches_binaries_archives_and_environments_are_left_out(tmp_path: Path):
    """T34, T32: what would win over a source, or is no work of the student's, is left out and named."""
    extra = {
        ".git/config": b"[core]",
        ".GIT/hooks/post-checkout": b"#!/bin/sh",
        "tinytorch/__pycache__/x.cpython-311.pyc": b"",
        "tinytorch/core/tensor.pyc": b"",
        "tinytorch/core/tensor.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
        "tinytorch/core/tensor.PYD": b"MZ",
        "a.pth": b"import os",
        "pkg.zip": b"PK",
        "pkg.whl": b"PK",
        "pkg.egg": b"PK",
        "venv/lib/site.py": b"",
        "myenv/pyvenv.cfg": b"",
        "myenv/lib/python3.11/os.py": b"",
        "lib/site-packages/numpy/__init__.py": b"",
        "pyvenv.cfg": b"home = /tmp",
        "._tensor.py": b"",
    }
    tree = stage_folder(write_files(tmp_path / "work", {**WORK, **extra}))
    assert tree.contents() == WORK
    assert set(dropped(tree)) == {
        ".git/",
        ".GIT/",
        "tinytorch/__pycache__/",
        "tinytorch/core/tensor.pyc",
        "tinytorch/core/tensor.cpython-311-x86_64-linux-gnu.so",
        "tinytorch/core/tensor.PYD",
        "a.pth",
        "pkg.zip",
        "pkg.whl",
        "pkg.egg",
        "venv/",
        "myenv/",
        "lib/site-packages/",
        "pyvenv.cfg",
        "._tensor.py",
    }


def test_start_up_files_stay_inert_text(tmp_path: Path):
    """T31, T32, T33: shadowing modules, start-up files and build files are staged as text, and staging runs none."""
    marker = tmp_path / "marker"
    touch = f"open({str(marker)!r}, 'w').close()\n".encode()
    names = ("sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py", "random.py", "json.py", "numpy.py")
    work = write_files(tmp_path / "work", dict.fromkeys(names, touch) | {"Makefile": b"all:\n\ttouch marker\n"})
    tree = stage_folder(work)
    assert set(tree.paths) == {*names, "Makefile"}
    tree.write_to(tmp_path / "staged")
    command = "from grader.source import stage_folder; stage_folder('.').write_to(__import__('pathlib').Path('out'))"
    project = Path(__file__).resolve().parents[3]
    subprocess.run(
        [sys.executable, "-P", "-c", command], cwd=tmp_path / "staged", env={"PYTHONPATH": str(project)}, check=True
    )
    assert not marker.exists()


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ({f"{index}.py": b"" for index in range(21)}, "more than 20 files"),
        ({f"{index}.py": bytes(900) for index in range(3)}, "larger than 2000 bytes"),
        ({"a/b/c/d/e/f.py": b""}, "lies too deep"),
        ({f"{index}.pyc": b"" for index in range(101)}, "more than 100 files and folders"),
    ],
)
def test_floods_are_refused_by_one_sentence(tmp_path: Path, contents: dict[str, bytes], sentence: str):
    """T94: count, size, depth and name limits each refuse the submission."""
    with pytest.raises(SourceError, match=sentence) as refusal:
        stage_folder(write_files(tmp_path / "work", contents), SMALL)
    assert str(refusal.value).count("\n") == 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a/b/c/d/e.py", "levels deep"),
        ("n" * 41, "too long"),
        (f"{'a' * 35}/{'b' * 35}/{'c' * 35}", "too long"),
    ],
)
def test_a_file_too_deep_or_with_too_long_a_name_is_left_out(tmp_path: Path, path: str, reason: str):
    """T94: it costs nobody the rest of the work."""
    tree = stage_folder(write_files(tmp_path / "work", {"x.py": b"1", path: b""}), SMALL)
    assert tree.paths == ("x.py",)
    assert reason in dropped(tree)[path]


def test_a_file_at_its_limit_is_kept_and_a_larger_one_left_out(tmp_path: Path):
    """Large data does not cost a student the attempt."""
    tree = stage_folder(write_files(tmp_path / "w", {"ok.csv": bytes(1_000), "big.csv": bytes(1_001)}), SMALL)
    assert tree.paths == ("ok.csv",)
    assert dropped(tree) == {"big.csv": "larger than 1000 bytes"}


def test_a_sparse_file_of_a_terabyte_costs_nothing(tmp_path: Path):
    """A size is judged before a byte is read."""
    work = write_files(tmp_path / "work", WORK)
    with open(work / "data.bin", "wb") as file:
        file.truncate(2**40)
    assert set(dropped(stage_folder(work))) == {"data.bin"}


@pytest.mark.medium
def test_folders_deeper_than_any_recursion_are_refused(tmp_path: Path):
    """T94: 1,500 folders in each other, beyond Python's recursion limit, end in a sentence; staging made nothing to clean up."""
    work = tmp_path / "work"
    work.mkdir()
    here = os.open(work, os.O_RDONLY)
    descriptors = [here]
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        descriptors.append(inner)
        here = inner
    try:
        with pytest.raises(SourceError, match="lies too deep"):
            stage_folder(work)
    finally:
        for above, inner in reversed(list(itertools.pairwise(descriptors))):
            os.close(inner)
            os.rmdir("d", dir_fd=above)
        os.close(descriptors[0])


def test_modes_and_times_do_not_matter(tmp_path: Path):
    """T100: set-id bits, no permissions, and times out of range give plain copies of the same tree."""
    work = write_files(tmp_path / "work", WORK)
    plain = stage_folder(work).digest
    (work / "README.md").chmod(0o6777)
    (work / "tinytorch").chmod(0o1777)
    os.utime(work / "README.md", ns=(-(2**31) * 10**9, -(2**31) * 10**9))
    os.utime(work / "tinytorch" / "__init__.py", ns=(2**33 * 10**9, 2**33 * 10**9))
    tree = stage_folder(work)
    assert tree.digest == plain
    tree.write_to(tmp_path / "copy")
    assert (tmp_path / "copy" / "README.md").stat().st_mode == 0o100644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not read the folder")
def test_what_nobody_may_read_is_left_out(tmp_path: Path):
    """T100: to a grader without privileges, a locked folder or file costs itself and nothing else."""
    work = write_files(tmp_path / "work", {**WORK, "locked/x.py": b"", "secret.py": b"1"})
    (work / "locked").chmod(0)
    (work / "secret.py").chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o005 != 0o005 and folder.is_relative_to("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    child = os.fork()
    if child == 0:  # pragma: no cover - ends without pytest
        try:
            os.chdir("/")  # where everybody may be: the project may lie in a folder that others cannot enter
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            tree = stage_folder(work)
            good = tree.contents() == WORK and set(dropped(tree)) == {"locked", "secret.py"}
            os._exit(0 if good else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
