"""This process's own folder for its boxes, and in it the engine's files that each kind of box is given. Side: worker."""

import atexit
import compileall
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path

from grader.settings import sandbox_settings

PACKAGE = Path(__file__).resolve().parents[2]
#: The files of the engine that each kind of box is given, and nothing else of ours.
AGENT_FILES = {
    "candidate": ("__init__.py", "interpreter", "wire", "candidate"),
    "judge": ("__init__.py", "verdict.py", "errors.py", "interpreter", "wire", "judge"),
}

#: Where a box sees the packages that suites bring: in the folder of the agent, which every engine shows it.
PACKAGES = "packages"
PACKAGES_IN_BOX = f"/opt/assay/{PACKAGES}"

_runtime: dict[int, Path] = {}
_sharing = threading.Lock()


def runtime_folder() -> Path:
    """Return this process's own folder for boxes, readable by the boxes' users; removed at exit."""
    pid = os.getpid()
    if pid not in _runtime:
        base = sandbox_settings().runtime
        _remove_stale(base)
        folder = Path(tempfile.mkdtemp(prefix=f"assay-{pid}-", dir=base))
        folder.chmod(0o711)
        for kind, names in AGENT_FILES.items():
            _copy_agent(folder / "agent" / kind / "grader", names)
        _runtime[pid] = folder
        atexit.register(_remove_runtime, pid, folder)
    return _runtime[pid]


def _remove_stale(base: Path) -> None:
    """Remove the folders of workers that were killed before they could."""
    for folder in base.glob("assay-*-*"):
        number = folder.name.split("-")[1]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            with contextlib.suppress(OSError):  # another worker may be removing it
                if folder.lstat().st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)


def agent_folder(kind: str) -> Path:
    """Return the folder with the engine's files for a kind of box; the box sees it as /opt/assay."""
    return runtime_folder() / "agent" / kind


def share_packages(kind: str, layer: Path) -> str:
    """Have the boxes of a kind see a layer of packages, those that are up included; return where they do.

    Linked, so that it costs no room; copied where the layer lies on another disk.
    """
    place = agent_folder(kind) / PACKAGES / layer.name
    with _sharing:
        if not place.is_dir():
            place.parent.mkdir(exist_ok=True)
            place.parent.chmod(0o755)
            is_near = layer.stat().st_dev == place.parent.stat().st_dev
            unfinished = place.with_name(f".{place.name}")
            shutil.copytree(layer, unfinished, symlinks=True, copy_function=os.link if is_near else shutil.copy2)
            unfinished.rename(place)
    return f"{PACKAGES_IN_BOX}/{layer.name}"


def _copy_agent(target: Path, names: Sequence[str]) -> None:
    """Copy the engine's files with their byte code, which is made beside them once, and not by every process anew.

    Where we may not write there, it is made here; Python takes none that does not fit its source's time and size.
    """
    target.mkdir(parents=True)
    for name in names:
        source = PACKAGE / name
        if source.is_dir():
            compileall.compile_dir(source, quiet=2)
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)
    for path in target.rglob("*.py"):
        place = Path(cache_from_source(path))
        place.parent.mkdir(exist_ok=True)
        with contextlib.suppress(OSError):  # another process may be writing it
            shutil.copyfile(cache_from_source(PACKAGE / path.relative_to(target)), place)
    compileall.compile_dir(target, quiet=2, stripdir=str(target.parent), prependdir="/opt/assay")
    for path in [target.parent.parent, target.parent, target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def _remove_runtime(pid: int, folder: Path) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)
