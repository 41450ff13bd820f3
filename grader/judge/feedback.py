"""Every sentence of the engine that a student can read: what a verdict means, what was called, where it went wrong. Side: judge.

Always true: no text made here names a path or a line of the suite. Text that comes from the student's code is data: it is
capped here, and its control characters are escaped where the result is assembled.
"""

import re
import signal
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.verdict import Verdict

MAX_MESSAGE_CHARACTERS = 6000
MAX_ARGUMENT_CHARACTERS = 120
MAX_INTEGER_BITS = 4000
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
    "Importing your package took longer than {seconds:g} s. Move work out of the top level of your modules."
)
IMPORT_ENDED = (
    "Importing your package ended Python itself. Look for sys.exit, os._exit or os.kill at the top level of your "
    "modules."
)

#: Of a test whose judge used up its own time or memory on what came back.
UNCOMPARABLE = (
    "What your code returned could not be compared: looking at it took more time or memory than a test may use. Return only what "
    "is asked for, as plain numbers and arrays of the size that is asked for."
)

#: How a request of the judge reads as Python; {0} is the object, {1} the rest.
_SPOKEN = {
    "getattr": "{0}.{1}",
    "setattr": "{0}.{1} = {2}",
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


def failure(problem: BaseException, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> str:
    """Return what a student reads about a failed test: the comparison or the exception, and the last calls made."""
    from _pytest.outcomes import OutcomeException  # here: whoever runs no test, as a grading worker, has no pytest

    from grader.judge.exceptions import CandidateRaised, RemoteMisuse

    if isinstance(problem, CandidateRaised):
        text = (
            f"Your code raised {problem.type_name}: {problem.message}"
            if problem.message
            else (f"Your code raised {problem.type_name}.")
        )
        text += traceback(problem.frames)
    elif isinstance(problem, AssertionError | OutcomeException):  # the second is pytest.fail's
        text = str(problem) or "An assertion of the test does not hold."
    elif isinstance(problem, MemoryError):  # the judge's own
        text = UNCOMPARABLE
    elif isinstance(problem, RemoteMisuse):
        text = f"The test could not use what your code returned: {problem}."
    else:
        text = f"The test could not go on with what your code returned ({type(problem).__name__}: {problem})."
    spoken = [sentence for sentence in map(speak, calls) if sentence]
    if spoken:
        text += "\nLast calls: " + "; ".join(spoken[-3:])
    return _ADDRESS.sub("at 0x...", text)[:MAX_MESSAGE_CHARACTERS]


def traceback(frames: Sequence[tuple[str, int, str, str]]) -> str:
    """Return the lines of a student's traceback, in their own files and with their own line numbers."""
    lines = [f'\n  File "{file}", line {line}, in {function}\n    {code}' for file, line, function, code in frames]
    return "".join(lines)


def speak(call: tuple[str, tuple[Any, ...]]) -> str:
    """Return one request as a line of Python, with shapes instead of contents; empty for our own bookkeeping."""
    operation, arguments = call
    if operation in ("begin", "define", "name", "repr", "prepare", "repeat"):
        return ""
    if operation == "call":
        function, args, kwargs = arguments
        parts = [show(arg) for arg in args] + [f"{name}={show(value)}" for name, value in kwargs.items()]
        return f"{show(function)}({', '.join(parts)})"
    shown = [
        arguments[1] if i == 1 and operation in ("getattr", "setattr") else show(a) for i, a in enumerate(arguments)
    ]
    pattern = _SPOKEN.get(operation)
    return pattern.format(*shown) if pattern else f"{operation}({', '.join(map(str, shown))})"


def show(value: Any) -> str:
    """Return a short description of a value: arrays by shape and dtype, remote objects by class, the rest as written."""
    if isinstance(value, np.ndarray):
        if value.size <= 6 and value.ndim <= 6 and value.nbytes <= 600:
            return f"array({np.array2string(value, precision=4, separator=', ')})".replace("\n", "")
        return f"array of shape {value.shape}, {value.dtype}"
    kind = type(value)
    if hasattr(kind, "_assay_shown"):  # a proxy, which is asked nothing itself: it would ask the student's code
        return str(kind._assay_shown(value))
    if kind in (list, tuple) and len(value) <= 6:
        inner = ", ".join(map(show, value))
        return f"[{inner}]" if kind is list else f"({inner}{',' if len(value) == 1 else ''})"
    if kind is slice:
        return f"slice({', '.join(map(show, (value.start, value.stop, value.step)))})"
    if kind is int and value.bit_length() > MAX_INTEGER_BITS:
        return f"an integer of {value.bit_length()} bits"
    short = value[: MAX_ARGUMENT_CHARACTERS + 1] if kind in (str, bytes) else value
    text = repr(short) if kind in (bool, int, float, complex, str, bytes, type(None)) else f"a {kind.__name__}"
    return text if len(text) <= MAX_ARGUMENT_CHARACTERS else text[:MAX_ARGUMENT_CHARACTERS] + "..."


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
