"""What a container holds, looked at and replaced: lists, dictionaries, sets, arrays of numbers. Side: any."""

import array
import itertools
import operator
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from grader.wire.encoding import Sharer, content, packed
from grader.wire.identities import is_fixed
from grader.wire.kinds import REFERENCE, ProtocolError

HandleOf = Callable[[Any], int | None]


class Look(NamedTuple):
    """What a container held at one moment."""

    body: bytes
    met: list[Any]  # what `body` knows by its identity alone, which stays its own as long as this is kept


def looked_at(container: Any, handle_of: HandleOf, max_bytes: int, share: Sharer) -> Look:
    """Return what a container holds, for who compares two such looks: unlike what is written, it tells nobody of anything.

    handle_of: the handle of a student's object that the other side has been told of, or None.
    """
    met: list[Any] = []

    def identity(value: Any) -> list[Any]:
        handle = handle_of(value)
        if handle is None:
            met.append(value)
        return [REFERENCE, handle is None, id(value) if handle is None else handle]

    return Look(packed(content(container, identity, max_bytes, share)), met)


def fixed_parts(container: Any) -> list[Any] | None:
    """Return all that a list, dictionary or set holds, in its order, if nobody can change any of it; None for any other."""
    found = parts(container)
    return found if found is not None and all(map(is_fixed, found)) else None


def parts(container: Any) -> list[Any] | None:
    """Return all that a list, set or dictionary holds, of the last keys and values in turn; None for any other."""
    if type(container) in (list, set):
        return [*container]
    return [*itertools.chain.from_iterable(container.items())] if type(container) is dict else None


def begins_with(now: list[Any], before: list[Any]) -> bool:
    """Whether a list begins with these very things: looked at by identity, which asks none of them anything."""
    return len(now) >= len(before) and all(map(operator.is_, before, now))


def added(container: Any, now: list[Any], before: list[Any]) -> Any:
    """Return what a list or dictionary has got at its end, in a container of its kind; None where that is not all."""
    rest = now[len(before) :]
    if type(container) not in (list, dict) or not begins_with(now, before) or not all(map(is_fixed, rest)):
        return None
    return rest if type(container) is list else dict(zip(rest[::2], rest[1::2], strict=True))


def add(container: Any, rest: Any) -> None:
    """Put more at a list's or a dictionary's end; raises ProtocolError for what does not belong there."""
    if type(container) is list and type(rest) is list:
        container += rest
    elif type(container) is dict and type(rest) is dict and not container.keys() & rest.keys():
        container.update(rest)
    else:
        raise ProtocolError("more of a container that has no end")


def _reshape(array: Any, shape: tuple[int, ...]) -> None:
    try:
        array.shape = shape
    except (AttributeError, ValueError):
        raise ProtocolError("an array that became another") from None


def fill(container: Any, new: Any) -> None:
    """Have a container hold what another of its kind does; raises ProtocolError for one of another kind."""
    if type(container) is np.ndarray and type(new) is np.ndarray:
        if container.shape != new.shape:
            _reshape(container, new.shape)
        if container.dtype != new.dtype:
            raise ProtocolError("an array that became another")
        container.flags.writeable = True
        np.copyto(container, new)
        container.flags.writeable = new.flags.writeable
    elif type(container) is list and type(new) is list:
        container[:] = new
    elif type(container) is set and type(new) is set:
        container.clear()
        container.update(new)
    elif type(container) is deque and type(new) is deque:
        container.clear()
        container.extend(new)
    elif type(container) in (bytearray, array.array) and type(new) is type(container):
        container[:] = new
    elif isinstance(container, dict) and isinstance(new, dict):
        container.clear()
        for key in new:
            container[key] = new[key]
    else:
        raise ProtocolError("a container that became one of another kind")
