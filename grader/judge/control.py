"""The judge's end of its control connection, the children that it forks for suites and runs, their generators. Side: judge."""

import hashlib
import os
import random
import socket
from typing import TypeVar

import numpy as np

from grader.wire.messages import MESSAGE_BYTES, Message, pack, unpack

_M = TypeVar("_M", bound=Message)


class Control:
    """The connection to the supervisor: control messages, and the descriptors of each test's channel."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, message: Message) -> None:
        self.sock.send(pack(message))

    def receive(self, *expected: type[_M]) -> tuple[_M, list[int]]:
        """Return the next message and its descriptors; the supervisor hanging up ends the judge."""
        body, fds, _flags, _address = socket.recv_fds(self.sock, MESSAGE_BYTES, 4)
        if not body:
            os._exit(0)
        return unpack(body, *expected), fds


def seed_generators(source: str) -> None:
    """Put the global generators where this text says, so that what a suite draws from them is drawn again in a replay."""
    seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big")
    random.seed(seed)
    np.random.seed(seed)


def reap_children() -> None:
    """Collect the exit status of judges and runs that are over."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
