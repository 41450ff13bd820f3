"""Control messages on their sockets, as the supervisor sends and receives them, with descriptors. Side: worker."""

import socket
import struct
import time
from collections.abc import Collection, Sequence
from typing import TypeVar

from grader.errors import Fault
from grader.sandbox import processes
from grader.wire.messages import MESSAGE_BYTES, MOST_WAITED_SECONDS, Message, pack, unpack

SEND_SECONDS = 5.0
LOOK_SECONDS = 0.1
CREDENTIALS = struct.Struct("iII")  # process, user and group
_M = TypeVar("_M", bound=Message)


def send_message(control: socket.socket, message: Message, fds: Sequence[int] = ()) -> None:
    """Send one control message; raises Fault if the other side is gone or does not take it."""
    try:
        control.settimeout(SEND_SECONDS)
        socket.send_fds(control, [pack(message)], list(fds))
    except OSError as problem:
        raise Fault(f"a control message could not be sent: {problem}") from None


def receive_message(control: socket.socket, wait_seconds: float, *expected: type[_M]) -> _M:
    """Return the next control message, one of the kinds that are expected.

    Raises TimeoutError at the time limit, EOFError at the connection's end, ProtocolError for anything else. Descriptors that
    come along are closed by the kernel.
    """
    return unpack(_received(control, wait_seconds, 0)[0], *expected)


def tell_senders(control: socket.socket) -> None:
    """Have the kernel say with each message that is received here which process has sent it. Source: unix(7), SO_PASSCRED."""
    control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


def receive_with_sender(control: socket.socket, wait_seconds: float, *expected: type[_M]) -> tuple[_M, int]:
    """Return the next control message like `receive_message`, and its sender's process by the kernel's word; 0 if it is hidden."""
    control.settimeout(max(wait_seconds, 0.001))
    try:
        body, told, _flags, _address = control.recvmsg(MESSAGE_BYTES, socket.CMSG_SPACE(CREDENTIALS.size))
    except TimeoutError:
        raise TimeoutError("no control message came in time") from None
    except OSError as problem:
        raise Fault(f"a control connection failed: {problem}") from None
    if not body:
        raise EOFError("the control connection was closed")
    sender = next((CREDENTIALS.unpack(data)[0] for _level, kind, data in told if kind == socket.SCM_CREDENTIALS), 0)
    return unpack(body, *expected), sender


def receive_patiently(control: socket.socket, wait_seconds: float, expected: type[_M]) -> _M:
    """Return the next control message of one that has no reason to be silent; raises Fault if it says nothing."""
    try:
        return receive_message(control, wait_seconds, expected)
    except (TimeoutError, EOFError) as problem:
        raise Fault(f"the first process of a box does not answer: {problem}") from None


def receive_unless_stopped(control: socket.socket, wait_seconds: float, expected: type[_M], pid: int) -> _M:
    """Return the next control message like `receive_message`, at most LOOK_SECONDS late to see that its sender cannot send.

    What runs the student's code can be stopped by it, and whoever waited for it would wait all of its patience.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        left = deadline - time.monotonic()
        try:
            return receive_message(control, min(LOOK_SECONDS, left), expected)
        except TimeoutError:
            if left <= LOOK_SECONDS or processes.state(pid) not in processes.AT_WORK:
                raise


def receive_with_patience_for(
    pids: Collection[int], control: socket.socket, wait_seconds: float, expected: type[_M]
) -> _M:
    """Return the next control message like `receive_message`; the time for which these processes had no processor is not theirs.

    Nor is the time by which we were late ourselves, since all stood still then.
    """
    began, late_seconds = time.monotonic(), 0.0
    while True:
        asked = time.monotonic()
        waited = max(sum(map(processes.waiting_seconds, pids)), late_seconds)
        left = wait_seconds + min(waited, MOST_WAITED_SECONDS) - (asked - began)
        try:
            return receive_message(control, min(max(left, 0.0), LOOK_SECONDS), expected)
        except TimeoutError:
            late_seconds += max(time.monotonic() - asked - LOOK_SECONDS, 0.0)
            if left <= 0:
                raise


def receive_with_descriptor(control: socket.socket, wait_seconds: float, expected: type[_M]) -> tuple[_M, int | None]:
    """Return the next control message like `receive_message`, and the descriptor that came with it, if one did."""
    body, fds = _received(control, wait_seconds, 1)
    return unpack(body, expected), fds[0] if fds else None


def _received(control: socket.socket, wait_seconds: float, most_fds: int) -> tuple[bytes, list[int]]:
    control.settimeout(max(wait_seconds, 0.001))
    fds: list[int] = []
    try:
        if most_fds:
            body, fds, _flags, _address = socket.recv_fds(control, MESSAGE_BYTES, most_fds)
        else:
            body = control.recv(MESSAGE_BYTES)
    except TimeoutError:
        raise TimeoutError("no control message came in time") from None
    except OSError as problem:
        raise Fault(f"a control connection failed: {problem}") from None
    if not body:
        raise EOFError("the control connection was closed")
    return body, fds
