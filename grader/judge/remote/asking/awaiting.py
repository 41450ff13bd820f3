"""Coroutines of the student's, awaited by a test: each is run in the student's process to its end. Side: judge.

`await work.f()`, `asyncio.run(work.f())`, `asyncio.gather(work.f(), work.g())`: one after the other, in one event loop there.
Coroutines of the test's that the student's code awaits are run here to their end, each when it is awaited.
"""

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

from grader.interpreter.namesakes import LIBRARY
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject

_originals: dict[str, Callable[..., Any]] = {}


def forward() -> None:
    """Have an event loop of this process take coroutines of the student's, once a suite has imported asyncio."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and not _originals:
        own = _originals["create_task"] = asyncio.BaseEventLoop.create_task
        asyncio.BaseEventLoop.create_task = _taking(own)
        _originals["wait_for"] = asyncio.wait_for
        asyncio.wait_for = asyncio.tasks.wait_for = _waiting(asyncio.wait_for)


def restore() -> None:
    """Undo `forward`."""
    if _originals:
        asyncio: Any = sys.modules["asyncio"]
        asyncio.BaseEventLoop.create_task = _originals.pop("create_task")
        asyncio.wait_for = asyncio.tasks.wait_for = _originals.pop("wait_for")


def _taking(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def create_task(loop: Any, coroutine: Any, **named: Any) -> Any:
        is_students = issubclass(type(coroutine), RemoteObject)
        return own(loop, _awaited(coroutine) if is_students else coroutine, **named)

    return create_task


def _waiting(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    async def wait_for(coroutine: Any, timeout: float | None) -> Any:
        if issubclass(type(coroutine), RemoteObject):
            return await RemoteName(LIBRARY + "asyncio", "wait_for")(coroutine, timeout)
        return await own(coroutine, timeout)

    return wait_for


def run_to_end(awaitable: Any) -> Any:
    """Return what a coroutine of the test's comes to that the student's code awaits, while a loop may be running here."""
    asyncio: Any = importlib.import_module("asyncio")

    async def run() -> Any:
        return await awaitable

    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(run())
    finally:
        loop.close()
        asyncio._set_running_loop(outer)


async def _awaited(coroutine: Any) -> Any:
    return await coroutine
