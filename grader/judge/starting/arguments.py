"""What pytest and Python are told of a suite, whoever runs it: where modules lie, which files are tests. Side: judge."""

import os
import shlex
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MANIFEST = "suite.toml"


def read_manifest(own: Path) -> dict[str, Any]:
    """Return the table of a suite's manifest, which was checked before the suite came here."""
    return tomllib.loads((own / MANIFEST).read_text(encoding="utf-8"))


def patterns(manifest: dict[str, Any]) -> list[str]:
    """Return the names of files of tests: pytest's own, and those that the manifest adds."""
    return ["test_*.py", "*_test.py", *(Path(name).name for name in manifest.get("tests", ()))]


def enter(own: Path, root: Path, manifest: dict[str, Any], sites: Sequence[str]) -> None:
    """Work in a suite's folder, with what lies beside its tests, and the support modules at the root, on the import path.

    sites: where the packages lie that the suite brings; what the box itself has comes before them.
    """
    os.chdir(own)  # data files are opened by their names, as where plain pytest is started
    places = {str(path.parent) for pattern in patterns(manifest) for path in own.rglob(pattern)}
    sys.path[:0] = [str(own), *sorted(places - {str(own)}), str(root)]
    sys.path += sites
    os.environ.setdefault("MPLBACKEND", "Agg")


def arguments(own: Path, root: Path, manifest: dict[str, Any]) -> list[str]:
    """Return pytest's arguments for a suite: nothing of the machine's configuration counts."""
    return [
        *(str(own), f"--rootdir={root}", "--import-mode=importlib", "-c", os.devnull, "-o", "addopts="),
        *("-o", f"python_files={shlex.join(patterns(manifest))}"),
    ]
