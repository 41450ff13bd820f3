"""Things of the test's that were lent to the student's code: each use of one is asked of the judge. Side: candidate."""

import inspect
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

from grader.wire import values

Build = Callable[[Any], Any]  # what makes a value of a node
Ask = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]

IN_TABLE = 3  # references to a thing that nobody else holds: the table, a local name, the question itself


class Lent:
    """What was lent in one test, the same thing always by the same object."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.lock = threading.RLock()
        self.things: dict[int, Any] = {}
        self.index: dict[int, int] = {}
        self.kinds: dict[tuple[Any, ...], type] = {}

    def receive(self, node: list[Any], build: Build) -> Any:
        """Return what stands for a thing of the test's."""
        index = node[1]
        if index not in self.things:
            made = (
                self._error_class(index, node[2], build)
                if len(node) == 3
                else self._function(*node[1:])
                if len(node) == 4
                else self._object(index, node[2], node[4], *map(build, node[5:]))
            )
            self.keep(index, made)
        return self.things[index]

    def error(self, node: list[Any], build: Build) -> BaseException:
        """Return an exception that the test hands over: one of Python's, or one of its own, of a class that is like its own."""
        nearest, args = build([values.TYPE, node[1]]), build(node[2])
        if len(node) == 3:
            made: BaseException = nearest(*args)
            return made
        problem: BaseException = nearest.__new__(build(node[4]), *args)
        nearest.__init__(problem, *args)
        self.keep(node[3], problem)
        return problem

    def _error_class(self, index: int, told: list[Any], build: Build) -> type:
        name, is_bare, *bases = told

        def refused(_cls: type, *args: Any, **named: Any) -> Any:
            return self.ask(index, "()", (), {})

        own = {} if is_bare else {"__new__": refused}
        return type(name, tuple(map(build, bases)), {"__module__": "test", **own})

    def keep(self, index: int, thing: Any) -> None:
        """Know a thing by its index from now on."""
        self.things[index] = thing
        self.index[id(thing)] = index

    def release(self, indices: list[int]) -> list[int]:
        """Give up those of the things that the student's code does not hold, and return which."""
        released = []
        for index in indices:
            thing = self.things[index]
            if sys.getrefcount(thing) <= IN_TABLE:
                del self.things[index], self.index[id(thing)]
                released.append(index)
        return released

    def node_of(self, value: Any) -> list[Any] | None:
        """Return the node by which the judge gets its own thing back, or None for anything that is not lent."""
        index = self.index.get(id(value))
        return None if index is None else [values.LENT, index]

    def _function(self, index: int, name: str, told: list[Any]) -> Callable[..., Any]:
        parameters, docstring, is_coroutine = told

        def plain(*args: Any, **named: Any) -> Any:
            return self.ask(index, "()", args, named)

        async def awaited(*args: Any, **named: Any) -> Any:
            return await self.ask(index, "()", args, named)

        lent: Any = awaited if is_coroutine else plain
        lent.__name__ = lent.__qualname__ = name
        lent.__module__ = "test"
        lent.__doc__ = docstring
        if parameters is not None:
            empty = inspect.Parameter.empty
            made = [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=None if has_default else empty)
                for name, kind, has_default in parameters
            ]
            lent.__signature__ = inspect.Signature(made)
        made_function: Callable[..., Any] = lent
        return made_function

    def _object(self, index: int, name: str, special: list[str], *like: type) -> Any:
        if name == "coroutine" and special == ["__await__"]:
            return _coroutine(lambda: self.ask(index, "__await__", (), {}))
        key = (name, tuple(special), *like)
        if key not in self.kinds:
            body: dict[str, Any] = {each: _asking(each) for each in special}
            body |= {"__class__": property(lambda _self: like[0])} if like else {}  # of a mock that is to look like one
            self.kinds[key] = type(name, (_Thing,), body)
        thing: Any = object.__new__(self.kinds[key])
        vars(thing)["_assay_use"] = lambda what, args, named: self.ask(index, what, args, named)
        return thing


class _Thing:
    """An object of the test's own: its attributes are asked for."""

    def __getattr__(self, name: str) -> Any:
        if not name[:1].isalpha():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return vars(self)["_assay_use"]("getattr", (name,), {})

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)["_assay_use"]("setattr", (name, value), {})


async def _coroutine(run: Callable[[], Any]) -> Any:
    """Be a coroutine of the test's, which is run there when it is awaited."""
    return run()


def _asking(name: str) -> Callable[..., Any]:
    if name == "__await__":
        return _await

    def ask(self: Any, *args: Any, **named: Any) -> Any:
        sent = args if name != "__exit__" else args[1:2]
        return vars(self)["_assay_use"](name, sent, named)

    return ask


def _await(self: Any) -> Generator[Any, None, Any]:
    yield from ()  # all of it is run at once
    return vars(self)["_assay_use"]("__await__", (), {})
