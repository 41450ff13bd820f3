"""The judge's end of a channel against bytes that no honest candidate sends: only values, exceptions or an end come out."""

import builtins
import json
import os
import socket
import struct
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgpack
import pytest

from grader.errors import SuiteError
from grader.judge import exceptions, remote
from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateEnded, CandidateRaised, RemoteMisuse
from grader.verdict import Verdict
from grader.wire import values

Script = Callable[[socket.socket, int], None]


@contextmanager
def candidate(
    script: Script, *, wall_seconds: float = 2.0, frame_bytes: int = 1 << 20, output_bytes: int = 1000
) -> Iterator[Connection]:
    """Yield a connection whose other end is played by `script(channel, output)` in a thread."""
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()

    def play() -> None:
        try:
            script(theirs, writing)
        except (OSError, EOFError):
            pass  # the judge has hung up
        finally:
            theirs.close()
            os.close(writing)

    thread = threading.Thread(target=play)
    thread.start()
    connection = Connection(
        ours,
        reading,
        wall_seconds=wall_seconds,
        frame_bytes=frame_bytes,
        output_bytes=output_bytes,
        refer=remote.refer,
        make_proxy=remote.make_proxy,
        make_name=remote.students_name,
    )
    try:
        yield connection
    finally:
        connection.close()
        thread.join()


def read_request(channel: socket.socket) -> list[object]:
    """Return one request as [call id, operation, ...]."""
    header = channel.recv(4, socket.MSG_WAITALL)
    if len(header) < 4:
        raise EOFError
    size = struct.unpack(">I", header)[0]
    request: list[object] = msgpack.unpackb(channel.recv(size, socket.MSG_WAITALL))
    return request[1:]


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def reply(call_id: object, *parts: object) -> bytes:
    return frame(values.encode([call_id, *parts], lambda _object: None, 1 << 24))


def answer(*parts: object) -> Script:
    """Answer every request with these parts after the call id."""

    def script(channel: socket.socket, _output: int) -> None:
        while True:
            channel.sendall(reply(read_request(channel)[0], *parts))

    return script


def raw(data: Callable[[object], bytes]) -> Script:
    """Answer the first request with bytes made from its call id, then wait for the judge to hang up."""

    def script(channel: socket.socket, _output: int) -> None:
        channel.sendall(data(read_request(channel)[0]))
        channel.recv(1)

    return script


def nested(depth: int) -> bytes:
    return b"\x92\x00" * depth + b"\xc0"


VALUE_ERROR = [values.TYPE, "ValueError"]


def error(
    handle: int,
    kind: object,
    *,
    message: object = "no",
    args: object = None,
    frames: object = (),
    cause: object = None,
) -> list[object]:
    """Return the node of an exception."""
    arguments = [values.TUPLE, message] if args is None else args
    return [values.ERROR, handle, kind, arguments, [values.DICT], message, frames, cause, None, False, []]


def raised(call_id: object, handle: int, kind: object, **parts: object) -> bytes:
    return frame(msgpack.packb([0, call_id, 1, error(handle, kind, **parts)]))  # type: ignore[arg-type]


MALFORMED: dict[str, Callable[[object], bytes]] = {
    "an empty frame": lambda _id: frame(b""),
    "no msgpack": lambda _id: frame(b"\xc1"),
    "a map": lambda _id: frame(msgpack.packb({"a": 1})),
    "an extension": lambda _id: frame(msgpack.packb(msgpack.ExtType(1, b"x"))),
    "a timestamp": lambda _id: frame(msgpack.packb(msgpack.Timestamp(1, 2))),
    "a 32-bit float": lambda _id: frame(b"\xca\x00\x00\x00\x00"),
    "endless levels": lambda _id: frame(nested(10_000)),
    "many promised elements": lambda _id: frame(b"\xdd\xff\xff\xff\xff"),
    "promises within promises": lambda _id: frame(b"\xdc\x00\x40" * 1000),
    "a length beyond the frame": lambda _id: frame(b"\xc6\x7f\xff\xff\xff"),
    "bytes after the value": lambda call_id: frame(values.encode([call_id, 0, 1], lambda _o: None, 100) + b"\x00"),
    "another call's reply": lambda call_id: reply(int(str(call_id)) + 1, 0, 1),
    "a doubled reply": lambda call_id: reply(call_id, 0, 1) * 2,
    "an unknown status": lambda call_id: reply(call_id, 7, 1),
    "a handle never issued": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.REFERENCE, 5, "Tensor"]])),
    "a negative handle": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.REFERENCE, -1, "Tensor"]])),
    "a name of the judge's": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.NAME, "os", "system"]])),
    "a function": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.FUNCTION, "f"]])),
    "an unknown tag": lambda call_id: frame(msgpack.packb([0, call_id, 0, [99]])),
    "a key twice": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.DICT, 1, 2, 1, 3]])),
    "a key that cannot be hashed": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.DICT, [0], 2]])),
    "a set of lists": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.SET, [0]]])),
    "an array too short": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.ARRAY, "<f4", [0, 3], b"abcd"]])),
    "an array's bytes missing": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.ARRAY, "<f4", [3], b"abcd"]])
    ),
    "an object array": lambda call_id: frame(msgpack.packb([0, call_id, 0, [values.ARRAY, "|O", [1], b"abcdefgh"]])),
    "a huge shape with a zero": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.ARRAY, "<f4", [0, 2**40, 2**40], b""]])
    ),
    "an overflowing shape": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.ARRAY, "<f4", [2**32, 2**32], b""]])
    ),
    "too many dimensions": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.ARRAY, "<f4", [1] * 40, b"abcd"]])
    ),
    "an exception of no class": lambda call_id: raised(call_id, 0, None),
    "an exception of a class that is none": lambda call_id: raised(call_id, 0, [values.TYPE, "int"]),
    "an exception whose text is a number": lambda call_id: raised(call_id, 0, VALUE_ERROR, message=5),
    "an exception whose arguments are a number": lambda call_id: raised(call_id, 0, VALUE_ERROR, args=5),
    "an exception whose cause is none": lambda call_id: raised(call_id, 0, VALUE_ERROR, cause="no"),
    "an exception under a handle never issued": lambda call_id: raised(call_id, 3, VALUE_ERROR),
    "a value that was not raised": lambda call_id: reply(call_id, 1, 5),
    "a class of exceptions without a name": lambda call_id: raised(
        call_id, 1, [values.ERROR_CLASS, 0, 5, ["m.Odd"], []]
    ),
    "a class of exceptions that is nothing": lambda call_id: raised(call_id, 1, [values.ERROR_CLASS, 0, "Odd", [], []]),
    "a class of exceptions twice": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.LIST, *[[values.ERROR_CLASS, 0, "Odd", ["m.Odd"], []]] * 2]])
    ),
    "an exception in an object's place": lambda call_id: frame(
        msgpack.packb(
            [0, call_id, 0, [values.LIST, [values.REFERENCE, 0, "Box"], error(0, VALUE_ERROR)]],
        )
    ),
    "an exception of the judge's": lambda call_id: frame(
        msgpack.packb([0, call_id, 0, [values.GIVEN_ERROR, "ValueError", [values.TUPLE]]])
    ),
    "frames that are none": lambda call_id: raised(call_id, 0, VALUE_ERROR, frames=[["a"]]),
    "bad UTF-8": lambda _id: frame(b"\xa1\xff"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_replies_end_the_test_with_a_sentence(case: str) -> None:
    with candidate(raw(MALFORMED[case])) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", 1)
        assert caught.value.verdict is Verdict.FAILED
        assert "no answer" in str(caught.value) or "more than one answer" in str(caught.value)
        with pytest.raises(CandidateEnded):
            connection.request("len", 1)


def test_a_length_over_the_cap_is_refused_before_anything_is_allocated() -> None:
    with candidate(raw(lambda _id: b"\xff\xff\xff\xff"), frame_bytes=1000) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", 1)
        assert caught.value.verdict is Verdict.OUTPUT_EXCEEDED


@pytest.mark.medium
def test_a_reply_that_dribbles_meets_one_deadline() -> None:
    def dribble(channel: socket.socket, _output: int) -> None:
        whole = reply(read_request(channel)[0], 0, "x" * 1000)
        for byte in whole:
            channel.sendall(bytes([byte]))
            sent.append(byte)
            time.sleep(0.02)

    sent: list[int] = []
    with candidate(dribble, wall_seconds=0.5) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", 1)
        assert caught.value.verdict is Verdict.TIMED_OUT
        assert len(sent) < 1000  # each byte came in time by itself


def test_a_candidate_that_hangs_up_has_crashed() -> None:
    with candidate(lambda channel, _output: None) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", 1)
        assert caught.value.verdict is Verdict.CRASHED


def test_output_over_the_cap_ends_the_test_while_a_reply_is_awaited() -> None:
    def shout(channel: socket.socket, output: int) -> None:
        read_request(channel)
        while True:
            os.write(output, b"x" * 4096)

    with candidate(shout, output_bytes=5000) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", 1)
        assert caught.value.verdict is Verdict.OUTPUT_EXCEEDED
        assert len(connection.output) == 5000


@pytest.mark.slow
def test_a_request_that_nobody_reads_meets_the_deadline() -> None:
    def deaf(channel: socket.socket, _output: int) -> None:
        time.sleep(1.5)

    with candidate(deaf, wall_seconds=0.3, frame_bytes=1 << 26) as connection:
        with pytest.raises(CandidateEnded) as caught:
            connection.request("len", bytes(1 << 24))
        assert caught.value.verdict is Verdict.TIMED_OUT


def test_a_module_of_the_judge_is_not_sent() -> None:
    with candidate(answer(0, 1)) as connection, pytest.raises(RemoteMisuse, match="@in_candidate"):
        connection.request("call", os)


@pytest.mark.parametrize(
    ("names", "caught_as", "not_as"),
    [
        (["m.ShapeError", "builtins.ValueError", "builtins.Exception"], (ValueError,), (KeyError,)),
        (["numpy.exceptions.AxisError", "builtins.ValueError", "builtins.IndexError"], (ValueError, IndexError), ()),
        (["m.Leaves", "builtins.SystemExit"], (SystemExit,), (Exception,)),
        (["_pytest.outcomes.Skipped", "builtins.Exception"], (Exception,), (pytest.skip.Exception,)),
        (["_pytest.outcomes.Exit", "builtins.Exception"], (Exception,), (pytest.exit.Exception,)),
        (["unittest.case.SkipTest", "builtins.Exception"], (Exception,), (unittest.SkipTest,)),
        (["grader.errors.SuiteError", "builtins.Exception"], (Exception,), (SuiteError,)),
        (["json.decoder.JSONDecodeError", "builtins.ValueError"], (json.JSONDecodeError,), ()),
        (
            ["m.Everything", *(f"builtins.{name}" for name in "ValueError TypeError IndexError KeyError".split())],
            (ValueError, TypeError),
            (IndexError, KeyError),
        ),
        (["m.Odd", "builtins.OSError", "builtins.UnicodeDecodeError"], (OSError,), (UnicodeDecodeError,)),
    ],
)
def test_an_exception_has_its_real_types_and_no_more(
    names: list[str], caught_as: tuple[type, ...], not_as: tuple[type, ...]
) -> None:
    def script(channel: socket.socket, _output: int) -> None:
        call_id = read_request(channel)[0]
        kind = [values.ERROR_CLASS, 0, names[0].rpartition(".")[2], names, []]
        channel.sendall(raised(call_id, 1, kind, frames=[["a.py", 3, "f", "x"]]))
        channel.recv(1)

    with candidate(script) as connection:
        with pytest.raises(BaseException, match="no") as caught:
            connection.request("len", 1)
        assert isinstance(caught.value, CandidateRaised)
        assert isinstance(caught.value, caught_as)
        assert all(not isinstance(caught.value, kind) for kind in not_as)
        known = exceptions.raised(caught.value)
        assert known is not None
        assert known.frames == [("a.py", 3, "f", "x")]


@pytest.mark.parametrize("name", ["ValueError", "SystemExit", "KeyboardInterrupt", "OSError", "UnicodeDecodeError"])
def test_a_built_in_exception_is_that_class(name: str) -> None:
    with candidate(raw(lambda call_id: raised(call_id, 0, [values.TYPE, name]))) as connection:
        with pytest.raises(BaseException, match="no") as caught:
            connection.request("len", 1)
        assert isinstance(caught.value, CandidateRaised)
        if name != "UnicodeDecodeError":  # which has five arguments or none
            assert type(caught.value) is getattr(builtins, name)
        assert isinstance(caught.value, getattr(builtins, name))


@pytest.mark.parametrize("lie", [True, 1.0, "3", None, [1]])
def test_len_takes_nothing_but_an_integer(lie: object) -> None:
    def script(channel: socket.socket, _output: int) -> None:
        call_id = read_request(channel)[0]
        channel.sendall(frame(msgpack.packb([0, call_id, 0, [values.REFERENCE, 0, "Box"]])))
        call_id = read_request(channel)[0]
        channel.sendall(reply(call_id, 0, lie))
        channel.recv(1)

    with candidate(script) as connection:
        box = connection.request("name", "m", "box")
        with pytest.raises(TypeError, match="where Python requires int"):
            len(box)


@pytest.mark.medium
def test_a_candidate_that_talks_while_it_should_listen_ends_its_test_at_once() -> None:
    def talks(channel: socket.socket, _output: int) -> None:
        channel.sendall(frame(b"\xc0"))
        channel.recv(1)
        time.sleep(1.5)  # and reads no further, so that the judge has to wait

    with candidate(talks, wall_seconds=5.0, frame_bytes=64 << 20) as connection:
        with pytest.raises(CandidateEnded, match="a question that had not been asked yet") as ended:
            connection.request("len", bytes(32 << 20))
        assert ended.value.verdict is Verdict.FAILED


def test_all_answers_of_a_test_together_have_an_end() -> None:
    def answers(channel: socket.socket, _output: int) -> None:
        while True:
            call_id = read_request(channel)[0]
            channel.sendall(frame(msgpack.packb([values.LIST, call_id, 0, "x" * 1000])))

    with candidate(answers) as connection:
        connection.left_bytes = 3500
        assert [connection.request("next") for _ in range(3)] == ["x" * 1000] * 3
        with pytest.raises(CandidateEnded, match="too many or too large together") as ended:
            connection.request("next")
        assert ended.value.verdict is Verdict.OUTPUT_EXCEEDED
