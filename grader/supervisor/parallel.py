"""Several runs side by side: a few threads, each with a warm pool of its own. Side: worker.

One run keeps one core busy at most, since judge and candidate take turns. Always true: a pool stays with the thread that
began its boxes, for the kernel ends a box when that thread ends.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, TypeVar

from grader.sandbox.base import Engine
from grader.supervisor.pool import Pool

MOST_LANES = 4
Item = TypeVar("Item")
Found = TypeVar("Found")


class ParallelRuns:
    """Threads with a pool each; the thread that made them has one, too."""

    def __init__(self, engine: Engine, most: int = MOST_LANES) -> None:
        self.engine = engine
        self.count = max(min(len(os.sched_getaffinity(0)), most), 1)
        self._threads = ThreadPoolExecutor(self.count)
        self._own = threading.local()
        self._pools: list[Pool] = []
        self._futures: list[Future[Any]] = []

    @property
    def pool(self) -> Pool:
        """The calling thread's pool."""
        if not hasattr(self._own, "pool"):
            self._own.pool = Pool(self.engine)
            self._pools.append(self._own.pool)
        pool: Pool = self._own.pool
        return pool

    def each(self, work: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
        """Yield what `work` returns for each item, in order."""
        self._futures = [self._threads.submit(work, item) for item in items]
        for future in self._futures:
            yield future.result()

    def __enter__(self) -> "ParallelRuns":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for future in self._futures:
            future.cancel()
        wait(self._futures)
        for pool in self._pools:  # while their threads live, and so their boxes
            pool.close()
        self._threads.shutdown()
