"""What a test can meet instead of a value: what the student raised, its process's end, a wrong use by the test. Side: judge.

An exception that the student's code raised is the class that it is there: a built-in one, one of the library's, or a class
that stands for the student's own, with the bases, the arguments, the cause and the notes that it has there.
"""

import builtins
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.verdict import Verdict
from grader.wire import values

RAISED_CHARACTERS, FRAMES, NAMES, NOTES = 20_000, 50, 32, 50


class RemoteMisuse(BaseException):
    """A test asked a remote object for something that only a value can answer; the student may have caused it.

    Not an Exception: a test that expects one of the student's code must not be satisfied by a refusal of ours. Whoever
    raises one has it remembered by the connection, so that a test that catches everything does not pass either.
    """


class SuiteMisuse(RemoteMisuse):
    """A test did what no answer of the student's can make right or wrong: the suite is at fault, and no student's verdict."""


class AlwaysMisuse(SuiteMisuse):
    """The same, whatever stands in the place of what came back."""


class CandidateEnded(BaseException):
    """The test's process can answer no more; `verdict` says how it ended. Not an Exception: no test may swallow it."""

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict


class OverBudget(BaseException):
    """The answers are right, and the cost is over the budget; carries the part of the points that is left.

    Not an Exception, and remembered by its `measure`, as all that a measurement ends with on our side.
    """

    verdict = Verdict.OVER_BUDGET

    def __init__(self, message: str, credit: float) -> None:
        super().__init__(message)
        self.credit = credit


class YardstickEnded(BaseException):
    """A budget's yardstick ended before it answered: no verdict at all, whatever the test makes of it."""


@dataclass(frozen=True)
class Raised:
    """What is known of an exception of the student's besides what a test can see of it."""

    connection: Any
    handle: int
    type_name: str
    message: str
    frames: list[tuple[str, int, str, str]]  # file, line, function and code, in the student's own files


def raised(problem: object) -> Raised | None:
    """Return what is known of an exception that came from the student's code, or None for any other."""
    if not isinstance(problem, BaseException):
        return None
    known = vars(problem).get("_assay_raised")
    return known if type(known) is Raised else None


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return raised(instance) is not None


class CandidateRaised(metaclass=_Kind):
    """Whatever the student's code raised is an instance of this, besides being what it is; to be asked with isinstance only.

    No exception class itself: `except` and `contextlib.suppress` look at bases alone, and would let everything through.
    """


class Interrupted(BaseException):
    """Stands for a KeyboardInterrupt of the student's, which would end pytest."""

    def __init__(self, problem: BaseException) -> None:
        vars(self)["_assay_raised"] = raised(problem)


_mro_of, _bases_of = vars(type)["__mro__"].__get__, vars(type)["__bases__"].__get__


def _without_ours(kinds: tuple[type, ...]) -> tuple[type, ...]:
    return tuple(kind for kind in kinds if kind is not _StudentError)


class StudentErrorClass(type):
    """The class of those classes that stand for exception classes of the student's; calling one makes the student's."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **named: Any) -> "StudentErrorClass":
        """Return a class of ours; raises SuiteMisuse for one that a test derives from such a class."""
        if "_assay_connection" not in body:
            raise SuiteMisuse(f"{name} is derived from an exception class of the student's; make it @in_candidate")
        return super().__new__(cls, name, bases, body, **named)

    __mro__ = property(lambda cls: _without_ours(_mro_of(cls)))
    __bases__ = property(lambda cls: _without_ours(_bases_of(cls)))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return vars(cls)["_assay_connection"].request("call", cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_assay") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return vars(cls)["_assay_connection"].request("getattr", cls, name)


class _StudentError:
    """What the instances of a student's exception class answer themselves; everything else the candidate is asked for."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        known = raised(self)
        if known is None or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return known.connection.request("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        known = raised(self)
        if known is None or name.startswith("_assay") or (name.startswith("__") and name.endswith("__")):
            object.__setattr__(self, name, value)
        else:
            known.connection.request("setattr", self, name, value)

    def __str__(self) -> str:
        known = raised(self)
        return known.message if known is not None else ""

    def __repr__(self) -> str:
        known = raised(self)
        return str(known.connection.request("repr", self)) if known is not None else type(self).__name__


_BUILT_IN = {
    f"builtins.{name}": value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and not name.startswith("_")
}
#: Modules whose exceptions mean something to pytest; what a student raises never is one of them.
NEVER_REAL = {"unittest", "bdb", "doctest", "_pytest", "pytest"}  # and what the student's packages are called


def _real_class(name: str) -> type[BaseException] | None:
    """Return Python's, its library's or NumPy's exception class of that name, if this process has it; nothing is imported."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    module, _, path = name.rpartition(".")
    top = module.partition(".")[0]
    if top in NEVER_REAL or (top not in sys.stdlib_module_names and top != "numpy"):
        return None
    kind = vars(sys.modules[module]).get(path) if module in sys.modules else None
    if not isinstance(kind, type) or not issubclass(kind, Exception) or kind.__module__.partition(".")[0] != top:
        return None
    makes_itself = any("__new__" in vars(base) for base in kind.__mro__ if base.__module__ != "builtins")
    return None if makes_itself else kind


def read_class(connection: Any, node: list[Any]) -> type:
    """Return what stands for an exception class of the candidate's that is met for the first time."""
    if list(map(type, node)) != [int, int, str, list, list] or not node[3]:
        raise values.ProtocolError("an exception class that is none")
    _tag, handle, name, names, parents = node
    if any(type(name) is not str for name in names):
        raise values.ProtocolError("an exception class that is none")
    bases = [values.build(parent, connection.resolve) for parent in parents]
    if connection.checked(handle) != len(connection.proxies):
        raise values.ProtocolError("an exception class that is there already")
    kind = make_class(connection, handle, name, names, bases)
    connection.proxies.keep(kind)
    return kind


def read_error(connection: Any, node: list[Any]) -> BaseException:
    """Return the exception that a node tells of: the one that it was before, or a new one."""
    if len(node) != 11 or type(node[5]) is not str or type(node[9]) is not bool or type(node[10]) is not list:
        raise values.ProtocolError("an exception that is none")
    kind, args, state = [values.build(part, connection.resolve) for part in node[2:5]]
    cause, context = [values.build(part, connection.resolve) for part in node[7:9]]
    is_chain = all(linked is None or isinstance(linked, BaseException) for linked in (cause, context))
    if type(args) is not tuple or type(state) is not dict or not is_chain:
        raise values.ProtocolError("an exception that is none")
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        raise values.ProtocolError("an exception of a class that is none")
    message, frames = node[5][:RAISED_CHARACTERS], checked_frames(node[6])
    handle = connection.checked(node[1])
    if handle < len(connection.proxies):
        problem: BaseException = connection.proxies[handle]
        if raised(problem) is None:
            raise values.ProtocolError("an exception under the handle of another thing")
    else:
        problem = make_error(kind, args, state, message)
        connection.proxies.keep(problem)
    shown = kind.__name__[:80]
    vars(problem)["_assay_raised"] = Raised(connection, handle, shown, message, frames)
    problem.__cause__, problem.__context__ = cause, context if context is not None else cause
    problem.__suppress_context__ = node[9]
    if node[10] and all(type(note) is str for note in node[10]):
        vars(problem)["__notes__"] = node[10][:NOTES]
    return problem


def make_class(connection: Any, handle: int, name: str, names: Sequence[str], parents: Sequence[Any]) -> type:
    """Return the class that stands for an exception class of the candidate's, or is it.

    names: its method resolution order, as the candidate reports it; its bases here are those of the student's in
    `parents`, and the one or two most derived real classes among `names`.
    """
    real = _real_class(names[0])
    if real is not None:
        return real
    bases = [kind for kind in dict.fromkeys(parents) if isinstance(kind, StudentErrorClass)][:4]
    roots: list[type] = []
    for kind in filter(None, map(_real_class, names[:NAMES])):
        if kind is not object and len(roots) < 2 and not any(issubclass(base, kind) for base in [*bases, *roots]):
            roots.append(kind)
    shown = name if name.isidentifier() else "StudentException"
    body = {"_assay_connection": connection, "_assay_handle": handle, "__module__": names[0].rpartition(".")[0]}
    for chosen in ([*bases, *roots], [*bases[:1], *roots[:1]], bases[:1], roots[:1], [Exception]):
        if chosen:
            own = () if any(isinstance(kind, StudentErrorClass) for kind in chosen) else (_StudentError,)
            with contextlib.suppress(TypeError):  # types whose layouts or orders cannot be joined
                return StudentErrorClass(shown, (*own, *chosen), dict(body))
    raise values.ProtocolError("an exception class that is none")


def make_error(kind: type, args: tuple[Any, ...], state: dict[Any, Any], message: str) -> BaseException:
    """Return an exception of a class, with these arguments and attributes; no code but Python's own runs."""
    problem = _filled(kind, args, state)
    if problem is None:  # a group whose parts could not be told of
        kind = type(kind.__name__, (Exception,), {})
        problem = _filled(kind, args, state)
    if problem is not None and not isinstance(kind, StudentErrorClass) and not _says(problem, message):
        body = {"__str__": lambda _problem: message, "__module__": kind.__module__}
        problem = _filled(type(kind.__name__, (kind,), body), args, state)
    if problem is None:
        raise values.ProtocolError("an exception that cannot be made")
    return problem


def _filled(kind: type, args: tuple[Any, ...], state: dict[Any, Any]) -> BaseException | None:
    problem = _instance(kind, args)
    if problem is None:
        return None
    for name, value in state.items():
        if type(name) is not str or name.startswith(("_assay", "__")) or hasattr(BaseException, name):
            continue  # what we, or whoever raises it, would find in the place of Python's own
        if name in values.ERROR_SLOTS:
            with contextlib.suppress(TypeError, AttributeError, ValueError, OverflowError):
                BaseException.__setattr__(problem, name, value)
        elif not isinstance(kind, StudentErrorClass):
            vars(problem)[name] = value
    return problem


def _instance(kind: type, args: tuple[Any, ...]) -> BaseException | None:
    real: Any = next(base for base in kind.__mro__ if base.__module__ == "builtins" and issubclass(base, BaseException))
    for given, is_begun in ((args, True), ((), True), ((), False)):
        with contextlib.suppress(Exception):
            problem: BaseException = real.__new__(kind, *given)
            if is_begun:
                real.__init__(problem, *given)
            problem.args = args
            return problem
    return None


def _says(problem: BaseException, message: str) -> bool:
    try:
        return str(problem)[:RAISED_CHARACTERS] == message
    except Exception:
        return False


def checked_frames(frames: Any) -> list[tuple[str, int, str, str]]:
    """Return the frames of a traceback as the candidate tells them; raises ProtocolError for anything else."""
    if type(frames) is not list or any(
        type(f) is not list or list(map(type, f)) != [str, int, str, str] for f in frames
    ):
        raise values.ProtocolError("a traceback that is none")
    return [(file[:200], line, function[:200], code[:500]) for file, line, function, code in frames[-FRAMES:]]
