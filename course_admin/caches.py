"""The shared cache: Redis, and while it is away the process's own memory.

What is cached here are counters of failed log-ins. Without them people must still be able to log in, and somebody who
guesses must still be counted, if only by each process for itself. A cache that hangs is left alone for a while.
"""

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.0
AWAY_SECONDS = 15.0
OPTIONS = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}


class _Away:
    """Until when a cache is left alone; one for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def is_over(self) -> bool:
        """Say whether the cache may be asked; to one caller only, where it was away."""
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                return False
            if self._until:
                self._until = now + AWAY_SECONDS
            return True

    def begin(self) -> None:
        with self._lock:
            self._until = time.monotonic() + AWAY_SECONDS

    def end(self) -> None:
        self._until = 0.0


_AWAY: dict[str, _Away] = {}


def _steady(name: str) -> Callable[..., Any]:
    """Return a method that asks Redis, or this process's memory while Redis is away."""
    of_redis = getattr(RedisCache, name)

    @functools.wraps(of_redis)
    def method(self: "SteadyRedisCache", *args: Any, **kwargs: Any) -> Any:
        if self.away.is_over():
            try:
                answer = of_redis(self, *args, **kwargs)
            except (RedisError, OSError) as problem:
                log.warning("The shared cache is away, each process counts for itself: %s", problem)
                self.away.begin()
            else:
                self.away.end()
                return answer
        return getattr(self.memory, name)(*args, **kwargs)

    return method


class SteadyRedisCache(RedisCache):
    """Django's Redis cache, which is never in anybody's way."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        params = {**params, "OPTIONS": {**OPTIONS, "retry": Retry(NoBackoff(), 0), **params.get("OPTIONS", {})}}
        super().__init__(server, params)
        self.away = _AWAY.setdefault(str(server), _Away())
        self.memory = LocMemCache(f"while {server} is away", {})

    add = _steady("add")
    get = _steady("get")
    set = _steady("set")
    touch = _steady("touch")
    delete = _steady("delete")
    get_many = _steady("get_many")
    has_key = _steady("has_key")
    incr = _steady("incr")
    set_many = _steady("set_many")
    delete_many = _steady("delete_many")
    clear = _steady("clear")
