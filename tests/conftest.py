"""What every test may count on: a test marked with something real that is missing is skipped, and says why.

With CI=true or ASSAY_REQUIRE_ALL=1 such a test fails instead: there, everything is meant to be there.
"""

import decimal
import functools
import locale
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from course_admin.languages.catalogues import compile_all

# A machine that is busy with something else makes no property false: only what is drawn and found counts.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

REDIS_URL = os.environ.get("ASSAY_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
POSTGRES_URL = os.environ.get("ASSAY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
RABBITMQ_URL = os.environ.get("ASSAY_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
ANSWER_SECONDS = 5


def missing_bubblewrap() -> str | None:
    """Say what is missing for the tests of bubblewrap; None if nothing is."""
    return None if shutil.which("bwrap") else "bubblewrap is not installed (Debian's package bubblewrap)."


def missing_docker() -> str | None:
    """Say why no Docker Engine can be used; None if one answers."""
    import docker
    import docker.errors

    try:
        client = docker.from_env(timeout=ANSWER_SECONDS)
    except docker.errors.DockerException as error:
        return f"No Docker Engine answers (docker/engine starts one): {error}"
    client.close()
    return None


def missing_redis() -> str | None:
    """Say why Redis cannot be used; None if it answers."""
    import redis

    try:
        with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=ANSWER_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        return f"No Redis answers at {REDIS_URL} (ASSAY_TEST_REDIS_URL): {error}"
    return None


def missing_postgres() -> str | None:
    """Say why PostgreSQL cannot be used; None if it answers."""
    try:
        import psycopg
    except ImportError as error:
        return f"PostgreSQL's driver is not installed (the extra `postgres`): {error}"
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=ANSWER_SECONDS).close()
    except psycopg.Error as error:
        return f"No PostgreSQL answers at {POSTGRES_URL} (ASSAY_TEST_POSTGRES_URL): {error}"
    return None


def missing_rabbitmq() -> str | None:
    """Say why RabbitMQ cannot be used; None if it answers."""
    import kombu

    try:
        with kombu.Connection(RABBITMQ_URL, connect_timeout=ANSWER_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
    except (OSError, kombu.exceptions.OperationalError) as error:
        return f"No RabbitMQ answers at {RABBITMQ_URL} (ASSAY_TEST_RABBITMQ_URL): {error}"
    return None


def missing_browser() -> str | None:
    """Say what is missing for the tests that look at pages; None if nothing is."""
    try:
        import axe_playwright_python  # noqa: F401 - only looked for
        import playwright  # noqa: F401
    except ImportError as error:
        return f"Playwright or axe-core is not installed (tests/requirements.txt): {error}"
    return None if shutil.which("chromium") else "There is no browser (Debian's package chromium)."


NEEDS: dict[str, Callable[[], str | None]] = {
    "bubblewrap": functools.cache(missing_bubblewrap),
    "root": lambda: None if os.geteuid() == 0 else "only root can start a box as another user.",
    "docker": functools.cache(missing_docker),
    "redis": functools.cache(missing_redis),
    "postgres": functools.cache(missing_postgres),
    "browser": functools.cache(missing_browser),
    "rabbitmq": functools.cache(missing_rabbitmq),
}
#: What may be missing everywhere, unless the environment says where it is.
OPTIONAL = {"rabbitmq": "ASSAY_TEST_RABBITMQ_URL"}


def requires_all() -> bool:
    """Return whether a missing component fails its tests."""
    return os.environ.get("CI") == "true" or os.environ.get("ASSAY_REQUIRE_ALL") == "1"


#: What begins the name of a test's property that counts what it tried, for the line at the end.
CELLS = "cells of the permission walk: "


def pytest_configure() -> None:
    """Compile the translations that have changed: the pages of tests are in them, too."""
    compile_all()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cells the permission walk tried, whichever processes tried them."""
    told = [each for reports in terminalreporter.stats.values() for each in reports]
    counts: Counter[str] = Counter()
    for report in told:
        if getattr(report, "when", "") == "teardown":
            for name, count in report.user_properties:
                if name.startswith(CELLS):
                    counts[name.removeprefix(CELLS)] += count
    if counts:
        kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        terminalreporter.write_line(f"permission walk: {counts.total()} cells ({kinds})")


def surroundings() -> dict[str, object]:
    """Return what belongs to the whole process, and what a test that changes it would change for all after it."""
    decimals, loggers = decimal.getcontext(), logging.root.manager.loggerDict
    return {
        "the precision of decimals": decimals.prec,
        "the rounding of decimals": decimals.rounding,
        "the working directory": os.getcwd(),
        "the depth of calls": sys.getrecursionlimit(),
        "the locale": locale.setlocale(locale.LC_ALL),
        "the level that nothing is logged at": logging.root.manager.disable,
        "who logs nothing": {name for name, logger in list(loggers.items()) if getattr(logger, "disabled", False)},
        "who logs alone": {name for name, logger in list(loggers.items()) if not getattr(logger, "propagate", True)},
    }


#: What a test has found, before its fixtures.
FOUND = pytest.StashKey[dict[str, object]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail a test that leaves something of the whole process changed: only another test, elsewhere, would say so."""
    yield
    assert surroundings() == item.stash[FOUND]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose mark names something that is missing, or fail it where nothing may be."""
    item.stash[FOUND] = surroundings()
    for mark, missing in NEEDS.items():
        if item.get_closest_marker(mark) and (reason := missing()):
            if requires_all() and (mark not in OPTIONAL or OPTIONAL[mark] in os.environ):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
