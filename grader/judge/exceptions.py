"""What a test can meet instead of a value: what the student raised, its process's end, a wrong use by the test. Side: judge."""

import builtins
from typing import Any

from grader.verdict import Verdict
from grader.wire import values

RAISED_CHARACTERS, FRAMES = 20_000, 50


class RemoteMisuse(BaseException):
    """A test asked a remote object for something that only a value can answer; the student may have caused it.

    Not an Exception: a test that expects one of the student's code must not be satisfied by a refusal of ours. Whoever
    raises one has it remembered by the connection, so that a test that catches everything does not pass either.
    """


class SuiteMisuse(RemoteMisuse):
    """A test did what no answer of the student's can make right or wrong: the suite is at fault, and no student's verdict."""


class CandidateRaised(Exception):
    """The student's code raised: `type_name`, its message, and the frames in the student's own files.

    Every instance belongs to a subclass that is also the built-in type the student's exception derives from, so that
    `pytest.raises(ValueError)` works.
    """

    def __init__(self, message: str, type_name: str, frames: list[tuple[str, int, str, str]]) -> None:
        self.args = (message,)
        self.message = message
        self.type_name = type_name
        self.frames = frames

    def __str__(self) -> str:
        return self.message


class CandidateEnded(BaseException):
    """The test's process can answer no more; `verdict` says how it ended. Not an Exception: no test may swallow it."""

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict


_EXCEPTIONS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    if not issubclass(value, BaseExceptionGroup)  # made of other exceptions, which do not cross
}
_classes: dict[tuple[str, tuple[type, ...]], type] = {}


def exception(names: Any, message: Any, frames: Any) -> CandidateRaised:
    """Return the judge's own exception for one that the student's code raised.

    Its bases come from the closed list of built-in exceptions: the one or two most derived in `names`, the method
    resolution order the candidate reports. Raises ProtocolError for parts of another kind.
    """
    if type(names) is not list or not names or any(type(name) is not str for name in names) or type(message) is not str:
        raise values.ProtocolError("an exception that is none")
    if type(frames) is not list or any(
        type(f) is not list or list(map(type, f)) != [str, int, str, str] for f in frames
    ):
        raise values.ProtocolError("a traceback that is none")
    bases: list[type] = []
    for name in names[:32]:
        kind = _EXCEPTIONS.get(name.removeprefix("builtins.")) if name.startswith("builtins.") else None
        if kind and kind is not Exception and not any(issubclass(base, kind) for base in bases) and len(bases) < 2:
            bases.append(kind)
    shown = names[0].rpartition(".")[2][:80]
    cls = _exception_class(shown if shown.isidentifier() else "StudentException", tuple(bases))
    told = [(file[:200], line, function[:200], code[:500]) for file, line, function, code in frames[-FRAMES:]]
    problem: CandidateRaised = cls(message[:RAISED_CHARACTERS], shown, told)
    return problem


def _exception_class(name: str, bases: tuple[type, ...]) -> type:
    key = (name, bases)
    if key not in _classes:
        if len(_classes) > 1000:
            _classes.clear()
        try:
            _classes[key] = type(name, (CandidateRaised, *bases), {})
        except TypeError:  # two built-in types whose layouts cannot be joined
            _classes[key] = type(name, (CandidateRaised, *bases[:1]), {})
    return _classes[key]
