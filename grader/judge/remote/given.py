"""What a suite's names of the student's stand for while one test runs: plain values, and classes of exceptions. Side: judge.

`except MyError` and `pytest.raises(MyError)` need a class of Python's own kind; which of the names are classes of exceptions
only the candidate can say, and anew in every test.
"""

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.judge import in_candidate
from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised, SuiteMisuse
from grader.judge.items.effects import imported_for_effect
from grader.judge.items.stars import is_of_star, stands_alone, stars
from grader.judge.process import patches
from grader.judge.remote.asking import awaiting, kinds
from grader.judge.remote.asking.questions import watch
from grader.judge.remote.derived import at_top, make_all
from grader.judge.remote.functions import RemoteFunction
from grader.judge.remote.lending import NOT_LENT
from grader.judge.remote.modules import RemoteModule
from grader.judge.remote.names import RemoteName
from grader.judge.starting import calls
from grader.judge.starting.calls import MADE
from grader.wire.kinds import STAR

Namespace = dict[str, Any]


class Given:
    """The names of the student's in all files of a suite, and what they stand for in the running test."""

    def __init__(self, root: Path) -> None:
        self.root = f"{root}/"
        self.names: dict[str, dict[str, RemoteName]] = {}  # by module, as the suite's files imported them
        self.seen = 0

    def fill(self, connection: Connection, file: Path, cases: Namespace, begin: tuple[int, bool] | None = None) -> None:
        """Put plain values and exception classes in the place of their names, in every file of the suite and in `cases`.

        Raises what the import of a module ended in that the test's own file imports for its effect.

        A list, dictionary or set is one that both sides hold, and so the very one that stands in the module. An object, an
        array, and what is too large for that or not shared in this suite, stays a name, looked up at each use.

        begin: the seed of a process that is to begin with this question, and whether containers are shared with it.
        """
        self.look()
        wanted: list[tuple[Namespace, str, RemoteName]] = []
        for module_name, names in self.names.items():
            wanted += [(vars(sys.modules[module_name]), name, remote) for name, remote in names.items()]
        wanted += [(cases, name, value) for name, value in cases.items() if type(value) is RemoteName]
        at_the_top = [each for each in wanted if each[2]._assay_module == MADE]
        wanted = [each for each in wanted if each[2]._assay_module != MADE]
        doubtful = [(star, name, RemoteName(star.module, name)) for star in stars() for name in star.others]
        asked = [remote for _, _, remote in wanted] + [remote for _, _, remote in doubtful]
        if (at_top or calls.calls) and begin is not None:  # making these may change what the names stand for
            connection.request("begin", *begin)
            begin = None
        make_all(connection)
        calls.make_all(connection, file)
        for space, name, remote in at_the_top:
            space[name] = calls.given(connection, remote._assay_path, otherwise=remote)
        effects = [name for name in imported_for_effect(file) if type(sys.modules.get(name)) is RemoteModule]
        if not asked and not effects and begin is None:
            return
        places = [
            (STAR + each._assay_module if _is_of_star(space, name, each) else each._assay_module, each._assay_path)
            for space, name, each in [*wanted, *((cases, name, each) for _, name, each in doubtful)]
        ]
        places += [(name, "") for name in effects]
        found = connection.request("names", places) if begin is None else connection.request("begin", *begin, places)
        if type(found) is not list or len(found) != len(places):
            found = [None] * len(places)
        for name, answer in zip(effects, found[len(asked) :], strict=True):
            if answer is None:
                connection.request("name", name, "")
        for (space, name, remote), answer in zip(wanted, found, strict=False):
            is_given = type(answer) is list and len(answer) == 1
            if answer is None and _is_of_star(space, name, remote):
                remote = RemoteName(STAR + remote._assay_module, remote._assay_path)
                if stands_alone(space.get("__file__"), name) and _is_not_defined(connection, remote):
                    space.pop(name, None)
                    continue
            space[name] = answer[0] if is_given else remote
            if is_given:
                connection.given[name] = answer[0]
                if not isinstance(answer[0], type):
                    connection.note_asked()
        for (star, name, remote), answer in zip(doubtful, found[len(wanted) :], strict=False):
            if answer is not None and not _is_same(connection, remote, answer, star.others[name]):
                connection.note_asked()  # with another module of the student's it would not be so
                raise connection.refuse(SuiteMisuse(star.refusal(name)))

    def read_ahead(self, files: Iterable[Path]) -> None:
        """Do once for all runs what each would find out for itself: names, what files import, the source of `@in_candidate`."""
        self.look()
        for file in files:
            imported_for_effect(file)
        for module_name in self.names:
            for value in vars(sys.modules[module_name]).values():
                if type(value) is RemoteFunction:
                    with contextlib.suppress(Exception):  # the test that uses it says what is wrong
                        in_candidate.read(value.function)

    def look(self) -> None:
        """Find the suite's files that have been imported since."""
        if self.seen == len(sys.modules):
            return
        for module_name, module in list(sys.modules.items()):
            file = vars(module).get("__file__") if type(module) is ModuleType else None
            if module_name not in self.names and str(file or "").startswith(self.root):
                self.names[module_name] = {n: v for n, v in vars(module).items() if type(v) is RemoteName}
                if module_name not in NOT_LENT:
                    kinds.give(vars(module))
                    if "mock" in Path(str(file)).read_text(encoding="utf-8", errors="replace"):
                        patches.forward_mock(watch)
        awaiting.forward()
        kinds.give_mock()
        self.seen = len(sys.modules)


def _is_of_star(space: Namespace, name: str, remote: RemoteName) -> bool:
    return is_of_star(space.get("__file__"), remote._assay_module, name)


def _is_not_defined(connection: Connection, remote: RemoteName) -> bool:
    """Whether the student's module is there and does not give a name."""
    return isinstance(_ask_home(connection, remote)[1], NameError)


def _is_same(connection: Connection, remote: RemoteName, answer: Any, other: Any) -> bool:
    """Whether the student's module has taken a name from where the suite has: whatever it says, the suite's own is used."""
    if type(answer) is list:
        return len(answer) == 1 and type(answer[0]) is type(other) and bool(answer[0] == other)
    home, problem = _ask_home(connection, remote)
    if problem is not None:
        return not hasattr(other, "__module__")  # modules have none
    return type(home) is str and home == getattr(other, "__module__", None)


def _ask_home(connection: Connection, remote: RemoteName) -> tuple[Any, BaseException | None]:
    """Return what a name's thing says of the module it is of, or what was raised instead."""
    try:
        return connection.request("getattr", remote, "__module__"), None
    except BaseException as problem:
        if not isinstance(problem, CandidateRaised):
            raise
        return None, problem
