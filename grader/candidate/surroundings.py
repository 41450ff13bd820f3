"""What a test sets in the student's process (Python's functions, streams, environment), and what is said there. Side: candidate."""

import decimal
import io
import os
import random
import runpy
import sys
import warnings
from importlib import import_module  # which a test may patch
from typing import Any

from grader.candidate import importing
from grader.interpreter.seeding import VERSION, words_between

AT_FIRST = dict(os.environ)  # before anything of the student's was imported
GONE: Any = object()  # what stands under a name that is not there


class Surroundings:
    """One test's changes of Python's own modules, and what is heard while it listens."""

    def __init__(self) -> None:
        self.originals: dict[tuple[str, str], Any] = {}
        self.heard_streams: list[io.StringIO] = []
        self.streams: tuple[Any, Any] = (None, None)
        self.warned: list[tuple[Warning, str, int]] = []
        self.recorder: Any = None
        self.own_filters: list[Any] | None = None
        self.variables = dict(AT_FIRST)  # as the test has set them
        self.stood: Any = None  # the generator of `random`, when both sides last knew

    def replace(self, place: str, name: str, is_other: bool, value: Any) -> None:
        """Put something in the place of a name of Python's own, or what stood there at first.

        place: a module, a class in one ("pathlib:Path"), or the dictionary of modules.
        """
        module, _, path = place.partition(":")
        where: Any = import_module(module)
        for part in path.split(".") if path else ():
            where = getattr(where, part)
        is_dict = isinstance(where, dict)
        original = self.originals.setdefault((place, name), (where if is_dict else vars(where)).get(name, GONE))
        put = value if is_other else original
        if is_dict:
            where.pop(name, None)
            where |= {} if put is GONE else {name: put}
        elif put is not GONE:
            setattr(where, name, put)
        elif name in vars(where):
            delattr(where, name)

    def environ(self, changed: dict[str, str | None]) -> None:
        """Set and remove variables of the environment."""
        for name, value in changed.items():
            if value is None:
                os.environ.pop(name, None)
                self.variables.pop(name, None)
            else:
                os.environ[name] = self.variables[name] = value

    def variable(self, name: str) -> list[str | None] | None:
        """Return, in a list, what the student's code has made of a variable; None if it is as it was."""
        now = os.environ.get(name)
        return None if now == self.variables.get(name) else [now]

    def hear(self, is_heard: bool) -> None:
        """Keep what is printed and warned of, instead of printing it; or no longer."""
        if is_heard and not self.heard_streams:
            self.streams = (sys.stdout, sys.stderr)
            self.heard_streams = [io.StringIO(), io.StringIO()]
            sys.stdout, sys.stderr = self.heard_streams
            self.recorder = warnings.catch_warnings()
            self.recorder.__enter__()
            warnings.simplefilter("always")
            warnings.showwarning = self._warn
        elif not is_heard and self.heard_streams:
            sys.stdout, sys.stderr = self.streams
            self.heard_streams = []
            self.recorder.__exit__(None, None, None)

    def filters(self, added: list[list[Any]]) -> None:
        """Treat warnings as the test has said, each with what, a pattern of the text and a category."""
        if self.own_filters is None:
            self.own_filters = list(warnings.filters)
        with warnings.catch_warnings():  # which has them all looked at anew
            pass
        warnings.filters[:] = self.own_filters  # type: ignore[index]
        for action, pattern, category in reversed(added):
            warnings.filterwarnings(action, pattern, category)

    def chance(self, words: list[int], pending: float | None) -> None:
        """Have the generator of `random` stand where the test's does."""
        random.setstate((VERSION, tuple(words), pending))
        self.stood = random.getstate()

    def drawn(self) -> int:
        """Return how many words have been drawn from it since; -1 if it has been seeded, or drawn from for very long."""
        stood, self.stood = self.stood, random.getstate()
        return words_between(stood[1], self.stood[1]) if stood is not None else 0

    def decimals(self, digits: int, rounding: str) -> None:
        """Compute decimals as the test has said."""
        context = decimal.getcontext()
        context.prec, context.rounding = digits, rounding

    def recursion(self, depth: int) -> None:
        """Let calls be as deep in each other as the test has said."""
        sys.setrecursionlimit(depth)

    def _warn(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *_rest: Any, **_named: Any
    ) -> None:
        """Keep a warning and which line of the student's it is about, or that it is about who called them."""
        if isinstance(message, Warning):
            is_students = filename.startswith(f"{importing.SUBMISSION}/")
            self.warned.append((message, filename if is_students else "", lineno if is_students else 0))

    def heard(self) -> list[Any]:
        """Return what was printed to output and error, and the warnings, since the last time."""
        texts: list[Any] = []
        for stream in self.heard_streams or [io.StringIO(), io.StringIO()]:
            texts.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
        warned, self.warned = self.warned, []
        return [*texts, warned]

    def run(self, module: str, text: str, arguments: list[str]) -> list[Any]:
        """Run a module as a program with this text as its input; return its output, its errors and its exit status."""
        streams, argv = (sys.stdin, sys.stdout, sys.stderr), sys.argv
        out, err = io.StringIO(), io.StringIO()
        sys.stdin, sys.stdout, sys.stderr = io.StringIO(text), out, err
        sys.argv = [f"{module}.py", *arguments]
        status: Any = 0
        try:
            runpy.run_module(module, run_name="__main__")
        except SystemExit as problem:
            status = problem.code
            if status is not None and type(status) is not int:
                err.write(f"{status}\n")
                status = 1
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            sys.argv = argv
        return [out.getvalue(), err.getvalue(), status or 0]
