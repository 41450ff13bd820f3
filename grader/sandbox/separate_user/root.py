"""The root folder of a box that has no mount namespace: hard links to one file system, and what the box may write. Side: worker.

Links are made instead of mounts, so the file system and the folder of boxes must lie on one disk; where they do not, it is
copied once for each process. What is linked belongs to root, and no box's user can change it.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from grader.errors import SandboxUnavailable
from grader.sandbox.rootfs.runtime import PACKAGES, agent_folder, runtime_folder

#: Where a box finds what it may read, beside the name that its folder has in every box.
NAMES = {"candidate": {"submission": "tree"}, "judge": {}}
#: Without /dev/zero: a mapping of it is shared memory that is on nobody's account.
DEVICES = {"null": (1, 3), "full": (1, 7), "random": (1, 8), "urandom": (1, 9)}
OWN = {"proc", "dev", "tmp", "run", "opt", "submission", "suite", "support"}
WORK = "tmp"
UNSEEN = (FileNotFoundError, ProcessLookupError, PermissionError)
MOST_DEPTH = 60  # of folders in the writable one that are looked into
MOST_ENTRIES = 200_000


def lay_out(folder: Path, kind: str, root: Path) -> None:
    """Make a box's folder its root: the file system linked, the agent, devices, and an empty writable folder."""
    folder.chmod(0o755)  # whoever is in there sees it as /
    source = _beside(folder, root)
    _link_tree(source, folder, OWN)
    (folder / "opt").mkdir()
    (folder / "opt" / "assay").mkdir()
    _link_tree(agent_folder(kind), folder / "opt" / "assay", set())
    (folder / "run").mkdir()
    (folder / "run" / "assay").symlink_to("../control")
    for name, target in NAMES[kind].items():
        (folder / name).symlink_to(target)
    for name in ("proc", "dev", WORK):
        (folder / name).mkdir()
    for name in ("opt", "opt/assay", "run", "proc", "dev"):
        (folder / name).chmod(0o755)
    (folder / WORK).chmod(0o1777)
    for name, (major, minor) in DEVICES.items():
        try:
            os.mknod(folder / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        except PermissionError:
            raise SandboxUnavailable("no device can be made here (the capability MKNOD is missing)") from None
        (folder / "dev" / name).chmod(0o666)


def link_packages(folder: Path, kind: str, place: str) -> None:
    """Link a layer of packages into a box that is up, unless it was there when the box was laid out."""
    target, source = folder / place.lstrip("/"), agent_folder(kind) / PACKAGES / Path(place).name
    if not target.is_dir():
        target.mkdir(parents=True)
        target.parent.chmod(0o755)
        target.chmod(0o755)
        _link_tree(source, target, set())


def used(work_fd: int) -> tuple[int, int]:
    """Return how many entries a writable folder holds, and how many bytes; more than there can be if it cannot be told."""
    entries = size = 0
    waiting = [(os.dup(work_fd), 0)]
    try:
        while waiting:
            folder, depth = waiting.pop()
            try:
                for entry in os.listdir(folder):
                    entries += 1
                    try:
                        facts = os.stat(entry, dir_fd=folder, follow_symlinks=False)
                        if stat.S_ISDIR(facts.st_mode) and depth < MOST_DEPTH:
                            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                            waiting.append((os.open(entry, flags, dir_fd=folder), depth + 1))
                    except FileNotFoundError:
                        continue  # gone in between
                    size += facts.st_blocks * 512
                    if depth >= MOST_DEPTH or entries > MOST_ENTRIES:
                        return MOST_ENTRIES, size
            finally:
                os.close(folder)
    except OSError:
        return MOST_ENTRIES, size
    finally:
        for folder, _depth in waiting:
            os.close(folder)
    return entries, size


def deleted(work_fd: int, pids: Iterable[int]) -> tuple[int, int]:
    """Return how many files on the writable folder's disk are deleted and held open by some processes, and their bytes.

    None, where root may not look at descriptors of others (the capability SYS_PTRACE): limits of the box bound them there.
    """
    disk = os.fstat(work_fd).st_dev
    found: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(*UNSEEN):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(*UNSEEN):
                    facts = os.stat(f"/proc/{pid}/fd/{name}")
                    if facts.st_nlink == 0 and facts.st_dev == disk:
                        found[facts.st_ino] = facts.st_blocks * 512
    return len(found), sum(found.values())


def _beside(folder: Path, root: Path) -> Path:
    """Return the file system, or a copy of it on the disk of the boxes."""
    if root.stat().st_dev == folder.stat().st_dev:
        return root
    copy = runtime_folder() / f"root-{root.name}"
    if not copy.is_dir():
        unfinished = copy.with_name(f"{copy.name}-{folder.name}")
        shutil.copytree(root, unfinished, symlinks=True)
        unfinished.rename(copy)
    return copy


def _link_tree(source: Path, target: Path, left_out: set[str]) -> None:
    """Link every file of a folder into another one that exists; some names of the first level are left out."""
    for entry in os.scandir(source):
        place = target / entry.name
        if entry.name in left_out:
            continue
        if entry.is_symlink():
            place.symlink_to(os.readlink(entry.path))
        elif entry.is_dir():
            place.mkdir()
            place.chmod(0o755)
            _link_tree(Path(entry.path), place, set())
        else:
            os.link(entry.path, place)
