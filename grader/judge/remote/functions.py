"""Remote functions: what the suite marked `@in_candidate`, shipped once per test, run beside the student's code. Side: judge."""

from collections.abc import Callable
from typing import Any

from grader.errors import SuiteError
from grader.judge.connection import Connection
from grader.judge.in_candidate import ship
from grader.judge.remote.current import current


class RemoteFunction:
    """A function the suite marked `@in_candidate`: its source runs beside the student's code, values come back."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.key = f"{function.__module__}:{function.__name__}"
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return current().request("call", self, args, kwargs)

    def _assay_shown(self) -> str:
        return self.__name__

    def _ship(self, connection: Connection) -> str:
        """Send the source once per test, and return the key it is known by there."""
        if self.key not in connection.shipped:
            try:
                source, bindings, imports = ship(self.function)
            except SuiteError as problem:
                raise connection.refuse(problem) from None
            connection.shipped.add(self.key)
            connection.request("define", self.key, source, bindings, imports)
        return self.key
