"""One test's process: answers the judge's requests about the student's objects, one at a time, until it hangs up. Side: candidate.

A request is a frame [call id, operation, argument ...]; the reply is [call id, status, ...]. The call id is echoed and not
known beforehand. Objects that do not cross by value stay in `Session.objects` and travel as handles.
"""

import contextlib
import io
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import msgpack

from grader.candidate.importing import Importer
from grader.candidate.operations import OPERATIONS
from grader.candidate.session import Session
from grader.wire import values
from grader.wire.messages import ANSWER, ASKED, BY_COPY, OK, RAISED, REFUSED, ForkTest

MAX_MESSAGE_CHARACTERS = 4000
TURN, SLEEP = 0.001, time.sleep  # which a test may put something else for
STREAMS: list[io.TextIOWrapper] = []  # output, error and input: opened once, and the same in every child
#: What is asked of a part of the session, by name, and the part that does it.
PARTS = {
    **dict.fromkeys(
        "replace environ hear heard filters decimals recursion run chance drawn variable".split(), "surroundings"
    ),
    **dict.fromkeys(("files", "written"), "files"),
    "release": "lent",
    **dict.fromkeys(("listen", "levels", "logged"), "logs"),
}
SESSION_OPERATIONS = frozenset(
    "begin define forget name names derive place is_placed update prepare repeat count frames".split()
)


def open_standard_streams() -> None:
    """Open this process's text streams, unbuffered and in UTF-8, on its descriptors, with an empty input."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    written = [io.FileIO(fd, "w", closefd=False) for fd in (1, 2)]
    STREAMS[:] = [io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True) for raw in written]
    STREAMS.append(io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8"))


def use_standard_streams() -> None:
    """Put the streams back in place, whatever an import has done with them."""
    if any(stream.closed for stream in STREAMS):
        open_standard_streams()
    sys.stdout, sys.stderr, sys.stdin = STREAMS
    for name, stream in zip(("__stdout__", "__stderr__", "__stdin__"), STREAMS, strict=True):
        setattr(sys, name, stream)  # typeshed calls them final


def serve(channel: socket.socket, output: int, importer: Importer, settings: ForkTest) -> NoReturn:
    """Answer requests on `channel` until the judge closes it; `output` becomes standard output and error."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    use_standard_streams()
    os.chdir("/tmp")
    for name, soft, hard in settings.test_limits:
        resource.setrlimit(name, (soft, hard))
    conversation = Conversation(channel, importer, settings.frame_bytes)
    while True:
        conversation.answer(conversation.read())


class Conversation:
    """The candidate's end of the channel: requests are answered, and while one is, the judge may be asked something.

    A thread of the student's may ask it as well, while a request is being answered and nobody else is asking.
    """

    def __init__(self, channel: socket.socket, importer: Importer, max_bytes: int) -> None:
        self.channel = channel
        self.max_bytes = max_bytes
        self.session = Session(importer, max_bytes, self.ask)
        self.told = 0  # handles that the judge has been told of
        self.call_id: Any = 0
        self.is_asked = False  # whether a request is being answered
        self.thread = threading.get_ident()  # that answers them

    def read(self) -> bytes:
        """Return the next frame's body; ends this process when the judge has hung up."""
        body = _read_frame(self.channel)
        if body is None:
            os._exit(0)
        return body

    def answer(self, body: bytes) -> None:
        """Do what one request asks for, and reply."""
        was_asked = self.is_asked
        reply, is_sharing = self._outcome(body)
        session, max_bytes, call_id = self.session, self.max_bytes, reply[0]
        with session.lent.lock:
            try:
                made = values.node(reply, session.hold, max_bytes, session.sharing.share_held if is_sharing else None)
                del reply  # whatever the reply holds, and nobody else, the student's code does not
                if is_sharing and session.sharing.held:
                    made += self._changes()
                    kept = session.sharing.still_held()
                    session.sharing.keep(kept)
                    made.append(values.node(kept, session.hold, max_bytes))
                frame = values.frame_body(made, max_bytes)
            except values.ValueRefused as problem:
                session.forget_from(self.told)
                told: Any = str(problem)[:MAX_MESSAGE_CHARACTERS]
                frame = values.encode([call_id, REFUSED, told], session.hold, max_bytes)
            except BaseException as problem:
                session.forget_from(self.told)
                told = RuntimeError(f"{type(problem).__name__[:100]}, while an answer was written")
                frame = values.encode([call_id, RAISED, told], session.hold, max_bytes)
            self.told = session.held()
            self.is_asked = was_asked
            self.channel.sendall(values.FRAME_HEADER.pack(len(frame)) + frame)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread at a time ask, and one that does not answer requests itself only while one is being answered."""
        lock = self.session.lent.lock
        lock.acquire()
        while not self.is_asked and threading.get_ident() != self.thread:
            lock.release()
            SLEEP(TURN)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def ask(self, index: int, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Ask the judge to use something of the test's; meanwhile it may have requests of its own."""
        session = self.session
        with self._turn():
            call_id = self.call_id
            asked = [call_id, ASKED, index, name, values.Parts(args), values.named_parts(named)]
            share = session.sharing.share_held if session.is_sharing else None
            try:
                made = values.node(asked, session.hold, self.max_bytes, share)
                made += self._changes() if session.is_sharing else [[values.LIST]]
                frame = values.frame_body(made, self.max_bytes)
            except values.ValueRefused:
                session.forget_from(self.told)
                raise
            self.told = session.held()
            self.channel.sendall(values.FRAME_HEADER.pack(len(frame)) + frame)
            while True:
                body = self.read()
                node = msgpack.unpackb(body, unicode_errors="surrogatepass")
                if node[2] == ANSWER:
                    break
                self.answer(body)
            self.call_id = call_id
            value = values.build(node[4], session.resolve, writable=True)
            session.sharing.note()
        if node[3] == OK:
            return value
        raise value

    def _outcome(self, body: bytes) -> tuple[list[Any], bool]:
        """Do what a request asks for; return [call id, status, value], and whether its containers are shared."""
        session = self.session
        call_id, name = 0, ""
        try:
            node = msgpack.unpackb(body, unicode_errors="surrogatepass")
            with session.lent.lock:
                call_id = self.call_id = node[1]
                self.is_asked = True  # what is built of it may ask for something already
                name, *args = (values.build(part, session.resolve, writable=True) for part in node[2:])
                session.sharing.note()
            session.unnamed = None
            if type(name) is tuple:
                name, *given_back = name
                session.drop(given_back)
            if name in PARTS:
                handler = getattr(getattr(session, PARTS[name]), name)
            else:
                handler = getattr(session, name) if name in SESSION_OPERATIONS else OPERATIONS[name]
            value = handler(*args)
            session.unnamed = value if name == "name" else None
            reply = [call_id, OK, value]
        except BaseException as problem:
            reply = [call_id, RAISED, problem]
        return reply, session.is_sharing and name not in BY_COPY  # as the request has left it: the first one says so

    def _changes(self) -> list[Any]:
        """Return the node of what has changed in shared containers."""
        sharing = self.session.sharing
        changed = sharing.changed(sharing.share_held)
        sharing.note()
        return [values.node(changed, self.session.hold, self.max_bytes)]


def _read_frame(channel: socket.socket) -> bytes | None:
    """Return the next request's body, or None when the judge has closed the channel."""
    header = _read(channel, values.FRAME_HEADER.size)
    return None if header is None else _read(channel, values.FRAME_HEADER.unpack(header)[0])


def _read(channel: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = channel.recv(min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
