"""What the judge is told of an exception of the student's: its class, arguments, attributes, cause, and frames. Side: candidate.

Made of plain values and handles; whatever of it does not cross, or cannot be read, is left out.
"""

import linecache
import sys
from collections import deque
from types import GetSetDescriptorType, MemberDescriptorType, TracebackType
from typing import Any, Protocol

from grader.candidate import importing
from grader.wire import values

MAX_MESSAGE_CHARACTERS = 20_000
MAX_FRAMES = 12
MAX_TYPE_NAMES = 32
DEEP = 20_000  # frames of a traceback
MAX_NOTES = 50
MAX_CHAIN = 8  # causes and contexts
MAX_PART_BYTES = 1 << 18  # of the arguments, and of the attributes


class Holder(Protocol):
    """What keeps the objects that the judge knows by their handles."""

    def hold(self, value: Any) -> list[Any] | None:
        """Return the node of an object that does not cross by value."""

    def handle_of(self, value: Any) -> int:
        """Return an object's handle, a new one if need be."""

    def held(self) -> int:
        """Return how many handles there are."""

    def forget_from(self, handle: int) -> None:
        """Take back the handles from this one on, which the judge was not told of."""


def class_node(kind: type, holder: Holder) -> list[Any]:
    """Return the node of an exception class that the judge has not met yet."""
    names = [f"{cls.__module__}.{cls.__qualname__}"[:200] for cls in kind.__mro__[:MAX_TYPE_NAMES]]
    parents = [
        holder.hold(base)
        for base in kind.__bases__
        if issubclass(base, BaseException) and base.__module__ != "builtins" and len(names) < MAX_TYPE_NAMES
    ]
    return [values.ERROR_CLASS, holder.handle_of(kind), kind.__name__[:100], names, parents]


def error_node(problem: BaseException, holder: Holder) -> list[Any]:
    """Return the node of an exception: everything that a test in the same process could see of it."""
    kind = type(problem)
    name = values.TYPE_NAMES.get(kind)
    class_ = [values.TYPE, name] if name is not None else holder.hold(kind)
    message = text_of(problem)
    args = _part(tuple(problem.args), (message,), holder)
    state = _part(_state(problem), {}, holder)
    cause, context = problem.__cause__, problem.__context__
    chain = [
        holder.hold(linked) if linked is not None else None for linked in (cause, None if context is cause else context)
    ]
    notes = getattr(problem, "__notes__", None)
    told = [str(note)[:MAX_MESSAGE_CHARACTERS] for note in notes[:MAX_NOTES]] if type(notes) is list else []
    is_hidden = bool(problem.__suppress_context__)
    frames = frames_of(problem)
    if _is_shallow(problem):  # to free a million frames takes seconds
        problem.__traceback__ = None  # which would keep every local variable of its frames
    return [values.ERROR, holder.handle_of(problem), class_, args, state, message, frames, *chain, is_hidden, told]


def _is_shallow(problem: BaseException) -> bool:
    at, count = problem.__traceback__, 0
    while at is not None and count <= DEEP:
        at, count = at.tb_next, count + 1
    return count <= DEEP


def text_of(problem: BaseException) -> str:
    """Return an exception's message, whatever its class does when it is asked."""
    try:
        return str(str(problem)[:MAX_MESSAGE_CHARACTERS])
    except BaseException:
        return "(the exception's message could not be read)"


def _part(value: Any, otherwise: Any, holder: Holder) -> Any:
    held = holder.held()
    try:
        return values.node(value, holder.hold, MAX_PART_BYTES)
    except values.ValueRefused:
        holder.forget_from(held)
        return values.node(otherwise, holder.hold, MAX_PART_BYTES)


def _state(problem: BaseException) -> dict[str, Any]:
    """Return what an exception carries besides its arguments; a student's own class is asked for it when it is wanted."""
    state: dict[str, Any] = {}
    for kind in type(problem).__mro__:
        if kind.__module__ == "builtins" and kind is not BaseException:
            for name, slot in vars(kind).items():
                if name in values.ERROR_SLOTS and isinstance(slot, GetSetDescriptorType | MemberDescriptorType):
                    value = getattr(problem, name, None)
                    if type(value) in (bool, int, str, bytes):
                        state.setdefault(name, value)
    if type(problem).__module__.partition(".")[0] in sys.stdlib_module_names | {"numpy"}:
        state |= {name: value for name, value in vars(problem).items() if not name.startswith("__")}
    return state


def _source_line(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()[:200]


def frames_above() -> list[list[Any]]:
    """Return the frames of the student's files that are being executed, the innermost first."""
    frames: list[list[Any]] = []
    at = sys._getframe(1)
    while at is not None and len(frames) < MAX_FRAMES:
        file, line = at.f_code.co_filename, at.f_lineno
        if file.startswith(importing.SUBMISSION + "/"):
            frames.append([file, line or 0, at.f_code.co_name, _source_line(file, line)])
        at = at.f_back  # type: ignore[assignment]
    return frames


def frames_of(problem: BaseException) -> list[list[Any]]:
    """Return the frames of an exception in the student's own files, and where a file of theirs cannot be read as Python."""
    inside = importing.SUBMISSION + "/"
    try:
        last: deque[TracebackType] = deque(maxlen=MAX_FRAMES)  # of what may be a million, when a stack has overrun
        at = problem.__traceback__
        while at is not None:
            if at.tb_frame.f_code.co_filename.startswith(inside):
                last.append(at)
            at = at.tb_next
        frames: list[list[Any]] = []
        for each in last:
            code, line = each.tb_frame.f_code, each.tb_lineno
            text = _source_line(code.co_filename, line)
            frames.append([code.co_filename.removeprefix(inside), line or 0, code.co_name, text])
        if isinstance(problem, SyntaxError) and str(problem.filename).startswith(inside):
            text = (problem.text or "").strip()[:200]
            frames.append([str(problem.filename).removeprefix(inside), problem.lineno or 0, "(syntax)", text])
    except BaseException:
        return []
    return frames
