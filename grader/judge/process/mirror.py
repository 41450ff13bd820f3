"""What a test changes in Python's own modules is changed beside the student's code, and what is said there is heard. Side: judge.

Looked at before every request: `builtins.input`, `sys.stdin`, `time.sleep` and others of one table, and the environment. While
a test's own `sys.stdout` or `sys.stderr` stands in for the process's, or it records warnings, what the student's code printed
and warned of is fetched after every request.
"""

import builtins
import contextlib
import decimal
import io
import operator
import os
import random
import sys
import time
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from grader.judge.channel import loans
from grader.judge.connection import Connection
from grader.judge.process import patches
from grader.judge.process.chance import Chance
from grader.judge.process.files import Files
from grader.judge.process.logs import Logs
from grader.judge.process.patches import Entry
from grader.wire.values import TYPE_NAMES

#: What may be patched here and means the student's process: module -> names.
WATCHED: dict[Any, str] = {
    builtins: "input print open",
    sys: "stdin argv",
    time: "sleep time perf_counter monotonic process_time time_ns",
    random: "random randint choice choices shuffle sample uniform randrange gauss",
    os: "getenv system",
}
STREAMS = ("stdout", "stderr")
OURS = f"{Path(__file__).parents[2]}/"  # the files that a question of the test's passes through
_VARIABLES: dict[bytes, bytes] = vars(os.environ)["_data"]  # as they are kept, which is compared much faster
OWN_VARIABLES = (b"PYTEST_", b"ASSAY_")


class Mirror:
    """One test's view of what it has changed."""

    def __init__(self) -> None:
        self.table = [
            Entry(vars(module), module.__name__, name, vars(module)[name])
            for module, names in WATCHED.items()
            for name in names.split()
        ]
        self.last: list[Any] = []
        for entry in patches.patched():
            self.watch(entry)
        self.last = [entry.original for entry in self.table]
        self.streams = {name: getattr(sys, name) for name in STREAMS}
        self.variables = dict(_VARIABLES)
        self.record = warnings.__dict__["_showwarnmsg_impl"]
        self.filters = self.last_filters = tuple(warnings.filters)
        self.told_filters: list[list[Any]] = []
        self.decimals = _decimals()
        self.recursion = sys.getrecursionlimit()
        self.is_heard = False
        self.files = Files()
        self.logs = Logs()
        self.chance = Chance()

    def watch(self, entry: Entry) -> None:
        """Have a name that the test has patched be beside the student's code what it is here."""
        known = [(each.place, each.name) for each in self.table]
        if (entry.place, entry.name) not in known:
            self.table.append(entry)
            self.last.append(entry.original)

    def has_set(self, name: bytes) -> bool:
        """Whether the test has changed a variable of the environment since the last request."""
        return self.variables.get(name) != _VARIABLES.get(name)

    def before(self, connection: Connection, operation: str, args: tuple[Any, ...]) -> None:
        """Have the candidate know what has been changed since the last request."""
        loans.give_up(connection)
        data = self.files.name((*args[1], *args[2].values())) if operation == "call" and (args[1] or args[2]) else []
        if self.files.roots or data:
            self.files.send(connection, data)
        if self.logs.is_caught:
            self.logs.send_levels(connection)
        now = [names.get(name, patches.GONE) for names, _, name, _ in self.table]
        if not all(map(operator.is_, now, self.last)):  # a mock would keep the question as a call
            were, self.last = self.last, now
            for (_, place, name, original), value, last in zip(self.table, now, were, strict=True):
                if value is last:
                    continue
                is_other = value is not original and value is not patches.GONE
                connection.own_request("replace", place, name, is_other, value if is_other else None)
        if self.variables != _VARIABLES:
            changed = _changes(self.variables, _VARIABLES)
            self.variables = dict(_VARIABLES)
            if changed:
                connection.own_request("environ", changed)
        is_heard = self.is_redirected() or warnings.__dict__["_showwarnmsg_impl"] is not self.record
        if is_heard != self.is_heard:
            self.is_heard = is_heard
            connection.own_request("hear", is_heard)
        filters = warnings.filters
        if len(filters) != len(self.last_filters) or not all(map(operator.is_, filters, self.last_filters)):
            self.last_filters = tuple(filters)
            self._send_filters(connection)
        if sys.getrecursionlimit() != self.recursion:
            self.recursion = sys.getrecursionlimit()
            connection.own_request("recursion", self.recursion)
        if _decimals() != self.decimals:
            self.decimals = _decimals()
            connection.own_request("decimals", *self.decimals)
        if self.chance.is_followed:
            self.chance.send(connection)

    def _send_filters(self, connection: Connection) -> None:
        """Have warnings be errors, or be ignored, there as the test has said here."""
        added = _put_first(list(self.last_filters), self.filters)
        told = [[each[0], each[1].pattern if each[1] else "", each[2]] for each in added if each[2] in TYPE_NAMES]
        if told != self.told_filters:
            self.told_filters = told
            connection.own_request("filters", told)

    def after(self, connection: Connection) -> None:
        """Write what the student's code has printed to where the test has it, and warn of what it has warned of."""
        if self.files.roots and connection.ended is None:
            self.files.fetch(connection)
        if self.logs.listening and connection.ended is None:
            self.logs.fetch(connection)
        if self.chance.is_followed and connection.ended is None:
            self.chance.follow(connection)
        if not self.is_heard or connection.ended is not None:
            return
        heard = connection.own_request("heard")
        if type(heard) is not list or len(heard) != 3 or type(heard[2]) is not list:
            raise connection.no_answer("what was printed is none")
        for name, text in zip(STREAMS, heard, strict=False):
            if type(text) is str and text:
                getattr(sys, name).write(text)
        for warned in heard[2]:
            if type(warned) is tuple and len(warned) == 3 and isinstance(warned[0], Warning):
                _warn(*warned)

    def is_redirected(self) -> bool:
        """Whether the test has put a stream of its own in the place of standard output or error."""
        return sys.stdout is not self.streams["stdout"] or sys.stderr is not self.streams["stderr"]


def _warn(warning: Warning, file: Any, line: Any) -> None:
    """Warn of what the student's code has warned of: where it says, or where the test has called it."""
    if type(file) is str and file and type(line) is int:
        warnings.warn_explicit(warning, type(warning), file, line)
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    assert frame is not None
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(warning, type(warning), frame.f_code.co_filename, frame.f_lineno, registry=registry)


def _put_first(now: list[Any], before: Collection[Any]) -> list[Any]:
    """Return the entries that were put before the others, one that was there already, further back, among them."""
    for number in range(len(now)):
        if now[number:] == [entry for entry in before if entry not in now[:number]]:
            return now[:number]
    return [entry for entry in now if entry not in before]


def _decimals() -> tuple[int, str]:
    context = decimal.getcontext()
    return context.prec, context.rounding


def _changes(were: dict[bytes, bytes], are: dict[bytes, bytes]) -> dict[str, str | None]:
    """Return the variables that have another value now, and None for those that are gone; pytest sets one in every phase."""
    keys = [
        key for key in were.keys() | are.keys() if were.get(key) != are.get(key) and not key.startswith(OWN_VARIABLES)
    ]
    return {os.fsdecode(key): os.fsdecode(are[key]) if key in are else None for key in keys}


class Captured:
    """The fixture `capsys`: what the test and the student's code print, in the order of the test's questions."""

    def __init__(self) -> None:
        self._were = {name: getattr(sys, name) for name in STREAMS}
        self._start()

    def _start(self) -> None:
        for name in STREAMS:
            setattr(sys, name, io.StringIO())

    def readouterr(self) -> "Texts":
        """Return what has been printed since the last time."""
        texts = Texts(*(getattr(sys, name).getvalue() for name in STREAMS))
        for name in STREAMS:
            stream = getattr(sys, name)
            stream.seek(0)
            stream.truncate()
        return texts

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        """Let what is printed meanwhile go where it goes otherwise."""
        own = {name: getattr(sys, name) for name in STREAMS}
        for name, stream in self._were.items():
            setattr(sys, name, stream)
        try:
            yield
        finally:
            for name, stream in own.items():
                setattr(sys, name, stream)

    def close(self) -> None:
        """Put the streams back."""
        for name, stream in self._were.items():
            setattr(sys, name, stream)


class Texts(tuple[str, str]):
    """What was printed: `out` and `err`."""

    __slots__ = ()

    def __new__(cls, out: str, err: str) -> "Texts":
        return super().__new__(cls, (out, err))

    @property
    def out(self) -> str:
        """Of standard output."""
        return self[0]

    @property
    def err(self) -> str:
        """Of standard error."""
        return self[1]
