"""The judge's end of its control connection, the children that it forks for suites and runs, their generators. Side: judge."""

import hashlib
import os
import select
import socket
from typing import TypeVar

from grader.interpreter import seeding
from grader.judge.limited.watch import Progress
from grader.judge.starting import properties
from grader.wire.messages import MESSAGE_BYTES, Message, MoreTime, OpenMeter, ReadMeter, StartTest, pack, unpack

_M = TypeVar("_M", bound=Message)


class Control:
    """The connection to the supervisor: control messages, and the descriptors of each test's channel."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.progress: Progress | None = None  # of a run whose process may die in between

    def send(self, message: Message) -> None:
        body = pack(message)
        if self.progress is not None:
            self.progress.await_answer(isinstance(message, StartTest | MoreTime | OpenMeter | ReadMeter))
        self.sock.send(body)

    def receive(self, *expected: type[_M]) -> tuple[_M, list[int]]:
        """Return the next message and its descriptors; the supervisor hanging up ends the judge."""
        body, fds, _flags, _address = socket.recv_fds(self.sock, MESSAGE_BYTES, 4)
        if not body:
            os._exit(0)
        if self.progress is not None:
            self.progress.await_answer(False)
        return unpack(body, *expected), fds

    def drop_answer(self, wait_seconds: float) -> None:
        """Take the answer to a question whose asker is dead, with its descriptors; hang up if there is none."""
        answer = select.poll()
        answer.register(self.sock, select.POLLIN)
        if not answer.poll(wait_seconds * 1000):
            os._exit(1)
        for fd in socket.recv_fds(self.sock, MESSAGE_BYTES, 4)[1]:
            os.close(fd)


def seed_generators(source: str) -> None:
    """Put all generators where this text says, so that what a suite draws from them is drawn again in a replay."""
    seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big")
    seeding.start(seed)
    properties.draw_from(seed)


def reap_children() -> None:
    """Collect the exit status of judges and runs that are over."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
