"""Every sentence of the engine that a student can read: what a verdict means, what was called, where it went wrong. Side: judge.

Always true: no text made here names a path or a line of the suite. Text that comes from the student's code is data: it is
capped here, and its control characters are escaped where the result is assembled.
"""

import re
import signal
from collections.abc import Sequence
from types import FunctionType
from typing import Any
from unittest import SkipTest

import numpy as np

from grader.judge.pytest_words import in_plain_words
from grader.verdict import Verdict

MAX_MESSAGE_CHARACTERS = 6000
MAX_ARGUMENT_CHARACTERS = 120
MAX_PARTS = 12  # of a test with subtests, that are told of
MAX_INTEGER_BITS = 4000
_FALSIFYING = re.compile(r"(?:Failing|Falsifying) (?:explicit )?(?:test case|example): (.*)", re.DOTALL)
_ADDRESS = re.compile(r"at 0x[0-9A-Fa-f]+")

#: What to do next, by verdict; shown beside the message.
HELP = {
    Verdict.PASSED: "",
    Verdict.FAILED: "Compare what was expected with what came back, then run the visible tests again at home.",
    Verdict.CRASHED: "Your code ended Python itself. Look for sys.exit, os._exit, or code outside Python.",
    Verdict.TIMED_OUT: "Look for a loop that never ends, or one that does far more work than it needs to.",
    Verdict.OUT_OF_MEMORY: "Look for an array that is much larger than the result, or a list that never stops growing.",
    Verdict.OUTPUT_EXCEEDED: "Remove print calls from loops, and return only what was asked for.",
    Verdict.OVER_BUDGET: "The answer is right; it costs too much. Look for Python loops over single elements.",
    Verdict.SKIPPED: "This test was not run.",
}

#: Why a package that cannot be imported once is refused for all tests.
IMPORT_TOO_SLOW = (
    "Importing your package took longer than {seconds:g} s. Move work out of the top level of your modules, into functions or "
    'below if __name__ == "__main__":'
)
IMPORT_ENDED = (
    "Importing your package ended Python itself. Look for sys.exit, os._exit or os.kill at the top level of your "
    "modules."
)

#: What is said of tests that their author has marked; they count for nothing.
SKIPPED_BY_ITS_AUTHOR = "This test is skipped by its author and counts for nothing. {}"
FAILED_AS_EXPECTED = "This test is expected to fail, and failed; it counts for nothing. {}"
PASSED_AGAINST_EXPECTATION = "This test is expected to fail, and passed; it counts for nothing."
#: Why a test ended in which the student's code and what was lent to it went on and on.
TOO_OFTEN = (
    "Your code and the functions that the test gave it call each other too often. Look for a loop that never ends."
)
#: Why a test had less time than usual, behind what is said of one that used it up.
HURRIED = (
    " Tests before it that did not pass have used up the time that such tests may take together: mend these first."
)
#: Of a test whose judge used up its own time or memory on what came back.
UNCOMPARABLE = (
    "What your code returned could not be compared: looking at it took more time or memory than a test may use. Return only what "
    "is asked for, as plain numbers and arrays of the size that is asked for."
)
#: Of a test that ended as if its suite were broken, and that the reference passes.
UNUSABLE = (
    "The test could not go on with what your code returned, though it can with the answers of the reference. Look at the kind of "
    "value that each of your functions returns, and at what stands under each name of your module: a class, a function, a number."
)
#: Of one whose suite has no reference to ask.
IN_DOUBT = "If your code is right here, this test may be wrong itself: tell whoever teaches you."

#: `array.data` is a memoryview: what is said of one is said of an array that stands where an object with `.data` belongs.
MEMORYVIEW = "memoryview"
PLAIN_ARRAY = "Your code gave a plain array where an object that holds one as its .data is expected, such as a Tensor."

#: How a request of the judge reads as Python; {0} is the object, {1} the rest.
_SPOKEN = {
    "getattr": "{0}.{1}",
    "setattr": "{0}.{1} = {2}",
    "place": "{0}.{1} = {2}",
    "getitem": "{0}[{1}]",
    "setitem": "{0}[{1}] = {2}",
    "len": "len({0})",
    "iter": "iter({0})",
    "next": "next({0})",
    "str": "str({0})",
    "isinstance": "isinstance({0}, {1})",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "truediv": "{0} / {1}",
    "matmul": "{0} @ {1}",
    "pow": "{0} ** {1}",
    "neg": "-{0}",
}
#: Requests of ours that no line of the test makes: bookkeeping, and questions about what came back.
_UNSPOKEN = frozenset(
    "begin define name names repr prepare repeat count plain type issubclass eq ne lt le gt ge hash callable derive update".split()
)


def of_fault(text: str, has_reference: bool) -> str:
    """Return what is said of a test that ended as if its suite were broken, where an answer may have led to that."""
    return UNUSABLE if has_reference else f"{text[: MAX_MESSAGE_CHARACTERS - len(IN_DOUBT) - 1]}\n{IN_DOUBT}"


def failure(
    problem: BaseException,
    calls: Sequence[tuple[str, tuple[Any, ...]]],
    parts: Sequence[tuple[BaseException, str]] = (),
) -> str:
    """Return what a student reads about a failed test: the comparison or the exception, and the last calls made.

    parts: where a test has subtests, all that went wrong, each with the description of its subtest.
    """
    told = parts[:MAX_PARTS] or [(problem, "")]
    said = [
        (f"In the subtest {subtest}: {_reason(each)}" if subtest else _reason(each)) + _example(each)
        for each, subtest in told
    ]
    if len(parts) > MAX_PARTS:
        said.append(f"{len(parts) - MAX_PARTS} more subtests failed.")
    spoken = [sentence for sentence in map(speak, calls) if sentence]
    following = [*spoken, ""][1:]
    # A method is looked up, then called: the call says both.
    spoken = [line for line, after in zip(spoken, following, strict=True) if not after.startswith(f"{line}(")]
    if spoken:
        said.append("Last calls: " + "; ".join(spoken[-3:]))
    return _ADDRESS.sub("at 0x...", "\n".join(said))[:MAX_MESSAGE_CHARACTERS]


def _reason(problem: BaseException) -> str:
    """Return what is said of one exception that ended a test, or a part of it."""
    from _pytest.outcomes import OutcomeException  # here: whoever runs no test, as a grading worker, has no pytest

    from grader.judge.exceptions import RemoteMisuse, raised
    from grader.judge.items.marks import UnexpectedSuccess

    known = raised(problem)
    if _is_about_an_array(problem, known):
        return PLAIN_ARRAY
    if known is not None:
        said = f": {known.message}" if known.message else "."
        return f"Your code raised {known.type_name}{said}" + traceback(known.frames)
    if isinstance(problem, AssertionError | OutcomeException | SkipTest):  # the second is pytest.fail's
        return in_plain_words(str(problem)) or "An assertion of the test does not hold."
    if isinstance(problem, MemoryError):  # the judge's own
        return UNCOMPARABLE
    if isinstance(problem, UnexpectedSuccess):
        return PASSED_AGAINST_EXPECTATION
    if isinstance(problem, RemoteMisuse):
        return f"The test could not use what your code returned: {problem}."
    return f"The test could not go on with what your code returned ({type(problem).__name__}: {problem})."


def _example(problem: BaseException) -> str:
    """Return the smallest example of a property for which a test fails, as hypothesis notes it."""
    for note in getattr(problem, "__notes__", ()):
        found = _FALSIFYING.match(note) if isinstance(note, str) else None
        if found:
            return f"\nIt fails for {' '.join(found[1].split())}"
    return ""


def _is_about_an_array(problem: BaseException, known: Any) -> bool:
    """Whether the test, and no line of the student's, tripped over the `.data` of a plain array."""
    if known is not None:
        return not known.frames and MEMORYVIEW in known.message
    return isinstance(problem, TypeError | AttributeError) and MEMORYVIEW in str(problem)


def traceback(frames: Sequence[tuple[str, int, str, str]]) -> str:
    """Return the lines of a student's traceback, in their own files and with their own line numbers."""
    lines = [f'\n  File "{file}", line {line}, in {function}\n    {code}' for file, line, function, code in frames]
    return "".join(lines)


def speak(call: tuple[str, tuple[Any, ...]]) -> str:
    """Return one request as a line of Python, with shapes instead of contents; empty for our own bookkeeping."""
    operation, arguments = call
    if operation in _UNSPOKEN:
        return ""
    if operation == "call":
        function, args, kwargs = arguments
        parts = [show(arg) for arg in args] + [f"{name}={show(value)}" for name, value in kwargs.items()]
        return f"{show(function)}({', '.join(parts)})"
    shown = [
        arguments[1] if i == 1 and operation in ("getattr", "setattr", "place") else show(a)
        for i, a in enumerate(arguments)
    ]
    pattern = _SPOKEN.get(operation)
    return pattern.format(*shown) if pattern else f"{operation}({', '.join(map(str, shown))})"


def show(value: Any) -> str:
    """Return a short description of a value: arrays by shape and dtype, remote objects by class, the rest as written."""
    kind = type(value)  # `isinstance` would ask a proxy, and so the student's code
    if issubclass(kind, np.ndarray):
        if value.size <= 6 and value.ndim <= 6 and value.nbytes <= 600:
            return f"array({np.array2string(value, precision=4, separator=', ')})".replace("\n", "")
        return f"array of shape {value.shape}, {value.dtype}"
    if hasattr(kind, "_assay_shown"):  # a proxy, which is asked nothing itself
        return str(kind._assay_shown(value))
    if kind in (list, tuple) and len(value) <= 6:
        inner = ", ".join(map(show, value))
        return f"[{inner}]" if kind is list else f"({inner}{',' if len(value) == 1 else ''})"
    if kind is slice:
        return f"slice({', '.join(map(show, (value.start, value.stop, value.step)))})"
    if kind is int and value.bit_length() > MAX_INTEGER_BITS:
        return f"an integer of {value.bit_length()} bits"
    short = value[: MAX_ARGUMENT_CHARACTERS + 1] if kind in (str, bytes) else value
    text = repr(short) if kind in (bool, int, float, complex, str, bytes, type(None)) else with_article(kind.__name__)
    return text if len(text) <= MAX_ARGUMENT_CHARACTERS else text[:MAX_ARGUMENT_CHARACTERS] + "..."


def with_article(name: str) -> str:
    """Return "a Tensor", and "an Embedding"."""
    return f"an {name}" if name[:1] in tuple("AEIOUaeio") else f"a {name}"


def ended(status: int | None) -> str:
    """Return how a process ended, from its wait status; None where nobody could say."""
    if status is None:
        return "Your code ended the Python process before it answered."
    number = status & 0x7F
    if number:
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        meaning = {"SIGSEGV": ", an access to memory that is not there", "SIGABRT": ", an abort"}.get(name, "")
        return f"Your code's process was ended by {name}{meaning}, before it answered."
    return f"Your code ended the Python process with exit status {(status >> 8) & 0xFF} before it answered."


MOST_ARGUMENTS = 100  # that are looked at one by one


class _Shown:
    """What is said of an object of the student's."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def _assay_shown(self) -> str:
        return self.shown


def without_objects(value: Any, depth: int = 3) -> Any:
    """Return an argument for later: of an object or a function what `show` says of it, so that it lives no longer for that."""
    kind = type(value)
    if kind in (tuple, dict) and depth and len(value) <= MOST_ARGUMENTS:
        if kind is tuple:
            return tuple(without_objects(each, depth - 1) for each in value)
        return {name: without_objects(each, depth - 1) for name, each in value.items()}
    if hasattr(kind, "_assay_shown"):
        return _Shown(value._assay_shown()) if hasattr(kind, "_assay_handle") else value
    is_object = kind is FunctionType or kind.__module__ not in ("builtins", "numpy")
    return _Shown(with_article(kind.__name__)) if is_object else value
