"""Layers: the packages that one suite's boxes hold beside those of all boxes, kept by what they are. Side: worker.

A layer is made of pins, each a version and the hashes of its wheels: the same pins give the same files, whoever installs them.
What is always true: only wheels are taken, and nothing of theirs is run here; a layer appears under its name once it is
complete; a box sees it below /opt/assay/packages, behind everything that the box itself has.
"""

import compileall
import hashlib
import json
import os
import py_compile
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grader.errors import SandboxUnavailable, SuiteError
from grader.sandbox.rootfs import build, locate
from grader.sandbox.rootfs.runtime import PACKAGES_IN_BOX, share_packages

MOST_BYTES = 2 << 30  # of one layer
INSTALL_SECONDS = 600
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
#: What pip may take: wheels for this Python, built beforehand, so that nothing of theirs is run while they are installed.
TAKEN = ("--only-binary=:all:", "--no-compile", "--ignore-installed")
PIN = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)==([\w.!+-]+)", re.MULTILINE)
NO_MODULES = re.compile(r".*\.(dist-info|data|libs)$|bin$|__pycache__$|share$|etc$")
EXPLAINING = re.compile(r"ERROR: (.*)")


class Resolved(NamedTuple):
    """What a list of requirements comes to: pins with hashes, and the names that can be imported then."""

    pins: tuple[str, ...]
    imports: tuple[str, ...]


def in_every_box(kind: str) -> dict[str, str]:
    """Return the packages that every box of a kind holds, and their versions, by their names in small letters."""
    files = [locate.CANDIDATE_PINS, *([locate.JUDGE_PINS] if kind == "judge" else [])]
    found = [PIN.findall(path.read_text(encoding="utf-8")) for path in files]
    return {canonical(name): version for pins in found for name, version in pins}


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(kind: str, requirements: Sequence[str]) -> Resolved:
    """Return the pins that requirements come to beside what every box of a kind holds; asks pip's index.

    Raises SuiteError, in pip's words, if there are none.
    """
    held = in_every_box(kind)
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in held.items()))
        answer = _pip("install", *TAKEN, "--dry-run", "--report", "-", "-c", str(constraints), *requirements)
    if isinstance(answer, str):
        raise SuiteError(f"no wheels for {', '.join(requirements)}: {answer}")
    items = json.loads(answer.stdout)["install"]
    pins = []
    for item in items:
        name = canonical(item["metadata"]["name"])
        if name not in held:
            sha256 = item["download_info"]["archive_info"]["hashes"]["sha256"]
            pins.append(f"{name}=={item['metadata']['version']} --hash=sha256:{sha256}")
    layer = ensure_layer(kind, sorted(pins))
    return Resolved(tuple(sorted(pins)), tuple(_modules(layer)) if layer is not None else ())


def ensure_layer(kind: str, pins: Sequence[str]) -> Path | None:
    """Return the folder of a layer, installing it first where it is missing; None for no pins.

    Raises SandboxUnavailable, saying how to get it, if it cannot be installed here.
    """
    if not pins:
        return None
    folder = locate.base_folder() / "layers" / _digest(kind, pins)
    if not folder.is_dir():
        locate.make_open_folder(folder.parent)
        with locate.locked(folder.parent / ".lock"):
            if not folder.is_dir():
                _install(kind, pins, folder)
    return folder


def packages_of(kind: str, pins: Sequence[str], boxes: str | None = None) -> str:
    """Have boxes of a kind see a layer, and return the place where they do; an empty text for no pins.

    boxes: the kind of box, where that is another than the one that the layer is made for.
    """
    layer = ensure_layer(kind, pins)
    return "" if layer is None else share_packages(boxes or kind, layer)


def _digest(kind: str, pins: Sequence[str]) -> str:
    facts = [kind, sys.version, sysconfig.get_platform(), *sorted(pins)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _install(kind: str, pins: Sequence[str], folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=folder.parent) as scratch:
        listed, target = Path(scratch, "pins.txt"), Path(scratch, "packages")
        listed.write_text("".join(f"{pin}\n" for pin in pins))
        answer = _pip("install", *TAKEN, "--no-deps", "--require-hashes", "--target", str(target), "-r", str(listed))
        if isinstance(answer, str):
            names = ", ".join(pin.partition(" ")[0] for pin in pins)
            raise SandboxUnavailable(
                f"the packages of a suite ({names}) cannot be installed here: {answer}; have this machine's pip reach an index, or "
                "name a folder of their wheels in PIP_FIND_LINKS"
            )
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        if size > MOST_BYTES:
            raise SuiteError(f"the packages of a suite take {size >> 20} MiB, and may take {MOST_BYTES >> 20}")
        _refuse_missing_libraries(kind, target)
        compileall.compile_dir(
            target,
            maxlevels=30,
            quiet=2,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(target),
            prependdir=f"{PACKAGES_IN_BOX}/{folder.name}",
        )
        build.open_to_all(target)
        target.chmod(0o755)
        target.rename(folder)


def _refuse_missing_libraries(kind: str, target: Path) -> None:
    """Raise SuiteError for a shared library that neither the wheels bring nor the boxes hold."""
    roots = locate.ensure_roots()
    held = roots.candidate if kind == "candidate" else roots.judge
    for name, path in build.loaded_by(sorted(target.rglob("*.so"))).items():
        is_brought = path is not None and path.resolve().is_relative_to(target.resolve())
        if not is_brought and not (held / "usr" / "lib" / name).exists() and not name.startswith("ld-linux"):
            raise SuiteError(f"a package of the suite's needs the shared library {name}, which no box holds")


def _modules(layer: Path) -> list[str]:
    """Return the names that can be imported of a layer."""
    found = {path.name.partition(".")[0] for path in layer.iterdir() if not NO_MODULES.match(path.name)}
    return sorted(name for name in found if name.isidentifier())


def _pip(*arguments: str) -> "subprocess.CompletedProcess[str] | str":
    """Run pip and return what it did, or in one line why it did not."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(
                [sys.executable, *PIP, *arguments],
                capture_output=True,
                text=True,
                check=False,
                cwd=scratch,
                timeout=INSTALL_SECONDS,
                env={**os.environ, "PIP_NO_INPUT": "1"},
            )
        except subprocess.TimeoutExpired:
            return f"pip took longer than {INSTALL_SECONDS} s"
    if done.returncode == 0:
        return done
    said = EXPLAINING.findall(done.stderr)
    return (" ".join(said[-1].split()) if said else " ".join(done.stderr.split()[-40:]) or "pip says no more")[:400]
