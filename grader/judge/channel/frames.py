"""Frames on one test's channel: one deadline, capped sizes, and what the candidate prints meanwhile. Side: judge."""

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable

from grader.judge.exceptions import CandidateEnded
from grader.verdict import Verdict
from grader.wire import values


class Frames:
    """One test's channel to its candidate process, and the process's output."""

    def __init__(
        self, channel: socket.socket, output: int, *, wall_seconds: float, frame_bytes: int, output_bytes: int
    ) -> None:
        channel.setblocking(False)
        os.set_blocking(output, False)
        self.channel = channel
        self.output_fd = output
        self.output = bytearray()
        self.output_bytes = output_bytes
        self.frame_bytes = frame_bytes
        self.left_bytes: int | None = None  # of answers; None: what is checked and dropped at once needs no end
        self.wall_seconds = wall_seconds
        self.more_seconds: Callable[[], float] = float  # asked at the deadline; none
        self.hurry = ""  # why there is less time than usual
        self.deadline = time.monotonic() + wall_seconds
        self.ended: CandidateEnded | None = None
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(output, select.POLLIN)
        self.is_closed = False

    def stop(self) -> str:
        """Ask nothing more, and return what the test printed."""
        if not self.is_closed:
            self.is_closed = True
            self._drain()
        return self.output[: self.output_bytes].decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Hang up: the process ends, for which it takes the processor that it shares with us."""
        self.stop()
        if self.channel.fileno() >= 0:
            self.channel.close()
            os.close(self.output_fd)

    def end(self, verdict: Verdict, message: str) -> CandidateEnded:
        """Note that the candidate's process is of no further use, and return the reason to raise."""
        if self.ended is None:
            self.ended = CandidateEnded(verdict, message)
        return self.ended

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
                more = self.more_seconds()
                if more > 0:
                    self.deadline += more
                    continue
                raise self.end(
                    Verdict.TIMED_OUT,
                    f"No answer within {self.wall_seconds:g} s. Look for a loop that never ends, or one that does far "
                    f"more work than it needs to.{self.hurry}",
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
