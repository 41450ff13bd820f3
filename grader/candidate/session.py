"""The state of one test: the student's objects by their handles, what the suite has shipped, measured work. Side: candidate."""

import builtins
import ctypes
import gc
import importlib
import operator
import sys
import types
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType, WrapperDescriptorType
from typing import Any

from grader.candidate.errors import MAX_CHAIN, class_node, error_node, frames_above
from grader.candidate.files import Files
from grader.candidate.importing import Importer
from grader.candidate.lent import Ask, Lent
from grader.candidate.logs import Logs
from grader.candidate.surroundings import Surroundings
from grader.candidate.tracing import counted
from grader.interpreter import seeding
from grader.interpreter.namesakes import LIBRARY
from grader.wire import values
from grader.wire.identities import is_fixed
from grader.wire.kinds import OF_OBJECT, STAR
from grader.wire.library.functions import NAMES_OF_FUNCTIONS
from grader.wire.messages import MAX_HANDLES

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
#: Lets a supervisor that is not root, but the process's own user, have its peak begin anew; who undoes it only looks larger.
PR_SET_DUMPABLE = 4
#: Bytes from which a block is a mapping of its own, and bytes at the heap's end that go back to the system. For a peak, large
#: blocks are given back at once. For a time, everything is kept that can be: left to itself the allocator settles, by chance
#: and for a process's whole life, on having the kernel zero a block of some megabytes anew at every call, or on never.
EXACT_MEMORY, STEADY_TIME = (64 << 10, 64 << 10), (32 << 20, 2**31 - 1)
TEST = "test"  # the module of classes that a test derives from the student's
NAMED = (type, FunctionType, WrapperDescriptorType)  # what may be known by a name


class Session:
    """The state of one test: handles of the student's objects, and the functions the suite has shipped."""

    def __init__(self, importer: Importer, max_bytes: int, ask: Ask) -> None:
        self.importer = importer
        self.objects: list[Any] = []
        self.handles: dict[int, int] = {}
        self.functions: dict[str, Callable[..., Any]] = {}
        self.states: list[tuple[Any, ...]] = []
        self.telling: set[int] = set()  # exceptions, while their nodes are made
        self.asked: dict[int, tuple[str, str]] = {}  # by identity: the names that the suite has for what it asked for
        self.placed: dict[tuple[int, str], Any] = {}
        self.derived: dict[str, type] = {}  # classes of the test's, by their names there
        self.unnamed: Any = None  # what was asked for by its name, and so is no name again
        self.sharing = values.Sharing(1, self.hold, self.resolve, max_bytes, self._handle_of)
        self.is_sharing = True
        self.lent = Lent(ask)
        self.surroundings = Surroundings()
        self.files = Files()
        self.logs = Logs()

    def hold(self, value: Any) -> list[Any] | None:
        """Return the node of an object held here: the same object always gets the same handle."""
        kind = type(value)
        lent = self.lent.node_of(value)
        if lent is not None:
            return lent
        if issubclass(kind, BaseException):
            return self._error(value)
        if kind is BuiltinFunctionType and value in NAMES_OF_FUNCTIONS and value is not self.unnamed:
            return [values.NAME, *NAMES_OF_FUNCTIONS[value]]
        is_error = issubclass(kind, type) and issubclass(value, BaseException)
        if is_error and id(value) not in self.handles:
            return class_node(value, self)
        named = self._named(value) if value is not self.unnamed and issubclass(kind, NAMED) and not is_error else None
        if named is not None:
            return named
        is_new = id(value) not in self.handles
        held = [values.REFERENCE, self.handle_of(value), kind.__name__[:100]]
        is_text = is_new and issubclass(kind, str) and kind.__eq__ is str.__eq__ and kind.__hash__ is str.__hash__
        return [*held, str.__str__(value)] if is_text else held

    def _named(self, value: Any) -> list[Any] | None:
        """Return the node of a class or function by the name that the suite, or the student's module, has for it.

        So what a call returns is, for the suite, the very thing that it has imported.
        """
        if type(value) is WrapperDescriptorType:
            is_known = value.__objclass__ is object and value.__name__ in OF_OBJECT
            return [values.NAME, "builtins", f"object.{value.__name__}"] if is_known else None
        if type(value) is FunctionType and "." in value.__qualname__:
            return None  # a method stays itself, whatever the test puts in its place
        module, path = self.asked.get(id(value), ("", ""))
        if module == TEST and self.derived.get(path) is value:
            return [values.NAME, module, path]
        for module, path in (self.asked.get(id(value), ("", "")), (value.__module__, value.__qualname__)):
            found: Any = sys.modules.get(module) if type(module) is str and type(path) is str else None
            for part in path.split(".") if found is not None else ():
                found = vars(found).get(part) if isinstance(found, type | ModuleType) else None
            if found is value and self.importer.is_students(module):
                return [values.NAME, module, path]
        return None

    def handle_of(self, value: Any) -> int:
        """Return an object's handle, a new one if need be."""
        handle = self.handles.get(id(value))
        if handle is None:
            if len(self.objects) >= MAX_HANDLES:
                raise values.ValueRefused(f"more than {MAX_HANDLES} objects are held for one test")
            handle = self.handles[id(value)] = len(self.objects)
            self.objects.append(value)
        return handle

    def _handle_of(self, value: Any) -> int | None:
        """Return an object's handle; None for one that has none, or that the judge may know by its name instead."""
        return None if issubclass(type(value), NAMED) else self.handles.get(id(value))

    def held(self) -> int:
        """Return how many objects are held."""
        return len(self.objects)

    def forget_from(self, handle: int) -> None:
        """Take back the handles from this one on, which the judge was not told of."""
        for value in self.objects[handle:]:
            del self.handles[id(value)]
        del self.objects[handle:]

    def drop(self, handles: list[int]) -> None:
        """Hold no longer what nothing in the judge stands for."""
        for handle in handles:
            del self.handles[id(self.objects[handle])]
            self.objects[handle] = None

    def _error(self, problem: BaseException) -> list[Any] | None:
        """Return the node of an exception; None for one that is met inside itself, or at the end of a long chain."""
        if id(problem) in self.telling or len(self.telling) >= MAX_CHAIN:
            return None
        self.telling.add(id(problem))
        try:
            return error_node(problem, self)
        finally:
            self.telling.discard(id(problem))

    def resolve(self, node: list[Any]) -> Any:
        """Return the object that a node of the judge's names."""
        if node[0] == values.REFERENCE:
            return self.objects[node[1]]
        if node[0] == values.NAME:
            found = self.name(node[1], node[2])
            if len(node) == 4:  # of the library's, which the test has handed over
                self.lent.keep(node[3], found)
            return found
        if node[0] == values.SHARED:
            return self.sharing.receive(node, writable=True)
        if node[0] == values.GIVEN_ERROR:
            return self.lent.error(node, self._built)
        if node[0] == values.LENT:
            return self.lent.receive(node, self._built)
        return self.functions[node[1]]

    def _built(self, node: Any) -> Any:
        return values.build(node, self.resolve, writable=True)

    def name(self, module: str, path: str) -> Any:
        """Return `module.path` (the module itself for an empty path), importing it, or a submodule, if need be."""
        if module == TEST:
            return self.derived[path]
        value: Any = self._module(module.removeprefix(STAR))
        if module.startswith(STAR):
            self.importer.check_given(value, path.partition(".")[0])
        for part in path.split(".") if path else ():
            value = self.importer.attribute(value, part)
        self.asked.setdefault(id(value), (module.removeprefix(STAR), path))
        return value

    def derive(
        self, path: str, name: str, bases: tuple[Any, ...], members: list[list[Any]], named: dict[str, Any]
    ) -> None:
        """Make a class that a test derives from the student's."""
        body: dict[str, Any] = {"__module__": TEST}
        for key, kind, *parts in members:
            body[key] = _MEMBERS[kind](*parts)
        made = self.derived[path] = types.new_class(name, bases, named, lambda namespace: namespace.update(body))
        self.asked[id(made)] = (TEST, path)

    def names(self, wanted: Sequence[Sequence[str]]) -> list[Any]:
        """Return for each (module, path) the list of its value, if that is plain and fixed, shared, or an exception class.

        True for everything else that is there, None for what is not.
        """
        found: list[Any] = []
        for module, path in wanted:
            try:
                value = self.name(module, path)
            except BaseException:
                found.append(None)
                continue
            is_error = issubclass(type(value), type) and issubclass(value, BaseException)
            is_told = is_error or is_fixed(value) or (self.is_sharing and self._is_pinned(value))
            found.append([value] if is_told else True)
        return found

    def _is_pinned(self, value: Any) -> bool:
        """Whether a container is shared for as long as anybody holds it, as what the test has by a name is."""
        held = self.held()
        try:
            return self.sharing.pin(value)
        finally:
            self.forget_from(held)

    def _module(self, name: str) -> Any:
        """Return a module; a name that a test imports as one (`mock.patch("work.time.sleep")`) may be any attribute of one."""
        if name.startswith(LIBRARY):
            return importlib.import_module(name.removeprefix(LIBRARY))
        try:
            return self.importer.module(name)
        except ModuleNotFoundError as problem:
            package, _, last = name.rpartition(".")
            if not package or problem.name != name:
                raise
            found = getattr(self._module(package), last, None)
            if not isinstance(found, ModuleType):
                raise
            return found

    def place(self, module: ModuleType, name: str, value: Any) -> None:
        """Put a value of the test's into one of the student's modules."""
        setattr(module, name, value)
        self.placed[id(module), name] = value

    def is_placed(self, module: ModuleType, name: str) -> bool:
        """Whether what the test has put into a module is still what stands there."""
        return getattr(module, name) is self.placed.get((id(module), name), self)

    def frames(self) -> list[list[Any]]:
        """Return the student's frames, the innermost first, in which something of the test's is being used."""
        return frames_above()

    def forget(self, name: str, is_package: bool) -> None:
        """Have a module imported anew when it is next asked for, or a whole package that no other of the student's uses."""
        self.importer.forget(name, is_package)

    def begin(self, seed: int, is_sharing: bool = True, wanted: Sequence[Sequence[str]] = ()) -> list[Any]:
        """Put chance where a seed says, as the suite's author and the student can both rely on; return what `names` does."""
        self.is_sharing = is_sharing
        seeding.start(seed)
        return self.names(wanted)

    def update(self, changes: list[Any]) -> None:
        """Have shared containers hold what the test has put into them."""
        self.sharing.apply(changes)
        self.sharing.note()

    def prepare(self, setup: Callable[..., Any] | None, batch: list[tuple[Any, ...]], exact_memory: bool) -> None:
        """Make the states of a measured piece: arguments of each call, or what `setup` makes of them."""
        self.states.clear()
        if exact_memory:
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        _allocate(*(EXACT_MEMORY if exact_memory else STEADY_TIME))
        self.states += [inputs if setup is None else (setup(*inputs),) for inputs in batch]
        gc.enable()
        gc.collect()
        gc.disable()

    def repeat(self, function: Callable[..., Any]) -> list[Any]:
        """Do all of a measured piece's work and return the answers."""
        return [function(*state) for state in self.states]

    def count(self, function: Callable[..., Any]) -> list[Any]:
        """Do a measured piece's first call once more, and count what it does."""
        return counted(function, self.states[0])

    def define(self, key: str, source: str, bindings: dict[str, Any], imports: dict[str, list[str]]) -> None:
        """Compile a function that the suite marked `@in_candidate`; its source came from the judge."""
        namespace: dict[str, Any] = {"__name__": "in_candidate", "__builtins__": builtins, **bindings}
        for alias, (module, path) in imports.items():
            value = importlib.import_module(module)
            namespace[alias] = operator.attrgetter(path)(value) if path else value
        code: CodeType = compile(source, f"<in_candidate {key}>", "exec", dont_inherit=True)
        exec(code, namespace)
        self.functions[key] = namespace[key.rpartition(":")[2]]


_MEMBERS: dict[str, Callable[..., Any]] = {
    "value": lambda value: value,
    "static": staticmethod,
    "class": classmethod,
    "property": property,
}


def _allocate(mapped_bytes: int, kept_bytes: int) -> None:
    """Fix how the C library takes memory from the system and gives it back, from here on."""
    library = ctypes.CDLL(None)
    library.mallopt(M_MMAP_THRESHOLD, mapped_bytes)
    library.mallopt(M_TRIM_THRESHOLD, kept_bytes)
