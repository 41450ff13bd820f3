"""The pytest plug-in by which a KeyboardInterrupt of the student's ends its test, and not pytest. Side: judge."""

from collections.abc import Generator
from typing import Any

import pytest

from grader.judge.exceptions import Interrupted


class Guard:
    """Wraps the phases of each test."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        return (yield from _guarded())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        return (yield from _guarded())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        return (yield from _guarded())


def _guarded() -> Generator[None, Any, Any]:
    try:
        return (yield)
    except KeyboardInterrupt as problem:
        raise Interrupted(problem) from None
