"""A shared cache that is away, or hangs: `course_admin/caches.py`, against a real Redis."""

import os
import signal
import time
from pathlib import Path

import pytest

from course_admin.caches import AWAY_SECONDS, SteadyRedisCache
from course_admin.settings import env
from tests.conftest import REDIS_URL
from tests.course_admin.identity.test_accounts import log_in
from tests.factories import make_user
from tests.load.servers import Redis, free_port


def made(url: str) -> SteadyRedisCache:
    return SteadyRedisCache(url, {})


def test_a_cache_of_redis_is_ours(monkeypatch):
    monkeypatch.setenv("CACHE_URL", "redis://127.0.0.1:6379/1")
    cache = env._cache()
    assert cache["BACKEND"] == "course_admin.caches.SteadyRedisCache"
    assert cache["LOCATION"] == "redis://127.0.0.1:6379/1"


def test_while_it_is_away_the_process_counts_for_itself():
    cache = made(f"redis://127.0.0.1:{free_port()}/0")
    assert cache.add("failures", 0, 60)
    assert [cache.incr("failures") for _ in range(3)] == [1, 2, 3]
    assert cache.get("failures") == 3
    cache.delete("failures")
    assert cache.get("failures") is None
    with pytest.raises(ValueError, match="failures"):
        cache.incr("failures")


@pytest.mark.django_db
def test_people_log_in_while_the_cache_is_away_and_who_guesses_is_counted(client, settings):
    address = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": {"BACKEND": "course_admin.caches.SteadyRedisCache", "LOCATION": address}}
    make_user("mira")
    assert log_in(client).status_code == 302
    client.post("/accounts/logout/")
    answers = [log_in(client, password="wrong").status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


@pytest.mark.redis
def test_it_is_shared_while_it_is_there():
    first, second = made(REDIS_URL), made(REDIS_URL)
    try:
        first.set("assay-test-shared", 5, 60)
        assert second.incr("assay-test-shared") == 6
        assert first.get("assay-test-shared") == 6
    finally:
        first.delete("assay-test-shared")


@pytest.mark.redis
def test_a_cache_that_hangs_holds_one_caller_for_a_moment(tmp_path: Path):
    server = Redis(tmp_path)
    server.start()
    cache = made(server.url)
    try:
        cache.set("a", 1, 60)
        os.kill(server.process_id, signal.SIGSTOP)
        began = time.monotonic()
        assert [cache.get("a", "gone") for _ in range(100)] == ["gone"] * 100
        assert time.monotonic() - began < AWAY_SECONDS  # a hundred waits of a second each are none of ours
    finally:
        os.kill(server.process_id, signal.SIGCONT)
        server.stop()
