"""Messages between the supervisor and the first process of a box: dictionaries, with descriptors. Side: worker."""

import socket
from collections.abc import Sequence
from typing import Any

from grader.errors import Fault
from grader.wire import values

MESSAGE_BYTES = 1 << 19


def send_message(control: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one control message; raises Fault if the other side is gone or does not take it."""
    try:
        control.settimeout(5.0)
        socket.send_fds(control, [values.encode(message, lambda _object: None, MESSAGE_BYTES)], list(fds))
    except OSError as problem:
        raise Fault(f"a control message could not be sent: {problem}") from None


def receive_message(control: socket.socket, wait_seconds: float, most_fds: int = 0) -> tuple[dict[str, Any], list[int]]:
    """Return the next control message, decoded as strictly as a test's values, and the descriptors that came with it.

    More descriptors than are expected, which is none but when a box starts, are closed by the kernel.
    """
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
    message = values.decode(body, _no_reference)
    if type(message) is not dict:
        raise values.ProtocolError("a control message is a dictionary")
    return message, fds


def _no_reference(_node: list[Any]) -> Any:
    raise values.ProtocolError("a control message holds a reference")
