"""One test's connection to its candidate process, and what can go wrong on it. Side: judge.

Strict half-duplex: one reply to a question, with its call id, before one deadline, under one size. A reply is decoded
strictly and is a value, an exception whose bases come from a closed list, or a protocol error; the judge never executes
anything it receives.
"""

import contextlib
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from grader.errors import SuiteError
from grader.judge.exceptions import CandidateEnded, RemoteMisuse, SuiteMisuse, exception
from grader.verdict import Verdict
from grader.wire import values
from grader.wire.messages import MAX_HANDLES, OK, RAISED, REFUSED

_Misuse = TypeVar("_Misuse", RemoteMisuse, SuiteError)

OWN_OPERATIONS = ("begin", "define")  # answered by the agent, without anything of the student's
REMEMBERED_CALLS = 6
REASON_CHARACTERS = 400


class Connection:
    """One test's channel to its candidate process: strict half-duplex, one deadline, capped output."""

    def __init__(
        self,
        channel: socket.socket,
        output: int,
        *,
        wall_seconds: float,
        frame_bytes: int,
        output_bytes: int,
        refer: Callable[["Connection", Any], list[Any] | None],
        make_proxy: Callable[["Connection", int, str], Any],
    ) -> None:
        self.refer = refer
        self.make_proxy = make_proxy
        channel.setblocking(False)
        os.set_blocking(output, False)
        self.channel = channel
        self.output_fd = output
        self.output = bytearray()
        self.output_bytes = output_bytes
        self.frame_bytes = frame_bytes
        self.left_bytes: int | None = None  # of answers; None: what is checked and dropped at once needs no end
        self.wall_seconds = wall_seconds
        self.deadline = time.monotonic() + wall_seconds
        self.calls: deque[tuple[str, tuple[Any, ...]]] = deque(maxlen=REMEMBERED_CALLS)
        self.proxies: list[Any] = []
        self.shipped: set[str] = set()
        self.originals: dict[tuple[str, str], Any] = {}  # by module and name: what the test has put something else for
        self.ended: CandidateEnded | None = None
        self.misuse: RemoteMisuse | SuiteError | None = None  # the first; a test may have caught it
        self.is_asked = False  # whether anything of the student's has been asked for
        self.when_asked: Callable[[], None] = lambda: None  # called when that begins
        self._call_id = int.from_bytes(os.urandom(6), "big")
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(output, select.POLLIN)
        self.is_closed = False

    def request(self, operation: str, *args: Any) -> Any:
        """Ask for one operation and return its value; raises what the student's code raised, or CandidateEnded."""
        if self.ended is not None:
            raise self.ended
        self.calls.append((operation, args))
        was_asked = self.is_asked
        self.is_asked = was_asked or operation not in OWN_OPERATIONS
        if self.is_asked and not was_asked:
            self.when_asked()
        self._call_id += 1
        call_id = self._call_id
        try:
            body = values.encode([call_id, operation, *args], lambda value: self.refer(self, value), self.frame_bytes)
        except values.ValueRefused as problem:
            kind = SuiteMisuse if isinstance(problem, values.KindRefused) or not was_asked else RemoteMisuse
            raise self.refuse(kind(f"{problem}; mark the code that needs it @in_candidate")) from None
        self._send(values.FRAME_HEADER.pack(len(body)) + body)
        return self._reply(self._receive(), call_id)

    def close(self) -> str:
        """Hang up, and return what the test printed; a second time it only returns that."""
        if self.ended is None:
            self.ended = CandidateEnded(Verdict.FAILED, "This object belongs to a test that is over.")
        if not self.is_closed:
            self.is_closed = True
            self.channel.close()
            self._drain()
            os.close(self.output_fd)
        return self.output[: self.output_bytes].decode("utf-8", "backslashreplace")

    def refuse(self, problem: _Misuse) -> _Misuse:
        """Note a wrong use by the test, and return it to be raised."""
        if self.misuse is None:
            self.misuse = problem
        return problem

    def end(self, verdict: Verdict, message: str) -> CandidateEnded:
        """Note that the candidate's process is of no further use, and return the reason to raise."""
        if self.ended is None:
            self.ended = CandidateEnded(verdict, message)
        return self.ended

    def _resolve(self, node: list[Any]) -> Any:
        """Return the proxy of a REFERENCE node; handles are issued in order, so one that was never issued is seen."""
        if len(node) != 3 or node[0] != values.REFERENCE or type(node[1]) is not int or type(node[2]) is not str:
            raise values.ProtocolError("a reference that is none")
        handle = node[1]
        if not 0 <= handle <= len(self.proxies) or handle >= MAX_HANDLES:
            raise values.ProtocolError("a handle that was never issued")
        if handle == len(self.proxies):
            self.proxies.append(self.make_proxy(self, handle, node[2]))
        return self.proxies[handle]

    def _reply(self, body: bytes, call_id: int) -> Any:
        try:
            reply = values.decode(body, self._resolve)
            if type(reply) is not list or len(reply) < 3 or type(reply[0]) is not int:
                raise values.ProtocolError("a reply without a call id and a status")
            if reply[0] != call_id:
                raise values.ProtocolError("a reply to another question")
            if reply[1] == OK and len(reply) == 3:
                return reply[2]
            if reply[1] == RAISED and len(reply) == 5:
                raised = exception(*reply[2:])
            elif reply[1] == REFUSED and len(reply) == 3 and type(reply[2]) is str:
                reason = reply[2][:REASON_CHARACTERS]
                raise self.end(Verdict.OUTPUT_EXCEEDED, f"What your code returned cannot be handed over: {reason}.")
            else:
                raise values.ProtocolError("a reply with an unknown status")
        except Exception as problem:  # whatever goes wrong with a reply, the process that sent it brought it about
            reason = str(problem) if isinstance(problem, values.ProtocolError) else "nobody can read it"
            raise self.end(
                Verdict.FAILED, f"Your code's process sent something that is no answer ({reason})."
            ) from None
        raise raised

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self.channel.send(view) :]
            except BlockingIOError:
                self._poll.modify(self.channel, select.POLLIN | select.POLLOUT)
                self._wait()
                self._poll.modify(self.channel, select.POLLIN)
                self._refuse_unasked()
            except OSError:
                raise self._gone() from None

    def _refuse_unasked(self) -> None:
        """End the test of a candidate that talks while it should listen; without that, the judge would look again and again."""
        try:
            pending = self.channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            pending = b""
        if not pending:
            raise self._gone()
        raise self.end(Verdict.FAILED, "Your code's process answered a question that had not been asked yet.")

    def _receive(self) -> bytes:
        """Return the body of exactly one frame; more bytes than that, or a length over the cap, are a protocol error."""
        data = bytearray()
        size = -1
        while size < 0 or len(data) < size:
            self._wait()
            try:
                part = self.channel.recv(1 << 18)
            except BlockingIOError:
                continue
            except OSError:
                part = b""
            if not part:
                raise self._gone()
            data += part
            if size < 0 and len(data) >= values.FRAME_HEADER.size:
                size = values.FRAME_HEADER.unpack_from(data)[0] + values.FRAME_HEADER.size
                if size > self.frame_bytes + 64:
                    raise self.end(
                        Verdict.OUTPUT_EXCEEDED,
                        f"Your code's process announced an answer of more than {self.frame_bytes} bytes.",
                    )
                self._count_bytes(size)
        if len(data) > size:
            raise self.end(Verdict.FAILED, "Your code's process sent more than one answer to one question.")
        return bytes(data[values.FRAME_HEADER.size :])

    def _count_bytes(self, size: int) -> None:
        """Take an answer's size from what a test may be sent in all; raises CandidateEnded when nothing is left."""
        if self.left_bytes is not None:
            self.left_bytes -= size
            if self.left_bytes < 0:
                raise self.end(
                    Verdict.OUTPUT_EXCEEDED,
                    "Your code's answers in this test are too many or too large together. Look for an iteration that never "
                    "ends.",
                )

    def _wait(self) -> None:
        """Block until the channel can be used, draining the output meanwhile; raises CandidateEnded at the deadline."""
        while True:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise self.end(
                    Verdict.TIMED_OUT,
                    f"No answer within {self.wall_seconds:g} s. Look for a loop that never ends, or one that does far "
                    "more work than it needs to.",
                )
            events = self._poll.poll(remaining * 1000)
            for fd, _event in events:
                if fd == self.output_fd:
                    self._drain()
            if any(fd != self.output_fd for fd, _event in events):
                return

    def _drain(self) -> None:
        """Read what was printed; past the cap the test is over."""
        while True:
            try:
                part = os.read(self.output_fd, 1 << 16)
            except (BlockingIOError, OSError):
                return
            if not part:
                with contextlib.suppress(KeyError):  # the end of the output is seen at every drain after it
                    self._poll.unregister(self.output_fd)
                return
            self.output += part
            if len(self.output) > self.output_bytes:
                del self.output[self.output_bytes :]
                if self.ended is None:
                    raise self.end(
                        Verdict.OUTPUT_EXCEEDED,
                        f"Your code printed more than {self.output_bytes} bytes in this test. Remove the print calls in "
                        "loops.",
                    )
                return

    def _gone(self) -> CandidateEnded:
        self._drain()
        return self.end(Verdict.CRASHED, "")
