"""What a suite's names of the student's stand for while one test runs: plain values, and classes of exceptions. Side: judge.

`except MyError` and `pytest.raises(MyError)` need a class of Python's own kind; which of the names are classes of exceptions
only the candidate can say, and anew in every test.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.judge.connection import Connection
from grader.judge.items.stars import ABSENT, stars
from grader.judge.remote.names import RemoteName

Namespace = dict[str, Any]


class Given:
    """The names of the student's in all files of a suite, and what they stand for in the running test."""

    def __init__(self, root: Path) -> None:
        self.root = f"{root}/"
        self.names: dict[str, dict[str, RemoteName]] = {}  # by module, as the suite's files imported them
        self.seen = 0

    def fill(self, connection: Connection, cases: Namespace) -> None:
        """Put plain values and exception classes in the place of their names, in every file of the suite and in `cases`.

        Whatever can be changed in place (a list, an object) stays a name, looked up at each use: it may change in the test.
        """
        if self.seen != len(sys.modules):
            self._look()
        wanted: list[tuple[Namespace, str, RemoteName, Any]] = []
        for module_name, names in self.names.items():
            wanted += [(vars(sys.modules[module_name]), name, remote, remote) for name, remote in names.items()]
        wanted += [(cases, name, value, value) for name, value in cases.items() if type(value) is RemoteName]
        for space, module, fallbacks in stars():
            wanted += [(space, name, RemoteName(module, name), value) for name, value in fallbacks.items()]
        if not wanted:
            return
        found = connection.request("names", [[each._assay_module, each._assay_path] for _, _, each, _ in wanted])
        if type(found) is not list or len(found) != len(wanted):
            found = [None] * len(wanted)
        for (space, name, remote, fallback), answer in zip(wanted, found, strict=True):
            value = remote if answer is True else fallback
            if type(answer) is list and len(answer) == 1:
                value = answer[0]
                connection.is_asked = connection.is_asked or not isinstance(value, type)
            if value is ABSENT:
                space.pop(name, None)
            else:
                space[name] = value

    def _look(self) -> None:
        """Find the suite's files that have been imported since."""
        for module_name, module in list(sys.modules.items()):
            file = vars(module).get("__file__") if type(module) is ModuleType else None
            if module_name not in self.names and str(file or "").startswith(self.root):
                self.names[module_name] = {n: v for n, v in vars(module).items() if type(v) is RemoteName}
        self.seen = len(sys.modules)
