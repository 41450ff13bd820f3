"""The student's modules that bear the name of one of Python's: who imports decides which of the two is meant. Side: any.

`sys.modules` has one place for a name. The modules of one owner rest there, in the judge the library's and in the candidate the
student's; while an import is under way that means the other's, those are there instead. So neither side's libraries ever meet
a module of the student's, and nothing of the student's is ever the library's.
"""

import builtins
import importlib
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

#: In front of a module's name where a node means Python's or NumPy's, whatever the student's modules are called.
LIBRARY = "/"


class Namesakes:
    """Top-level names that mean two modules, and what of each has been imported.

    is_students: whether a file, known by its global names, means the student's by such a name; and whether it is no statement of
    the file's that imports, but a call with a text.
    has: whether the student's package has a module of a name; where it has none, the library's stays in sight.
    """

    def __init__(
        self,
        names: Collection[str],
        is_students: Callable[[dict[str, Any], str, bool], bool],
        has: Callable[[str], bool] = lambda _name: True,
    ) -> None:
        self.names = frozenset(names)
        self.means_student = False  # which modules are in `sys.modules`
        self._is_students = is_students
        self._has = has
        self._library: dict[str, ModuleType] = {}
        self._students: dict[str, ModuleType] = {}
        self._originals = (builtins.__import__, importlib.import_module)

    def install(self, *, rests_with_student: bool) -> None:
        """Tell imports apart from now on; the library's modules of these names are imported first."""
        for name in sorted(self.names):
            with suppress(ImportError):
                importlib.import_module(name)
        builtins.__import__ = self._import  # type: ignore[assignment]
        importlib.import_module = self._import_module
        if rests_with_student:
            self._change()

    def restore(self) -> None:
        """Undo `install`."""
        if self.means_student:
            self._change()
        builtins.__import__, importlib.import_module = self._originals

    @contextmanager
    def meaning(self, *, student: bool) -> Iterator[None]:
        """Have the modules of one owner in `sys.modules` meanwhile."""
        if student is self.means_student:
            yield
            return
        self._change()
        try:
            yield
        finally:
            self._change()

    def students(self, name: str) -> ModuleType:
        """Import a module of the student's, whoever asks."""
        with self.meaning(student=True):
            return self._originals[1](name)

    def is_students_own(self, name: str) -> bool:
        """Whether what `sys.modules` has under a name, while the student's are there, is the student's."""
        return name.partition(".")[0] not in self.names or sys.modules.get(name) is not self._library.get(name)

    def _change(self) -> None:
        found = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in self.names}
        self.means_student = not self.means_student
        if self.means_student:
            self._library = found
            sys.modules.update({name: module for name, module in found.items() if not self._has(name)})
            sys.modules.update(self._students)
        else:
            self._students = {name: module for name, module in found.items() if self._library.get(name) is not module}
            sys.modules.update(self._library)

    def _import(
        self,
        name: str,
        globals: dict[str, Any] | None = None,
        locals: dict[str, Any] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        space = sys._getframe(1).f_globals if globals is None else globals
        top = (str(space.get("__package__")) if level else name).partition(".")[0]
        if top not in self.names:
            return self._originals[0](name, globals, locals, fromlist, level)
        with self.meaning(student=self._is_students(space, top, globals is None)):
            return self._originals[0](name, space, locals, fromlist, level)

    def _import_module(self, name: str, package: str | None = None) -> ModuleType:
        top = (str(package) if name.startswith(".") else name).partition(".")[0]
        if top not in self.names:
            return self._originals[1](name, package)
        with self.meaning(student=self._is_students(sys._getframe(1).f_globals, top, True)):
            return self._originals[1](name, package)
