"""One test's process: answers the judge's requests about the student's objects, one at a time, until it hangs up. Side: candidate.

A request is a frame [call id, operation, argument ...]; the reply is [call id, status, ...]. The call id is echoed and not
known beforehand. Objects that do not cross by value stay in `Session.objects` and travel as handles.
"""

import builtins
import ctypes
import gc
import importlib
import io
import operator
import os
import random
import resource
import socket
import sys
import traceback
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, NoReturn

import msgpack
import numpy as np

from grader.candidate.importing import SUBMISSION, Importer
from grader.candidate.tracing import counted
from grader.wire import values
from grader.wire.messages import MAX_HANDLES, OK, RAISED, REFUSED, ForkTest

MAX_MESSAGE_CHARACTERS = 4000
MAX_FRAMES = 12
MAX_TYPE_NAMES = 32
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
#: Bytes from which a block is a mapping of its own, and bytes at the heap's end that go back to the system. For a peak, large
#: blocks are given back at once. For a time, everything is kept that can be: left to itself the allocator settles, by chance
#: and for a process's whole life, on having the kernel zero a block of some megabytes anew at every call, or on never.
EXACT_MEMORY, STEADY_TIME = (64 << 10, 64 << 10), (32 << 20, 2**31 - 1)
STREAMS: list[io.TextIOWrapper] = []  # output, error and input: opened once, and the same in every child
SESSION_OPERATIONS = ("begin", "define", "name", "prepare", "repeat", "count")


class Session:
    """The state of one test: handles of the student's objects, and the functions the suite has shipped."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.objects: list[Any] = []
        self.handles: dict[int, int] = {}
        self.functions: dict[str, Callable[..., Any]] = {}
        self.states: list[tuple[Any, ...]] = []

    def hold(self, value: Any) -> list[Any]:
        """Return the node of an object held here: the same object always gets the same handle."""
        handle = self.handles.get(id(value))
        if handle is None:
            if len(self.objects) >= MAX_HANDLES:
                raise values.ValueRefused(f"more than {MAX_HANDLES} objects are held for one test")
            handle = len(self.objects)
            self.objects.append(value)
            self.handles[id(value)] = handle
        return [values.REFERENCE, handle, type(value).__name__[:100]]

    def resolve(self, node: list[Any]) -> Any:
        """Return the object that a node of the judge's names."""
        if node[0] == values.REFERENCE:
            return self.objects[node[1]]
        if node[0] == values.NAME:
            return self.name(node[1], node[2])
        return self.functions[node[1]]

    def name(self, module: str, path: str) -> Any:
        """Return `module.path` (the module itself for an empty path), importing it, or a submodule, if need be."""
        value: Any = self.importer.module(module)
        for part in path.split(".") if path else ():
            try:
                value = getattr(value, part)
            except AttributeError:
                if not isinstance(value, ModuleType) or not hasattr(value, "__path__"):
                    raise
                value = self._submodule(value.__name__, part)
        return value

    def _submodule(self, package: str, part: str) -> ModuleType:
        try:
            return self.importer.module(f"{package}.{part}")
        except ModuleNotFoundError as problem:
            if problem.name != f"{package}.{part}":
                raise
            raise AttributeError(f"module {package!r} has no attribute {part!r}") from None

    def begin(self, seed: int) -> None:
        """Seed the global generators, as the suite's author and the student can both rely on."""
        random.seed(seed)
        np.random.seed(seed % 2**32)

    def prepare(self, setup: Callable[..., Any] | None, batch: list[tuple[Any, ...]], exact_memory: bool) -> None:
        """Make the states of a measured piece: arguments of each call, or what `setup` makes of them."""
        self.states.clear()
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


def _allocate(mapped_bytes: int, kept_bytes: int) -> None:
    """Fix how the C library takes memory from the system and gives it back, from here on."""
    library = ctypes.CDLL(None)
    library.mallopt(M_MMAP_THRESHOLD, mapped_bytes)
    library.mallopt(M_TRIM_THRESHOLD, kept_bytes)


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


def _exit(manager: Any, error: type | None) -> Any:
    problem = error("raised in the test") if error is not None else None
    return type(manager).__exit__(manager, error, problem, None)


#: What the judge may ask for, by name, besides SESSION_OPERATIONS.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "len": len,
    "iter": iter,
    "next": next,
    "repr": repr,
    "str": str,
    "format": format,
    "int": int,
    "float": float,
    "complex": complex,
    "index": operator.index,
    "round": round,
    "abs": abs,
    "dir": dir,
    "hash": hash,
    "callable": callable,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": _exit,
    "divmod": divmod,
    **{
        name: getattr(operator, name)
        for name in (
            "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift lt le gt ge iadd isub imul itruediv "
            "ifloordiv imod ipow imatmul iand ior ixor ilshift irshift neg pos invert"
        ).split()
    },
}


def open_standard_streams() -> None:
    """Open this process's text streams, unbuffered and in UTF-8, on its descriptors, with an empty input."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    written = [io.FileIO(fd, "w", closefd=False) for fd in (1, 2)]
    STREAMS[:] = [io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True) for raw in written]
    STREAMS.append(io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8"))


def use_standard_streams() -> None:
    """Put the streams back in place, whatever an import has done with them."""
    if any(stream.closed for stream in STREAMS):
        open_standard_streams()
    sys.stdout, sys.stderr, sys.stdin = STREAMS
    for name, stream in zip(("__stdout__", "__stderr__", "__stdin__"), STREAMS, strict=True):
        setattr(sys, name, stream)  # typeshed calls them final


def serve(channel: socket.socket, output: int, importer: Importer, settings: ForkTest) -> NoReturn:
    """Answer requests on `channel` until the judge closes it; `output` becomes standard output and error."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    use_standard_streams()
    os.chdir("/tmp")
    for name, soft, hard in settings.test_limits:
        resource.setrlimit(name, (soft, hard))
    session = Session(importer)
    max_bytes = settings.frame_bytes
    while True:
        body = _read_frame(channel)
        if body is None:
            os._exit(0)
        channel.sendall(_answer(session, body, max_bytes))


def _answer(session: Session, body: bytes, max_bytes: int) -> bytes:
    """Return the reply frame to one request."""
    call_id = 0
    try:
        call_id, name, *args = values.decode_trusted(body, session.resolve)
        handler = getattr(session, name) if name in SESSION_OPERATIONS else OPERATIONS[name]
        reply = [call_id, OK, handler(*args)]
        frame = values.encode(reply, session.hold, max_bytes)
    except values.ValueRefused as problem:
        frame = values.encode([call_id, REFUSED, str(problem)[:MAX_MESSAGE_CHARACTERS]], session.hold, max_bytes)
    except BaseException as problem:
        if not call_id:
            call_id = _call_id(body)
        frame = values.encode([call_id, RAISED, *_describe(problem)], session.hold, max_bytes)
    return values.FRAME_HEADER.pack(len(frame)) + frame


def _call_id(body: bytes) -> Any:
    """Return the call id of a request whose arguments could not be resolved (a name whose import failed, say)."""
    node = msgpack.unpackb(body, unicode_errors="surrogatepass")
    return node[1]


def _describe(problem: BaseException) -> list[Any]:
    """Return an exception as plain values: its types, its message, and the frames in the student's own files."""
    names = [f"{cls.__module__}.{cls.__qualname__}"[:200] for cls in type(problem).__mro__[:MAX_TYPE_NAMES]]
    try:
        message = str(problem)[:MAX_MESSAGE_CHARACTERS]
    except BaseException:
        message = "(the exception's message could not be read)"
    frames = []
    try:
        stack = traceback.extract_tb(problem.__traceback__)
        frames = [
            [entry.filename.removeprefix(SUBMISSION + "/"), entry.lineno or 0, entry.name, (entry.line or "")[:200]]
            for entry in stack
            if entry.filename.startswith(SUBMISSION + "/")
        ][-MAX_FRAMES:]
        if isinstance(problem, SyntaxError) and str(problem.filename).startswith(SUBMISSION + "/"):
            text = (problem.text or "").strip()[:200]
            frames.append([str(problem.filename).removeprefix(SUBMISSION + "/"), problem.lineno or 0, "(syntax)", text])
    except BaseException:
        frames = []
    return [names, message, frames]


def _read_frame(channel: socket.socket) -> bytes | None:
    """Return the next request's body, or None when the judge has closed the channel."""
    header = _read(channel, values.FRAME_HEADER.size)
    return None if header is None else _read(channel, values.FRAME_HEADER.unpack(header)[0])


def _read(channel: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = channel.recv(min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
