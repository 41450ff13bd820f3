"""Remote modules: the student's packages as `import` gives them, and what crosses as a reference. Side: judge."""

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.errors import SuiteError
from grader.interpreter.namesakes import LIBRARY, Namesakes
from grader.judge.connection import Connection
from grader.judge.exceptions import NEVER_REAL, StudentErrorClass, SuiteMisuse, raised
from grader.judge.items.stars import names_of_star
from grader.judge.process.files import place_source
from grader.judge.remote.asking.namespaces import TOLD, Names, is_special
from grader.judge.remote.current import current, has_current
from grader.judge.remote.derived import is_made, library_class
from grader.judge.remote.functions import RemoteFunction
from grader.judge.remote.lending import lend, lend_error, lend_error_class, named
from grader.judge.remote.names import DERIVED, RemoteName, make_derived, module_of, path_of
from grader.judge.remote.objects import LOOKED_FOR, NEVER, RemoteObject, connection_of, handle_of, is_suites
from grader.judge.starting.calls import MADE, made
from grader.wire import library, values
from grader.wire.containers import fill
from grader.wire.encoding import MUTABLE

_names_here: Any = vars(ModuleType)["__dict__"]


MOMENTS = (datetime, date, time, timedelta)  # of which a test may have a class of its own
#: Our own modules beside the suites, which mean Python's by whatever they import.
SUPPORT = ("arrays", "asserts", "failure", "lenient", "marks")
#: Modules that import what a test names in a text, as in `mock.patch("work.helper")`.
LOOKING_UP = ("pkgutil", "_pytest.monkeypatch")


class RemoteModule(ModuleType):
    """One of the student's modules, as `import tinytorch.core.tensor` gives it."""

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        """The student's docstring."""
        return current().request("getattr", self, "__doc__") if has_current() else None

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        """The module's names: what pytest's monkeypatch puts back is what it finds here."""
        return Names(self) if has_current() else _names_here.__get__(self)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__" and not has_current():
            return names_of_star(self.__name__)
        if name == "__file__" and has_current() and is_suites(sys._getframe(1)):
            return self._assay_file()
        if name in NEVER | LOOKED_FOR or (is_special(name) and name not in TOLD):
            raise AttributeError(name)
        remote = RemoteName(self.__name__, name)
        if not has_current():
            return remote
        value = remote._assay_now()
        is_changed = (self.__name__, name) in current().originals
        return remote if issubclass(type(value), RemoteObject) and not is_changed else self._assay_placed(name, value)

    def _assay_placed(self, name: str, value: Any) -> Any:
        """Return what the test itself has put there, if that is what came back: such a value crosses as a copy."""
        mine = current().placed.get((self.__name__, name))
        if mine is None or type(mine) is not type(value) or mine is value:
            return value
        if current().request("is_placed", self, name) is not True:
            return value
        if type(mine) in MUTABLE:
            fill(mine, value)
        return mine

    def _assay_file(self) -> str:
        """Return the path of a copy of the student's file, which may be read here and nothing else."""
        path = current().request("getattr", self, "__file__")
        content = RemoteName(LIBRARY + "io", "open")(path, "rb").read()
        if type(path) is not str or type(content) is not bytes:
            raise AttributeError("__file__")
        return place_source(current(), path, content)

    def __dir__(self) -> list[str]:
        """Return the names of the student's module."""
        return list(current().request("dir", self)) if has_current() else list(super().__dir__())

    def __setattr__(self, name: str, value: Any) -> None:
        if _is_ours(name, value):
            super().__setattr__(name, value)
            return
        originals = self._assay_originals(name)
        if type(value) is RemoteName:  # a patch that is undone means what stood there, not what stands there now
            value = originals.get((value._assay_module, value._assay_path), value)
        current().request("place", self, name, value)
        current().placed[self.__name__, name] = value

    def __delattr__(self, name: str) -> None:
        if name in _names_here.__get__(self) or not has_current():
            super().__delattr__(name)
            return
        self._assay_originals(name)
        current().request("delattr", self, name)

    def _assay_originals(self, name: str) -> dict[tuple[str, str], Any]:
        """Return what stood in the student's modules before this test changed it, this name's value included."""
        originals = current().originals
        if (self.__name__, name) not in originals and hasattr(self, name):
            originals[self.__name__, name] = RemoteName(self.__name__, name)._assay_now()
        return originals


def _is_ours(name: str, value: Any) -> bool:
    """Whether a setting is Python's own on the judge's side: of the import system, or made while no test is running."""
    return not has_current() or isinstance(value, RemoteModule) or is_special(name)


def refer(connection: Connection, value: Any) -> list[Any] | None:
    """Return the node of something that stands for a student's object or name, or None for anything else."""
    if type(value) is RemoteName:  # first: of a name, isinstance would ask what stands under it
        return _name(connection, module_of(value), path_of(value))
    if issubclass(type(value), RemoteObject):  # a mock that is made after one says that it is one
        return _reference(connection, connection_of(value), handle_of(value))
    if type(value) is RemoteModule:
        return [values.NAME, value.__name__, ""]
    if type(value) is RemoteFunction:
        return [values.FUNCTION, value._ship(connection)]
    if isinstance(value, StudentErrorClass):
        return _reference(connection, vars(value)["_assay_connection"], vars(value)["_assay_handle"])
    if isinstance(value, BaseException):
        return _error(connection, value)
    if isinstance(value, type) and issubclass(value, BaseException):
        return named(connection, value) or lend_error_class(connection, value)
    return named(connection, value) or library_class(connection, value) or _moment(value) or lend(connection, value)


def _moment(value: Any) -> list[Any] | None:
    """Return the node of what an instance of a test's own class of dates is: the date itself."""
    kind = next((each for each in MOMENTS if isinstance(value, each)), None)
    apart = None if kind is None else library.take_apart(value, kind)
    return None if apart is None else [values.BUILT, apart[0], *(values.node(part, _none, 1_000) for part in apart[1])]


def _none(_value: Any) -> None:
    return None


def _name(connection: Connection, module: str, path: str) -> list[Any]:
    """Return the node of a name: of what stood under it when the test began, if the test has put something else there."""
    node: list[Any]
    if connection.originals and (module, path) in connection.originals:
        original = connection.originals[module, path]
        node = values.node(original, lambda part: refer(connection, part), connection.frame_bytes)
        return node
    if module == DERIVED:
        make_derived[0](connection, path)
    if module == MADE:
        node = values.node(made(connection, path), lambda part: refer(connection, part), connection.frame_bytes)
        return node
    return [values.NAME, module, path]


def _reference(connection: Connection, theirs: Connection, handle: int) -> list[Any]:
    """Return the node of an object that is held under a handle of its own connection."""
    if theirs is not connection:
        raise connection.refuse(SuiteMisuse("an object of an earlier test was used; make it anew in this test"))
    return [values.REFERENCE, handle]


def _error(connection: Connection, problem: BaseException) -> list[Any] | None:
    """Return the node of an exception: the student's own by its handle, one that was lent before, or a new one."""
    known = raised(problem)
    if known is not None:
        return _reference(connection, known.connection, known.handle)
    return lend_error(connection, problem)


class RemoteFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes the names of the student's packages, and of everything below them, remote modules."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = tuple(packages)
        self.imported: set[str] = set()
        self.namesakes: Namesakes | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top not in self.packages or (
            self.namesakes and top in self.namesakes.names and not self.namesakes.means_student
        ):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return RemoteModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing, since the module's contents are in the candidate; there it is imported if a test does so here.

        Anew, if it is imported anew here; and if nothing of its package has been imported here before, since what the import
        does (prints, questions, files) is then done in this test. Raises ModuleNotFoundError where there is no such module.
        """
        name = module.__name__
        if has_current():
            is_first = name.partition(".")[0] not in {each.partition(".")[0] for each in self.imported}
            if name in self.imported or is_first:
                current().own_request("forget", name, is_first)
            current().request("name", name, "")
        self.imported.add(name)


def students_name(module: str, path: str) -> RemoteName:
    """Return the name of something in the student's modules that the candidate tells of; raises ProtocolError for any other."""
    finders = (finder for finder in sys.meta_path if isinstance(finder, RemoteFinder))
    if module == DERIVED and is_made(path):
        return RemoteName(module, path)
    if not any(module.partition(".")[0] in finder.packages for finder in finders):
        raise values.ProtocolError("a name of no module of the student's")
    return RemoteName(module, path)


def install(packages: Sequence[str], folder: Path) -> None:
    """Make these packages remote for every import from now on; of one that is called as a module of Python's, the suite's own.

    folder: the suite's.
    """
    finder = RemoteFinder(packages)
    sys.meta_path.insert(0, finder)
    NEVER_REAL.update(packages)
    doubles = sys.stdlib_module_names & set(packages)
    if doubles:
        for name in SUPPORT:
            importlib.import_module(name)
        finder.namesakes = Namesakes(doubles, functools.partial(_means_students, folder))
        finder.namesakes.install(rests_with_student=False)


def _means_students(folder: Path, space: dict[str, Any], name: str, is_call: bool) -> bool:
    """Whether an import means the student's module: one of the suite's files, or what looks up a name that such a file wrote.

    Raises SuiteError for a file that several suites share, which may mean either.
    """
    file = Path(str(space.get("__file__", "")))
    if file.is_relative_to(folder) or (is_call and space.get("__name__") in LOOKING_UP):
        return True
    if file.parent == folder.parent and file.stem not in (*SUPPORT, "conftest"):
        raise SuiteError(
            f"{file.name}:1: it imports {name}, the name of a module of Python's and of the student's; a file that means the "
            "student's belongs into the suite's folder"
        )
    return False
