"""Remote modules: the student's packages as `import` gives them, and what crosses as a reference. Side: judge."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from grader.judge.connection import Connection
from grader.judge.exceptions import SuiteMisuse
from grader.judge.remote.current import has_current
from grader.judge.remote.functions import RemoteFunction
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import NEVER, RemoteObject
from grader.wire import values


class RemoteModule(ModuleType):
    """One of the student's modules, as `import tinytorch.core.tensor` gives it."""

    def __getattr__(self, name: str) -> Any:
        if name in NEVER or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        remote = RemoteName(self.__name__, name)
        if not has_current():
            return remote
        value = remote._assay_value()
        return remote if isinstance(value, RemoteObject) else value


def refer(connection: Connection, value: Any) -> list[Any] | None:
    """Return the node of something that stands for a student's object or name, or None for anything else."""
    if isinstance(value, RemoteObject):
        if value._assay_connection is not connection:
            raise connection.refuse(SuiteMisuse("an object of an earlier test was used; make it anew in this test"))
        return [values.REFERENCE, value._assay_handle]
    if isinstance(value, RemoteName):
        return [values.NAME, value._assay_module, value._assay_path]
    if isinstance(value, RemoteModule):
        return [values.NAME, value.__name__, ""]
    if isinstance(value, RemoteFunction):
        return [values.FUNCTION, value._ship(connection)]
    return None


class RemoteFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes the names of the student's packages, and of everything below them, remote modules."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = tuple(packages)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return RemoteModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the module's contents are in the candidate."""


def install(packages: Sequence[str]) -> None:
    """Make these packages remote for every import from now on."""
    sys.meta_path.insert(0, RemoteFinder(packages))
