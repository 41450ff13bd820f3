"""Threads: more of a test's than its box holds begin by turns, and who waits lets the student's call back. Side: judge.

A thread of the student's may use what the test has lent while the candidate is asked something. So that it can while the test
waits, for an event, a queue or some seconds, the candidate is asked to let its threads run meanwhile.
"""

import _thread
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from grader.judge.channel.loans import Lender

TURN = 0.01  # seconds, for which the candidate is asked to let its threads run
MOST_WAIT = 5.0  # seconds for a place, without any that becomes free


class Connection(Lender, Protocol):
    """What the running test's connection is asked for."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held by who asks."""

    @property
    def is_closed(self) -> bool:
        """Whether its test is over."""

    @property
    def ended(self) -> BaseException | None:
        """What ended the test before its time."""


Current = Callable[[], Connection | None]
_start, _wait, _sleep = threading.Thread.start, threading.Condition.wait, time.sleep


def forward(current: Current) -> None:
    """Have threads begin, and wait, as described above; `current` returns the running test's connection."""

    def wait(self: threading.Condition, timeout: float | None = None) -> bool:
        connection = _with_loans(current())
        return _wait(self, timeout) if connection is None else _wait_by_turns(self, timeout, connection)

    def sleep(seconds: float) -> None:
        end = time.monotonic() + seconds
        while (connection := _with_loans(current())) is not None and (left := end - time.monotonic()) > 0:
            _turn(connection, left)
        if connection is None:
            _sleep(seconds if seconds <= 0 else max(end - time.monotonic(), 0.0))

    threading.Thread.start = _begin  # type: ignore[method-assign]
    threading.Condition.wait = wait  # type: ignore[method-assign]
    time.sleep = sleep  # type: ignore[assignment]


def restore() -> None:
    """Undo `forward`."""
    threading.Thread.start = _start  # type: ignore[method-assign]
    threading.Condition.wait = _wait  # type: ignore[method-assign]
    time.sleep = _sleep


def _begin(self: threading.Thread) -> None:
    """Start a thread, once there is a place for it."""
    end, running = time.monotonic() + MOST_WAIT, 0
    while True:
        try:
            return _start(self)
        except RuntimeError as problem:
            if "new thread" not in str(problem) or time.monotonic() > end:
                raise
        if threading.active_count() < running:
            end = time.monotonic() + MOST_WAIT
        running = threading.active_count()
        _sleep(0.001)


def _with_loans(connection: Connection | None) -> Connection | None:
    """Return the connection of a test whose student's code may call back."""
    is_open = connection is not None and not connection.is_closed and connection.ended is None
    return connection if is_open and connection is not None and connection.lent else None


def _turn(connection: Connection, most: float) -> None:
    with connection.lock:
        connection.own_request("pause", min(most, TURN))


def _wait_by_turns(condition: threading.Condition, timeout: float | None, connection: Connection) -> bool:
    """Wait as `Condition.wait` does, with the student's threads running by turns."""
    if not condition._is_owned():  # type: ignore[attr-defined]
        raise RuntimeError("cannot wait on un-acquired lock")
    end = None if timeout is None else time.monotonic() + timeout
    waiter = _thread.allocate_lock()
    waiter.acquire()
    waiters = condition._waiters  # type: ignore[attr-defined]
    waiters.append(waiter)
    held = condition._release_save()  # type: ignore[attr-defined]
    is_told = False
    try:
        while not (is_told := waiter.acquire(False)) and (end is None or time.monotonic() < end):
            _turn(connection, TURN)
    finally:
        condition._acquire_restore(held)  # type: ignore[attr-defined]
        if not is_told and waiter in waiters:
            waiters.remove(waiter)
    return is_told
