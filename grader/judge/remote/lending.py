"""Things of the test's own that its student's code may use: lent, and called back over the socket. Side: judge.

A function, an iterator or an object of the test's stays here; the candidate gets something that asks. It may call what was
lent to it, read and set attributes whose names begin with a letter, and use the special methods of a closed list. What
crosses by that is what crosses by any call; nothing that hangs on a function (its globals, its closure) can be reached.
"""

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from _pytest.compat import NotSetType

from grader.errors import GraderError
from grader.interpreter.namesakes import LIBRARY
from grader.judge.connection import Connection
from grader.judge.exceptions import SuiteMisuse, raised
from grader.judge.process import numbers, patches
from grader.judge.remote.asking.awaiting import run_to_end
from grader.wire import values
from grader.wire.messages import OK, RAISED

#: Special methods that the candidate may use of an object whose class has its own.
SPECIAL = frozenset(
    (
        "__call__ __len__ __iter__ __next__ __reversed__ __getitem__ __setitem__ __delitem__ __contains__ __enter__ __exit__ "
        "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __bool__ __str__ __repr__ __format__ __int__ __float__ __index__ "
        "__neg__ __pos__ __abs__ __invert__ __round__ __add__ __radd__ __iadd__ __sub__ __rsub__ __mul__ __rmul__ "
        "__truediv__ __rtruediv__ __floordiv__ __rfloordiv__ __mod__ __rmod__ __pow__ __rpow__ __matmul__ __and__ __or__ "
        "__xor__ __divmod__ __get__ __set__ __delete__ __await__ __init__"
    ).split()
)
OF_A_GENERATOR = ("send", "throw", "close")  # attributes of one that are lent, and no others
#: Modules whose objects are the judge's tools, and no part of a test.
NOT_LENT = frozenset(("grader", "pytest", "_pytest", "pluggy", "asserts", "arrays", "marks"))
MOST_OF_A_DOCSTRING = 2_000  # characters
_FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
SHARED_MODULES = sys.stdlib_module_names | {"numpy"}


def library_node(value: Any) -> list[Any] | None:
    """Return the node of a function or class that Python's library or NumPy has on both sides under one name."""
    module: Any
    path: Any
    value = numbers.as_python_has_it(value)
    if isinstance(value, np.ufunc):
        module, path = "numpy", value.__name__
    else:
        module, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if isinstance(
            value, types.MethodDescriptorType | types.WrapperDescriptorType | types.ClassMethodDescriptorType
        ):
            module = value.__objclass__.__module__
    if not isinstance(module, str) or not isinstance(path, str) or module.partition(".")[0] not in SHARED_MODULES:
        return None
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is not value and patches.stood(module, path) is value:  # until the test has put its own there
        found = value
    if found is not value and module == "builtins" and isinstance(value, type):  # such as a generator's class
        module, found = "types", value
        path = next((name for name, known in vars(types).items() if known is value), None)
    return [values.NAME, LIBRARY + module, path] if found is value and path is not None else None


def named(connection: Connection, value: Any) -> list[Any] | None:
    """Return the node of something of the library's that the test hands over: on its way back it is the very same.

    The candidate may not ask the judge to use it.
    """
    node = library_node(value)
    if node is None:
        return None
    if id(value) not in connection.lent_index:
        connection.lent_index[id(value)] = len(connection.lent)
        connection.loans.only_named.add(len(connection.lent))
        connection.lent.append(value)
    return [*node, connection.lent_index[id(value)]]


def lend(connection: Connection, value: Any) -> list[Any] | None:
    """Return the node by which the candidate may use something of the test's; None for what is not lent."""
    index = connection.lent_index.get(id(value))
    if index is not None:
        return [values.LENT, index]
    kind = type(value)
    if isinstance(value, type | types.ModuleType | types.FrameType | types.CodeType | types.TracebackType):
        return None
    if (
        kind.__module__.partition(".")[0] in NOT_LENT and kind is not NotSetType
    ):  # by which monkeypatch asks for a default
        return None
    index = len(connection.lent)
    connection.lent.append(value)
    connection.lent_index[id(value)] = index
    connection.loans.watch(index, value)
    connection.perform = perform
    if issubclass(kind, (*_FUNCTIONS, functools.partial)):  # its real class: a mock may say that it is a function
        told = [_signature(value), _docstring(value), inspect.iscoroutinefunction(value)]
        return [values.LENT, index, getattr(value, "__name__", "function"), told]
    own = [name for name in sorted(SPECIAL) if _has_own(kind, name)]
    spec = vars(value).get("_spec_class") if kind.__module__ == "unittest.mock" else None
    like = connection.refer(connection, spec) if hasattr(type(spec), "_assay_shown") else None
    return [values.LENT, index, kind.__name__, None, own, *([] if like is None else [like])]


def lend_error(connection: Connection, problem: BaseException) -> list[Any]:
    """Return the node of an exception of the test's own, which the candidate may raise back: there it is of a like class.

    An assertion's text may say what the test expects: it stays here, as everything does of what is pytest's or ours.
    """
    if id(problem) in connection.lent_index:
        return [values.LENT, connection.lent_index[id(problem)]]
    kind = type(problem)
    nearest = next(base for base in kind.__mro__ if base in values.TYPE_NAMES)
    if kind.__module__.partition(".")[0] in NOT_LENT:
        return [values.GIVEN_ERROR, values.TYPE_NAMES[nearest], [values.TUPLE, "raised in the test"]]
    args = () if isinstance(problem, AssertionError) else problem.args
    try:
        made = values.node(args, lambda part: connection.refer(connection, part), connection.frame_bytes)
    except values.ValueRefused:
        made = [values.TUPLE]
    like = _error_class(connection, kind)
    connection.lent_index[id(problem)] = len(connection.lent)
    connection.lent.append(problem)
    return [values.GIVEN_ERROR, values.TYPE_NAMES[nearest], made, len(connection.lent) - 1, like]


def lend_error_class(connection: Connection, kind: type[BaseException]) -> list[Any] | None:
    """Return the node of an exception class of the test's own; None for one that is pytest's or ours."""
    return None if kind.__module__.partition(".")[0] in NOT_LENT else _error_class(connection, kind)


def _error_class(connection: Connection, kind: type) -> list[Any]:
    """Return the node of a class that has the name and the bases of one of the test's, and nothing else of it."""
    if kind in values.TYPE_NAMES:
        return [values.TYPE, values.TYPE_NAMES[kind]]
    known = library_node(kind)
    if known is not None:
        return known
    bases = [_error_class(connection, base) for base in kind.__bases__]
    if id(kind) not in connection.lent_index:
        connection.lent_index[id(kind)] = len(connection.lent)
        connection.lent.append(kind)
        connection.perform = perform
    return [values.LENT, connection.lent_index[id(kind)], [kind.__name__, not _has_members(kind), *bases]]


def _has_members(kind: type) -> bool:
    """Whether a class has methods or attributes: one that is made of it elsewhere is another."""
    return any(
        not name.startswith("__") or name in ("__init__", "__new__", "__str__", "__repr__") for name in vars(kind)
    )


def _signature(function: Callable[..., Any]) -> list[Any] | None:
    """Return name, kind and whether there is a default of each parameter: raw, since no value is among them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[each.name, int(each.kind), each.default is not each.empty] for each in parameters]


def _docstring(function: Any) -> str | None:
    """Return what a decorator of the student's copies besides the name."""
    text = getattr(function, "__doc__", None)
    return text[:MOST_OF_A_DOCSTRING] if isinstance(function, types.FunctionType) and type(text) is str else None


def perform(connection: Connection, index: Any, name: Any, args: Any, named: Any) -> tuple[int, Any]:
    """Do what the candidate asks for of something that was lent to it; return status and value of the answer.

    Raises ProtocolError for what no honest candidate asks, and whatever ends a test: a wrong use, pytest's own outcomes.
    """
    if not connection.loans.is_lent(connection.lent, index) or type(name) is not str:
        raise values.ProtocolError("a use of a thing that was never lent")
    target = connection.lent[index]
    if (
        type(args) is not tuple
        or type(named) is not tuple
        or isinstance(target, BaseException)
        or index in connection.loans.only_named
    ):
        raise values.ProtocolError("a use of what was lent that is none")
    if isinstance(target, type) and (name != "()" or not _has_members(target)):
        raise values.ProtocolError("a use of an exception class that is none")
    if isinstance(target, type):
        sentence = (
            f"{target.__name__} has methods of its own, and the student's code makes one; make the class @in_candidate"
        )
        raise connection.refuse(SuiteMisuse(sentence))
    try:
        return OK, _use(target, name, args, named)
    except values.ProtocolError:
        raise
    except BaseException as problem:
        if isinstance(problem, GraderError) or not (isinstance(problem, Exception) or raised(problem)):
            raise
        return RAISED, problem if raised(problem) else values.Raw(lend_error(connection, problem))


def _use(target: Any, name: str, args: tuple[Any, ...], named: tuple[Any, ...]) -> Any:
    is_function = issubclass(type(target), _FUNCTIONS)
    if name == "()":
        return target(*args, **dict(named))
    if name in ("getattr", "setattr") and not is_function:
        return _attribute(target, name, args)
    if name not in SPECIAL or is_function or not _has_own(type(target), name):
        raise values.ProtocolError("a special method that is not lent")
    if name == "__await__":
        return run_to_end(target)
    bound = _bound(target, name)
    if name == "__exit__" and len(args) == 1:
        return bound(None if args[0] is None else type(args[0]), args[0], None)
    return bound(*args, **dict(named))


def _has_own(kind: type, name: str) -> bool:
    """Whether a class has a special method that is not `object`'s; a mock is not asked, which would keep that as a call."""
    found = (vars(base)[name] for base in kind.__mro__ if base is not object and name in vars(base))
    return next(found, None) is not None


def _bound(target: Any, name: str) -> Any:
    """Return a special method as Python would call it: found in the class, and bound if it can be, as a mock's cannot."""
    found = next(vars(kind)[name] for kind in type(target).__mro__ if name in vars(kind))
    return found.__get__(target, type(target)) if hasattr(type(found), "__get__") else found


def _attribute(target: Any, name: str, args: tuple[Any, ...]) -> Any:
    is_generator = isinstance(target, types.GeneratorType)
    if (
        not args
        or type(args[0]) is not str
        or not (args[0] in OF_A_GENERATOR if is_generator else args[0][:1].isalpha())
    ):
        raise AttributeError("this is no attribute that is lent")
    if is_generator and args[0] == "throw":
        return lambda kind, error=None, *_trace: target.throw(kind if error is None else error)
    if name == "getattr" and len(args) == 1:
        return getattr(target, args[0])
    if name == "setattr" and len(args) == 2:
        return setattr(target, args[0], args[1])
    raise values.ProtocolError("an attribute without a name")
