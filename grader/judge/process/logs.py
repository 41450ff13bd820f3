"""What the student's code logs reaches the test's loggers, where `assertLogs`, `assertNoLogs` and `caplog` look. Side: judge.

While one of them listens, the student's logger of that name has the level that the test's has; after each request the records
are handed to the logger of the same name in this process.
"""

import functools
import logging
import sys
import unittest
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from grader.judge.connection import Connection
from grader.wire.messages import MAX_LOG_RECORDS

if TYPE_CHECKING:
    import pytest

RECORD = [str, int, str, tuple, str, int, str, str, dict, tuple]  # the kinds of its parts
_add_handler = logging.Logger.addHandler
ASSERTIONS = {name: getattr(unittest.TestCase, name) for name in ("assertLogs", "assertNoLogs")}


class Logs:
    """Who listens in one test, and what the candidate knows of it."""

    def __init__(self) -> None:
        self.listening = 0
        self.is_caught = False  # whether caplog wants everything
        self.levels: dict[str, int] = {}

    def listen(self, connection: Connection, name: str, level: int | None, *, is_alone: bool = True) -> None:
        """Have a logger of the student's heard from this level on, and by nobody else; or no longer, for no level."""
        self.listening += 1 if level is not None else -1
        connection.own_request("listen", name, level, is_alone)

    def listen_to_all(self, connection: Connection) -> None:
        """Have all loggers of the student's heard, besides what they do there, from now on."""
        if not self.is_caught:
            self.is_caught = True
            self.listen(connection, "", 0, is_alone=False)

    def send_levels(self, connection: Connection) -> None:
        """Have the candidate's loggers let through what the test's do."""
        found = {"": logging.root.level}
        for name, logger in logging.root.manager.loggerDict.items():
            if isinstance(logger, logging.Logger) and logger.level:
                found[name] = logger.level
        both = found.keys() | self.levels.keys()
        changed = {name: found.get(name, 0) for name in both if found.get(name, 0) != self.levels.get(name)}
        if changed:
            self.levels = found
            connection.own_request("levels", changed)

    def captured(self, connection: Connection, item: "pytest.Item") -> "Iterator[pytest.LogCaptureFixture]":
        """Yield pytest's `caplog`, whose own plug-in is not used here."""
        import pytest  # a worker that grades imports this module, and has none
        from _pytest import logging as caplog

        handler = caplog.LogCaptureHandler()
        handler.setFormatter(logging.Formatter(caplog.DEFAULT_LOG_FORMAT, caplog.DEFAULT_LOG_DATE_FORMAT))
        item.stash[caplog.caplog_handler_key] = handler
        item.stash[caplog.caplog_records_key] = {"setup": [], "call": handler.records, "teardown": []}
        logging.root.addHandler(handler)
        self.listen_to_all(connection)
        fixture = pytest.LogCaptureFixture(item, _ispytest=True)
        yield fixture
        fixture._finalize()
        logging.root.removeHandler(handler)

    def fetch(self, connection: Connection) -> None:
        """Hand what was logged to the loggers of this process."""
        records = connection.own_request("logged")
        if type(records) is not list or len(records) > MAX_LOG_RECORDS:
            raise TypeError("your code's log records could not be read")
        for each in records:
            if type(each) is not list or list(map(type, each)) != RECORD:
                raise TypeError("your code's log records could not be read")
            record = _record(*each)
            (logging.getLogger(record.name) if record.name != "root" else logging.root).handle(record)


def _record(
    name: str,
    level: int,
    text: str,
    args: Any,
    path: str,
    line: int,
    function: str,
    thread: str,
    extra: Any,
    raised: Any,
) -> logging.LogRecord:
    """Return a record as it was there, its exception without the frames that it has there."""
    told: Any = None
    for problem in raised:  # one, or none; or None, where there was nothing to tell of
        told = (type(problem), problem, None) if isinstance(problem, BaseException) else (None, None, None)
    record = logging.LogRecord(name, level, path, line, text, args, told, function)
    record.threadName = thread
    for key, value in extra.items():
        if type(key) is str and not hasattr(record, key):
            vars(record)[key] = value
    return record


class _Listening:
    """A context of unittest's, with the student's logger listened to as long as it lasts."""

    def __init__(self, own: Any, find: Callable[[], tuple[Connection, Logs] | None]) -> None:
        self.own = own
        self.found = find()

    def __enter__(self) -> Any:
        entered = self.own.__enter__()
        if self.found is not None:
            connection, logs = self.found
            logs.listen(connection, self._name(), self.own.level)
        return entered

    def __exit__(self, *problem: Any) -> Any:
        if self.found is not None:
            connection, logs = self.found
            if connection.ended is None and not connection.is_closed:
                logs.listen(connection, self._name(), None)
        return self.own.__exit__(*problem)

    def _name(self) -> str:
        named = self.own.logger_name
        return (named.name if isinstance(named, logging.Logger) else named) or ""


def forward(find: Callable[[], tuple[Connection, Logs] | None], is_suites: Callable[[FrameType], bool]) -> None:
    """Have unittest's assertions and handlers of a suite's listen to the student's process as well, in this process from now on."""

    def add_handler(self: logging.Logger, handler: logging.Handler) -> None:
        _add_handler(self, handler)
        found = find() if is_suites(sys._getframe(1)) else None
        if found is not None:
            found[1].listen_to_all(found[0])

    logging.Logger.addHandler = add_handler  # type: ignore[assignment, method-assign]
    for name, own in ASSERTIONS.items():
        setattr(unittest.TestCase, name, _listening(own, find))


def restore() -> None:
    """Undo `forward`."""
    logging.Logger.addHandler = _add_handler  # type: ignore[method-assign]
    for name, own in ASSERTIONS.items():
        setattr(unittest.TestCase, name, own)


def _listening(own: Callable[..., Any], find: Callable[[], tuple[Connection, Logs] | None]) -> Callable[..., Any]:
    @functools.wraps(own)
    def listen(self: Any, logger: Any = None, level: Any = None, **more: Any) -> Any:
        if hasattr(type(logger), "_assay_shown"):  # a logger of the student's: the one of that name is heard here
            logger = str(logger.name)
        return _Listening(own(self, logger, level, **more), find)

    return listen
