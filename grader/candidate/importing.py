"""How the student's modules are found and imported: from the submission only, the packages before all else. Side: candidate.

The submission is not on `sys.path`: what else lies in it is found after every library, so that a `random.py` or `numpy.py` beside
the package shadows nothing. A package that is itself called as one of Python's modules is what the student's files import by
that name, and no library's. A module that fails to import is remembered with its exception, which every later use raises
again. What a module draws while it is imported is the same whenever that is, and changes nothing that is drawn later.
"""

import importlib
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from grader.interpreter import seeding
from grader.interpreter.namesakes import Namesakes

SUBMISSION = "/submission"


class Importer:
    """A finder for the package's top-level names, and the record of what failed."""

    def __init__(self) -> None:
        self.packages: tuple[str, ...] = ()
        self.failed: dict[str, BaseException] = {}
        self.namesakes: Namesakes | None = None

    def install(self, packages: Sequence[str], site: str = "") -> None:
        """Let these top-level names, and no others, be found in the submission; and in `site` what the suite brings."""
        if site and site not in sys.path:
            sys.path.append(site)
            os.environ.setdefault("MPLBACKEND", "Agg")  # there is no screen to plot on
        if not self.packages:
            doubles = sys.stdlib_module_names & set(packages)
            sys.meta_path.insert(0 if doubles else len(sys.meta_path), self)
            sys.meta_path.append(Beside())
            if doubles:
                self.namesakes = Namesakes(doubles, _means_students, _has)
                self.namesakes.install(rests_with_student=True)
        self.packages = tuple(packages)
        sys.dont_write_bytecode = True

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        is_library = self.namesakes is not None and not self.namesakes.means_student
        if path is None and name in self.packages and not is_library:
            return PathFinder.find_spec(name, [SUBMISSION])
        return None

    def load(self, modules: Sequence[str]) -> None:
        """Import each module; one that fails does not keep the others from being tried."""
        for name in modules:
            try:
                self._import(name)
            except BaseException as problem:
                self.failed[name] = problem

    def module(self, name: str) -> ModuleType:
        """Return a module, importing it now if no one has; raises what its import raised."""
        if name in self.failed:
            raise self.failed[name]
        if name in sys.modules and self.namesakes is not None and not self.namesakes.is_students_own(name):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return sys.modules[name] if name in sys.modules else self._import(name)

    def attribute(self, value: Any, name: str) -> Any:
        """Return an attribute; of a package a submodule, too, which is imported if need be."""
        try:
            return getattr(value, name)
        except AttributeError:
            if not isinstance(value, ModuleType) or not hasattr(value, "__path__"):
                raise
            return self._submodule(value.__name__, name)

    def check_given(self, module: ModuleType, name: str) -> None:
        """Raise what a file of tests meets that uses a name which `from module import *` does not give, or cannot."""
        listed = vars(module).get("__all__")
        for each in listed if listed is not None else ():
            self.attribute(module, each)
        if name not in listed if listed is not None else name.startswith("_") or name not in vars(module):
            raise NameError(f"name {name!r} is not defined", name=name)

    def _submodule(self, package: str, part: str) -> ModuleType:
        try:
            return self.module(f"{package}.{part}")
        except ModuleNotFoundError as problem:
            if problem.name != f"{package}.{part}":
                raise
            raise AttributeError(f"module {package!r} has no attribute {part!r}") from None

    def forget(self, name: str, is_package: bool) -> None:
        """Have a module imported anew when it is next asked for, or a whole package that no other of the student's uses."""
        found = {each: module for each, module in sys.modules.items() if self.is_students(each)}
        package = {each for each in found if each.partition(".")[0] == name}
        if is_package and any(_uses(found[each], found[own]) for each in found.keys() - package for own in package):
            return
        for each in package if is_package else [name]:
            sys.modules.pop(each, None)

    def is_students(self, name: str) -> bool:
        """Whether a module that has been imported belongs to the student's packages."""
        is_own = self.namesakes is None or self.namesakes.is_students_own(name)
        return is_own and name.partition(".")[0] in self.packages

    def _import(self, name: str) -> ModuleType:
        """Import a module with the global generators at their start, and leave them as they were."""
        states = seeding.state()
        seeding.start(0)
        try:
            return self.namesakes.students(name) if self.namesakes is not None else importlib.import_module(name)
        finally:
            seeding.restore(states)


class Beside:
    """The finder of what lies in the submission beside the packages: a student's own helper modules."""

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, [SUBMISSION]) if path is None else None


def _uses(one: ModuleType, other: ModuleType) -> bool:
    """Whether a module has another, or something of its own that can change or is a class or function, under a name."""
    own = {
        id(value)
        for name, value in vars(other).items()
        if (type(value) in (list, dict, set) and name != "__builtins__")
        or (isinstance(value, type | FunctionType) and value.__module__ == other.__name__)
    }
    return any(value is other or id(value) in own for value in vars(one).values())


def _means_students(space: dict[str, Any], name: str, _is_call: bool) -> bool:
    """Whether a file means the student's module: those of the submission, and what a suite has run beside them.

    A single file that imports its own name means the library's, which it may extend.
    """
    file = space.get("__file__")
    if not isinstance(file, str):
        return space.get("__spec__") is None
    is_itself = space.get("__name__") == name and "__path__" not in space
    return file.startswith(f"{SUBMISSION}/") and not is_itself


def _has(name: str) -> bool:
    """Whether the submission has a module of this name: what it is called itself always means the student's."""
    place = Path(SUBMISSION, *name.split("."))
    return "." not in name or place.is_dir() or place.with_suffix(".py").is_file()
