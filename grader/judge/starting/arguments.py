"""What pytest and Python are told of a suite, whoever runs it: where modules lie, which files are tests. Side: judge."""

import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

MANIFEST = "suite.toml"


def read_manifest(own: Path) -> dict[str, Any]:
    """Return the table of a suite's manifest, which was checked before the suite came here."""
    return tomllib.loads((own / MANIFEST).read_text(encoding="utf-8"))


def enter(own: Path, root: Path) -> None:
    """Work in a suite's folder, with what lies in it, and the support modules at the root, on the import path."""
    os.chdir(own)  # data files are opened by their names, as where plain pytest is started
    places = {str(path.parent) for path in own.rglob("*.py") if not (path.parent / "__init__.py").is_file()}
    sys.path[:0] = [str(own), *sorted(places - {str(own)}), str(root)]


def arguments(own: Path, root: Path, manifest: dict[str, Any]) -> list[str]:
    """Return pytest's arguments for a suite: nothing of the machine's configuration counts."""
    named = [shlex.quote(Path(name).name) for name in manifest.get("tests", ())]
    return [
        *(str(own), f"--rootdir={root}", "--import-mode=importlib", "-c", os.devnull, "-o", "addopts="),
        *("-o", " ".join(["python_files=test_*.py *_test.py", *named])),
    ]
