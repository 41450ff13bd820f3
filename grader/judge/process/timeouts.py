"""How long a coroutine of the student's may take that a test awaits inside of `asyncio.timeout`. Side: judge."""

import sys
from collections.abc import Generator
from typing import Any

TURNS = 1_000  # of the loop, within which a time-out that is due is noticed


def seconds_left() -> float | None:
    """Return the seconds until the running task is cancelled by a time-out, or None where none runs."""
    asyncio: Any = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None
    if loop is None or not loop._scheduled:
        return None
    task = asyncio.current_task(loop)
    ends = [
        handle.when()
        for handle in loop._scheduled
        if not handle.cancelled() and getattr(getattr(handle._callback, "__self__", None), "_task", None) is task
    ]
    return max(min(ends) - loop.time(), 0.0) if ends else None


def run_out() -> Generator[None, Any, None]:
    """Wait in the loop until its time-out, which is due, cancels the running task."""
    for _turn in range(TURNS):
        yield
