"""Every control message, by direction: named fields that stay as they are, and the one strict loader. Side: any.

Control messages travel between the supervisor and the first processes of boxes, over sockets that keep their bounds. What a
test asks of a student's objects is none: that is a request of `grader.judge.connection`. A message is a dictionary of its
kind and its fields; `unpack` takes exactly the kinds that the reader expects and the fields that they have.
"""

import types
import typing
from typing import Any, NoReturn

from grader.wire import values

CONTROL_PATH = "/run/assay/control"  # where the first process of a box finds the supervisor's socket
MESSAGE_BYTES = 1 << 19
MOST_WAITED_SECONDS = 30.0  # of a run, that a machine with too much to do may add to its time
MAX_HANDLES = 1_000_000  # objects of a student's that one test may hold by reference
#: How a request to a candidate ends: with a value, with what the student's code raised, with a value that does not cross.
#: Instead of an end: the candidate asks for a use of something that was lent to it, and is answered by a frame ANSWER.
OK, RAISED, REFUSED, ASKED = 0, 1, 2, 3
ANSWER = "answer"
MAX_LOG_RECORDS = 10_000  # that are told of at once
#: Requests in which every container is a copy: what the agent does for the suite, and what is measured.
_BY_COPY = "define prepare repeat count update environ hear heard files written listen levels logged hash release"
BY_COPY = frozenset(_BY_COPY.split())


@typing.dataclass_transform(frozen_default=True)
class Message:
    """Base of every control message, whose fields are those that its class declares.

    What `dataclass` writes and compiles for each class, the first process of every box would compile anew before it can start.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        names = _FIELDS[type(self).__name__]
        fields = {**dict(zip(names, args, strict=False)), **named}
        fields |= {name: getattr(type(self), name) for name in names.keys() - fields if hasattr(type(self), name)}
        if fields.keys() != names.keys() or len(args) + len(named) > len(names):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(names)}")
        vars(self).update(fields)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} stays as it is")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in _FIELDS[type(self).__name__])
        return f"{type(self).__name__}({fields})"


# --- from the first process of any box to the supervisor ---


class Ready(Message):
    """The box is up; a candidate box sends a descriptor of its work folder along."""

    versions: dict[str, str]


# --- from the supervisor to a zygote ---


class LimitBox(Message):
    """Take resource limits that every process forked from here on inherits; answered by Tidied."""

    rlimits: list[list[int]]  # resource, limit


class Tidy(Message):
    """Empty the work folder and reap what ended; answered by Tidied."""


class ForkPackageZygote(Message):
    """Fork a zygote that imports the package's modules once; with its control socket and a null device. Answered by Forked."""

    packages: list[str]
    modules: list[str]
    site: str = ""  # where the suite's own third-party packages lie, if it has any


class ForkTest(Message):
    """Fork a test process; with its channel and its output. Answered by Forked."""

    packages: list[str]
    frame_bytes: int
    test_limits: list[list[int]]  # resource, soft limit, hard limit
    tidy: bool = False  # empty the work folder first
    site: str = ""  # as of ForkPackageZygote


# --- from a zygote to the supervisor: never believed, only waited for ---


class Forked(Message):
    """A child was forked; which one the kernel says."""

    pid: int


class Tidied(Message):
    """The work folder is said to be empty; what ended since, oldest first, as pid and wait status."""

    ended: list[list[int]]


class Loaded(Message):
    """A package zygote has tried to import its modules."""


# --- from the supervisor to the judges' box, to a suite's judge, and to a run ---


class CollectSuite(Message):
    """Fork a judge that collects a suite; with its control socket. Answered there by Collected or Broken."""

    packages: list[str]
    suite: str  # name of the suite's folder
    folder: str  # where it lies, below the box's folder of suites
    site: str = ""  # where the packages lie that its tests import, if it needs any


class RunPlain(Message):
    """Run a suite's tests plainly, beside a reference; with a control socket. Answered there by PlainOutcomes and Finished."""

    suite: str
    folder: str
    reference: str  # the folder of the reference, below the same one
    sites: list[str]  # where the packages lie that either imports


class JudgeRun(Message):
    """Fork a run, which waits for BeginTests; with its control socket."""

    seed: int
    checks: list[str]  # in the order in which they are judged
    shuffle: int | None
    test_wall_seconds: float
    budget_wall_seconds: float
    trees: list[str]  # what a measured process can be made of
    frame_bytes: int
    output_bytes: int
    judge_cpu_seconds: float  # of the judge's own work on one test
    judge_memory_bytes: int
    doubts_faults: bool = False  # a fault of the suite's is told of with its test's end, and others go on
    is_timed: bool = True  # or measured work runs once, and its answer is checked, as at a student's desk


class BeginTests(Message):
    """What the first test needs is there: only from here on does a test's time pass."""


class Granted(Message):
    """A candidate's process is ready; with its channel and its output."""

    seed: int
    wall_seconds: float | None = None  # that it has for all its answers, if that is less than tests have


class Withheld(Message):
    """There is no candidate's process, and this is what its test ends with."""

    verdict: str
    message: str


class Reading(Message):
    """The kernel's figures of a measured process."""

    cpu_seconds: float
    resident_bytes: float
    peak_bytes: float


# --- from a suite's judge, or a run, to the supervisor ---


class Collected(Message):
    """What every check of the suite can earn."""

    checks: list[dict[str, Any]]  # the fields of PlannedCheck


class Broken(Message):
    """The suite cannot be used: why, a sentence each."""

    sentences: list[str]


class Stalled(Message):
    """A yardstick ended before it answered; the run is over, and nobody's fault but the machine's."""

    sentence: str


class StartTest(Message):
    """A test begins and wants its candidate's process. Answered by Granted or Withheld."""

    check: str


class MoreTime(Message):
    """A test's candidate is late, and has waited for a processor how long? Answered by the same, with the time it gets."""

    seconds: float = 0.0


class EndTest(Message):
    """A test is over: what the judge makes of it."""

    check: str
    verdict: str
    points: float
    message: str
    output: str
    duration_s: float
    budget: dict[str, Any] | None = None
    leaderboard: list[Any] | None = None  # name, value, order
    fault: str = ""  # of the suite's, unless the reference passes the test: then the student's answers led to it


class OpenMeter(Message):
    """A measured process is wanted, made of a tree. Answered by Granted or Withheld."""

    role: str
    tree: str


class ReadMeter(Message):
    """The figures of a measured process are wanted. Answered by Reading."""

    role: str
    reset_peak: bool


class CloseMeter(Message):
    """A measured process is done with."""

    role: str


class PlainOutcome(Message):
    """What came of a test, or of a file that could not be collected, under plain pytest."""

    check: str
    outcome: str  # passed, failed or skipped
    message: str


class Finished(Message):
    """Every check that was asked for has been reported."""


_KINDS = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
}
_FIELDS: dict[str, dict[str, Any]] = {name: vars(kind).get("__annotations__", {}) for name, kind in _KINDS.items()}
_M = typing.TypeVar("_M", bound=Message)


def pack(message: Message) -> bytes:
    """Return a message's bytes; raises ValueRefused for one that is too large."""
    kind = type(message).__name__
    fields = {name: getattr(message, name) for name in _FIELDS[kind]}
    return values.encode({"kind": kind, **fields}, lambda _object: None, MESSAGE_BYTES)


def unpack(body: bytes, *expected: type[_M]) -> _M:
    """Return the message of a body, one of the kinds that are expected; raises ProtocolError for anything else."""
    fields = values.decode(body, values.no_reference)
    if type(fields) is not dict:
        raise values.ProtocolError("a control message is a dictionary")
    name = fields.pop("kind", None)
    kind = next((each for each in expected if each.__name__ == name), None)
    if kind is None:
        raise values.ProtocolError(f"not one of the control messages that may come now: {str(name)[:40]}")
    hints = _FIELDS[kind.__name__]
    if fields.keys() != hints.keys() or not all(_fits(fields[name], hint) for name, hint in hints.items()):
        raise values.ProtocolError(f"the control message {name} has other fields than its kind")
    return kind(**fields)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a decoded value is of the type that a field declares; an integer may stand for a number."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return any(_fits(value, each) for each in arguments)
    if origin is list:
        return type(value) is list and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return type(value) is dict and all(_fits(k, arguments[0]) and _fits(v, arguments[1]) for k, v in value.items())
    is_number = hint is float and type(value) is int
    return hint is Any or type(value) is hint or is_number or (hint is types.NoneType and value is None)
