"""How the student's modules are found and imported: from the submission only, and only under the package's names. Side: candidate.

The submission is not on `sys.path`, so a `random.py` or `numpy.py` beside the package shadows nothing. A module that
fails to import is remembered with its exception, which every later use raises again. What a module draws while it is imported is
the same whenever that is, and changes nothing that is drawn later.
"""

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from grader.wire import seeding

SUBMISSION = "/submission"


class Importer:
    """A finder for the package's top-level names, and the record of what failed."""

    def __init__(self) -> None:
        self.packages: tuple[str, ...] = ()
        self.failed: dict[str, BaseException] = {}

    def install(self, packages: Sequence[str]) -> None:
        """Let these top-level names, and no others, be found in the submission."""
        if not self.packages:
            sys.meta_path.append(self)
        self.packages = tuple(packages)
        sys.dont_write_bytecode = True

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None and name in self.packages:
            return PathFinder.find_spec(name, [SUBMISSION])
        return None

    def load(self, modules: Sequence[str]) -> None:
        """Import each module; one that fails does not keep the others from being tried."""
        for name in modules:
            try:
                _import(name)
            except BaseException as problem:
                self.failed[name] = problem

    def module(self, name: str) -> ModuleType:
        """Return a module, importing it now if no one has; raises what its import raised."""
        if name in self.failed:
            raise self.failed[name]
        return sys.modules[name] if name in sys.modules else _import(name)


def _import(name: str) -> ModuleType:
    """Import a module with the global generators at their start, and leave them as they were."""
    states = seeding.state()
    seeding.start(0)
    try:
        return importlib.import_module(name)
    finally:
        seeding.restore(states)
