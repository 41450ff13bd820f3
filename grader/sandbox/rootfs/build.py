"""Makes a box's file systems out of this machine's own Python, file by file. Side: worker.

A root holds one interpreter, its standard library without tests and build tools, the pinned packages, the shared
libraries that these load, a bland /etc and empty mount points. What is always true of it:

- there is no shell and no other program in it, and nothing of the host beside what is named above;
- nothing of the grader is in it: that is mounted read-only when a box starts;
- its own path never matters: inside, the interpreter is /usr/bin/python3 and finds everything from there;
- every user may read it and nobody but its owner may write it.
"""

import compileall
import importlib.util
import json
import multiprocessing
import os
import platform
import py_compile
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.errors import SandboxUnavailable

BOX_USER = "student"
BOX_UID = BOX_GID = 65534

COMMON_MOUNT_POINTS = ("proc", "dev", "tmp", "run/assay", "opt/assay")
CANDIDATE_MOUNT_POINTS = (*COMMON_MOUNT_POINTS, "submission")
JUDGE_MOUNT_POINTS = (*COMMON_MOUNT_POINTS, "suite", "support")

LEFT_OUT = re.compile(
    r"tests?$|_test|xxlimited|_xxtestfuzz|_ctypes_test"  # tests
    r"|idlelib$|tkinter$|_tkinter\.|turtle"  # anything with a window
    r"|ensurepip$|venv$|distutils$|lib2to3$|config-3|include$|.*\.(a|h|pxd|pyi)$"  # tools that install or build
    r"|(site|dist)-packages$|(site|user)customize\.py$|EXTERNALLY-MANAGED$"  # what the host added
    r"|pydoc_data$|__pycache__$"
)

# Loaded by name when a thread ends, so that no list of dependencies names it.
LOADED_BY_NAME = ("libgcc_s.so.1",)

ETC_FILES = {
    "passwd": f"{BOX_USER}:x:{BOX_UID}:{BOX_GID}::/tmp:/usr/sbin/nologin\n",
    "group": f"{BOX_USER}:x:{BOX_GID}:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost\n",
}


def build_roots(folder: Path, digest: str, candidate_pins: Path, judge_pins: Path) -> None:
    """Build both roots in the new folder `folder`, and a stamp that says from what."""
    candidate, judge = folder / "candidate", folder / "judge"
    candidate.mkdir(parents=True)
    copy_interpreter(candidate)
    install_packages(candidate, candidate_pins)
    copy_libraries(candidate)
    write_etc(candidate)
    # Linked, not copied: both boxes then share the kernel's cached pages of NumPy and the interpreter.
    shutil.copytree(candidate, judge, symlinks=True, copy_function=os.link)
    install_packages(judge, judge_pins)
    make_tables_of_characters(judge)
    for root, mount_points in ((candidate, CANDIDATE_MOUNT_POINTS), (judge, JUDGE_MOUNT_POINTS)):
        for name in mount_points:
            (root / name).mkdir(parents=True)
    stamp = {"python": sys.version, "digest": digest, "machine": platform.machine()}
    (folder / "stamp.json").write_text(json.dumps(stamp, indent=1) + "\n")
    open_to_all(folder)


def library_folder(root: Path) -> Path:
    """Return where the standard library stands in `root`: below /usr, where an interpreter in /usr/bin looks first."""
    return root / "usr" / sys.platlibdir / f"python{sys.version_info.major}.{sys.version_info.minor}"


def packages_folder(root: Path) -> Path:
    """Return the folder of `root` that holds the installed packages."""
    return library_folder(root) / "site-packages"


def base_interpreter() -> Path:
    """Return the interpreter's own file, behind virtual environments and links."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def copy_interpreter(root: Path) -> None:
    """Put the interpreter and its standard library into `root`, laid out below /usr as any distribution does."""
    usr = root / "usr"
    (usr / "bin").mkdir(parents=True)
    (usr / "lib").mkdir()
    # One library folder under all names by which loaders on different machines look for it.
    links = [("lib", "usr/lib"), ("bin", "usr/bin"), ("lib64", "usr/lib")]
    if sys.platlibdir == "lib":
        links.append(("usr/lib64", "lib"))
    for name, target in links:
        (root / name).symlink_to(target)
    shutil.copy(base_interpreter(), usr / "bin" / library_folder(root).name)
    for name in ("python3", "python"):
        (usr / "bin" / name).symlink_to(library_folder(root).name)
    shutil.copytree(sysconfig.get_path("stdlib"), library_folder(root), ignore=left_out, ignore_dangling_symlinks=True)
    compile_sources(root, library_folder(root))
    packages_folder(root).mkdir()
    # Debian's interpreter looks for its packages here instead.
    debian = usr / "lib" / "python3" / "dist-packages"
    debian.parent.mkdir()
    debian.symlink_to(os.path.relpath(packages_folder(root), debian.parent))


def left_out(_folder: str, names: list[str]) -> set[str]:
    """Name the entries of a folder that no box needs (the form `shutil.copytree` asks for)."""
    return {name for name in names if LEFT_OUT.match(name)}


def install_packages(root: Path, pins: Path) -> None:
    """Install exactly the distributions pinned in `pins` into `root`, without their tests."""
    if importlib.util.find_spec("pip") is None:
        raise SandboxUnavailable(f"Building the sandbox roots needs pip in {sys.executable}: run make setup.")
    with tempfile.TemporaryDirectory() as target:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--no-deps",
            "--only-binary=:all:",
        ]
        command += ["--disable-pip-version-check", "--target", target, "-r", str(pins)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = " ".join(done.stderr.split()) or f"it ended with status {done.returncode}"
            raise SandboxUnavailable(f"Building the sandbox roots, pip could not install {pins}: {reason}")
        shutil.rmtree(Path(target, "bin"), ignore_errors=True)
        for entry in Path(target).iterdir():
            installed = packages_folder(root) / entry.name
            if entry.is_dir():
                shutil.copytree(entry, installed, ignore=left_out)
            else:
                shutil.copy(entry, installed)
            compile_sources(root, installed)


def make_tables_of_characters(root: Path) -> None:
    """Make hypothesis's tables of all characters: no box could keep them, and making them takes seconds each time."""
    packages = packages_folder(root)
    if (packages / "hypothesis").is_dir():
        environment = {
            "PYTHONPATH": str(packages),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(packages / "hypothesis" / "storage"),
        }
        code = "from hypothesis.internal.charmap import *; charmap(); intervals_from_codec('utf-8'); intervals_from_codec('ascii')"
        subprocess.run([base_interpreter(), "-s", "-P", "-c", code], env=os.environ | environment, check=True)


def compile_sources(root: Path, path: Path) -> None:
    """Compile the modules at `path`, a file or folder of `root`, under the path that they have in a box.

    Unchecked: the sources of a read-only root never change, so that a box need not look at their times.
    """
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if path.is_dir():
        workers = 1 if multiprocessing.current_process().daemon else 0  # a Celery worker's process may have no children
        compileall.compile_dir(
            path, maxlevels=30, quiet=2, workers=workers, invalidation_mode=mode, stripdir=str(root), prependdir="/"
        )
    elif path.suffix == ".py":
        compileall.compile_file(path, quiet=2, invalidation_mode=mode, stripdir=str(root), prependdir="/")


def copy_libraries(root: Path) -> None:
    """Copy into `root` every shared library that its interpreter and extension modules load.

    An extension of the standard library whose own libraries are missing on this machine is left out, as it is unusable.
    """
    stdlib = Path(sysconfig.get_path("stdlib"))
    needed = loaded_by([base_interpreter()])
    beside = {path.parent for path in needed.values() if path}
    for extension in sorted((library_folder(root) / "lib-dynload").glob("*.so")):
        # Asked of the original, whose run path still leads somewhere.
        libraries = loaded_by([stdlib / "lib-dynload" / extension.name])
        if None in libraries.values():
            extension.unlink()
        else:
            needed.update(libraries)
    needed.update(loaded_by(sorted(packages_folder(root).rglob("*.so"))))
    for name in LOADED_BY_NAME:
        needed.setdefault(name, next((folder / name for folder in beside if (folder / name).is_file()), None))
    for name, path in needed.items():
        if path is None:
            raise SandboxUnavailable(f"Building the sandbox roots needs the shared library {name}, which is not here.")
        if not path.is_relative_to(root):
            shutil.copy(path, root / "usr" / "lib" / name)


def loaded_by(binaries: Iterable[Path]) -> dict[str, Path | None]:
    """Return name and path (None: not found) of every library that the loader would load for these files."""
    done = subprocess.run(["ldd", *binaries], capture_output=True, text=True, check=False)
    libraries: dict[str, Path | None] = {}
    for line in done.stdout.splitlines():
        if match := re.match(r"\s+(\S+) => not found", line):
            libraries[match[1]] = None
        elif match := re.match(r"\s+(\S+ => )?(/\S+) \(0x", line):
            libraries[Path(line.split()[0]).name] = Path(match[2])
    return libraries


def write_etc(root: Path) -> None:
    """Write the few files of /etc that the C library reads; they say nothing of the host."""
    (root / "etc").mkdir()
    for name, text in ETC_FILES.items():
        (root / "etc" / name).write_text(text)


def open_to_all(folder: Path) -> None:
    """Let every user read `folder` and nobody but its owner write it; no set-user-id bit survives."""
    for inner, _, files in os.walk(folder):
        Path(inner).chmod(0o755)
        for path in (Path(inner, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
