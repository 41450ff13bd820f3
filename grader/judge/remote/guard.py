"""The pytest plug-in of the student's process: its output, its programs, its KeyboardInterrupts. Side: judge."""

import importlib
import inspect
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from grader.judge.exceptions import Interrupted
from grader.judge.process.files import Folders
from grader.judge.process.mirror import Captured, Mirror
from grader.judge.remote.current import current


class Finished(NamedTuple):
    """What a program of the student's printed, and its exit status."""

    out: str
    err: str
    status: int


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

    @pytest.fixture
    def capsys(self) -> Iterator[Captured]:
        """What the test and the student's code print."""
        captured = Captured()
        yield captured
        captured.close()

    @pytest.fixture
    def capfd(self, capsys: Captured) -> Captured:
        """The same, whoever of the student's printed it with Python's own streams."""
        return capsys

    @pytest.fixture
    def caplog(self, request: pytest.FixtureRequest) -> Iterator[pytest.LogCaptureFixture]:
        """What the test and the student's code log."""
        connection = current()
        assert isinstance(connection.mirror, Mirror)
        yield from connection.mirror.logs.captured(connection, request.node)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a test that is a coroutine in an event loop of its own."""
        if not inspect.iscoroutinefunction(pyfuncitem.function):
            return None
        names = pyfuncitem._fixtureinfo.argnames
        asyncio: Any = importlib.import_module("asyncio")  # which few tests need
        asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
        return True

    @pytest.fixture(scope="session")
    def tmp_path_factory(self) -> Iterator[Folders]:
        """Folders that the test and the student's code both see."""
        folders = Folders()
        yield folders
        folders.remove()

    @pytest.fixture
    def tmp_path(self, tmp_path_factory: Folders) -> Path:
        """A folder that the test and the student's code both see."""
        return tmp_path_factory.mktemp("test")

    @pytest.fixture
    def tmpdir(self, tmp_path: Path) -> Any:
        """The same folder, as a path of the kind that pytest had before."""
        return importlib.import_module("_pytest._py.path").local(tmp_path)

    @pytest.fixture
    def run_module(self) -> Callable[..., Finished]:
        """Run a module of the student's as a program: text in; text out, and its exit status."""

        def run(module: str, stdin: str = "", *arguments: str) -> Finished:
            answer = current().request("run", module, stdin, list(arguments))
            if type(answer) is not list or list(map(type, answer)) != [str, str, int]:
                raise TypeError("your program gave no output and exit status")
            return Finished(*answer)

        return run


def _guarded() -> Generator[None, Any, Any]:
    try:
        return (yield)
    except KeyboardInterrupt as problem:
        raise Interrupted(problem) from None
