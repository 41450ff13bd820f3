"""The running test's connection; between tests, and while a suite is imported, there is none. Side: judge."""

from grader.errors import SuiteError
from grader.judge.connection import Connection
from grader.judge.process.mirror import Mirror
from grader.judge.process.untrusted import unwatch


def current() -> Connection:
    """Return the running test's connection; raises SuiteError outside a test."""
    if _state.connection is None:
        raise SuiteError("the student's code can be used in tests and fixtures only, not while the suite is imported")
    return _state.connection


class _State:
    connection: Connection | None = None


_state = _State()


def use(connection: Connection | None) -> None:
    """Make this the connection of the running test."""
    if connection is not None:
        connection.mirror = Mirror()
    unwatch()
    _state.connection = connection


def if_any() -> Connection | None:
    """Return the running test's connection, if there is one."""
    return _state.connection


def has_current() -> bool:
    """Whether a test is running."""
    return _state.connection is not None
