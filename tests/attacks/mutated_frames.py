"""Honest bodies of answers, spoilt at random, for the judge's decoder: each is a value or a protocol error, and nothing else."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.wire import values

CAP = 1 << 20
#: One of every kind that crosses, alone and inside of others.
HONEST: tuple[Any, ...] = (
    [7, 0, np.arange(6, dtype="<f4").reshape(2, 3)],
    [7, 0, [np.float32(1.5), np.int64(-3), np.bool_(True), np.str_("ab"), np.bytes_(b"x")]],
    [7, 0, {"a": 1, (1, 2): [None, True, 2.5], b"k": {1, 2, 3}}],
    [7, 0, (slice(1, None, 2), range(3, 9, 2), ..., 1 + 2j, 2**70, -(2**64))],
    [7, 0, [np.dtype("<U7"), np.float32, ValueError, frozenset({"x", "y"})]],
    [7, 0, np.array(["abc", "d\u00e9"]), np.array([True, False]), np.zeros((0, 3)), np.array(1.0)],
    [7, 1, ["builtins.ValueError", "builtins.Exception"], "no", [["a.py", 3, "f", "x = 1"]]],
    [7, 2, "more than may cross"],
    [7, 0, [[[[[[1, "\ud800", "x" * 40]]]]]], {"deep": [{"er": ({"est": b"\0"},)}]}],
)


@dataclass
class Outcome:
    """What became of so many frames."""

    frames: int = 0
    values: int = 0
    refused: int = 0
    others: Counter[str] = field(default_factory=Counter)  # exceptions that the decoder should not know


def spoil(bodies: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Yield bodies with some bytes changed, left out, put in twice or taken from another one, for ever."""
    while True:
        body = bytearray(chance.choice(bodies))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            at = chance.randrange(len(body) + 1)
            size = chance.choice((1, 1, 1, 2, 4))
            deed = chance.randrange(5)
            if deed == 0:
                body[at : at + 1] = bytes([chance.randrange(256)])
            elif deed == 1:
                del body[at : at + size]
            elif deed == 2:
                body[at:at] = body[at : at + size]
            elif deed == 3:
                other = chance.choice(bodies)
                start = chance.randrange(len(other))
                body[at : at + 8] = other[start : start + 8]
            else:
                body[at : at + size] = chance.choice((b"\xff", b"\0", b"\x7f", b"\x80")) * size
        yield bytes(body)


def run(most: int, wall_seconds: float, seed: int = 1) -> Outcome:
    """Decode so many spoilt bodies, or as many as fit into the time, and use what comes out as a test would."""
    bodies = [values.encode(value, _no_object, CAP) for value in HONEST]
    bodies.append(values.encode([7, 0, {"model": object(), "held": [object()]}], _object, CAP))
    outcome = Outcome()
    until = time.monotonic() + wall_seconds
    for body in spoil(bodies, random.Random(seed)):
        if outcome.frames >= most or (outcome.frames % 1000 == 0 and time.monotonic() > until):
            return outcome
        outcome.frames += 1
        try:
            repr(values.decode(body, _resolve))
            outcome.values += 1
        except values.ProtocolError:
            outcome.refused += 1
        except BaseException as problem:
            outcome.others[type(problem).__name__] += 1
    raise AssertionError("spoilt bodies never end")


def _no_object(_value: Any) -> None:
    return None


def _object(_value: Any) -> list[Any]:
    return [values.REFERENCE, 0, "Model"]


def _resolve(node: list[Any]) -> str:
    if len(node) != 3 or type(node[1]) is not int or type(node[2]) is not str:
        raise values.ProtocolError("a reference that is none")
    return f"<{node[2]} {node[1]}>"
