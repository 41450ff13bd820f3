"""One test's connection to its candidate process, and what can go wrong on it. Side: judge.

Strict half-duplex: one reply to a question, with its call id, before one deadline, under one size. A reply is decoded
strictly and is a value, an exception whose bases come from a closed list, or a protocol error; the judge never executes
anything it receives.
"""

import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from grader.errors import SuiteError
from grader.judge import exceptions, feedback
from grader.judge.channel.doubts import Doubts
from grader.judge.channel.frames import Frames
from grader.judge.channel.handles import Handles, handle_of
from grader.judge.channel.loans import Loans
from grader.judge.channel.mirroring import Mirror
from grader.judge.exceptions import CandidateEnded, RemoteMisuse, SuiteMisuse
from grader.judge.process import tracebacks
from grader.verdict import Verdict
from grader.wire import values
from grader.wire.kinds import OF_CONTAINERS, OF_OBJECT, OF_OPERANDS
from grader.wire.library.functions import FUNCTIONS
from grader.wire.messages import ANSWER, ASKED, BY_COPY, MAX_HANDLES, OK, RAISED, REFUSED

_Misuse = TypeVar("_Misuse", RemoteMisuse, SuiteError)

OWN_OPERATIONS = frozenset("begin define forget names".split())  # answered without anything of the student's
_AROUND = "forget is_placed replace environ hear heard filters decimals recursion release files written listen levels logged frames"
SURROUNDINGS = frozenset(f"{_AROUND} chance drawn pause variable".split())
REMEMBERED_CALLS, MOST_OF_A_REASON = 6, 400
MOST_ASKS, MOST_WITHIN = 100_000, 40  # uses of what was lent: in one test, and one within another
#: Functions of Python's, and what a class has of `object` where it has no such method of its own: `Point.__eq__ is object.__eq__`.
KNOWN = FUNCTIONS | {("builtins", f"object.{name}"): getattr(object, name) for name in OF_OBJECT}
NAME_CHARACTERS, MOST_NAMES = 300, 100_000  # of a name that is told of; of such in a test


class Connection(Frames):
    """One test's questions to its candidate process, and the answers: one at a time."""

    def __init__(
        self,
        channel: socket.socket,
        output: int,
        *,
        wall_seconds: float,
        frame_bytes: int,
        output_bytes: int,
        refer: Callable[["Connection", Any], list[Any] | None],
        make_proxy: Callable[..., Any],
        make_name: Callable[[str, str], Any],
    ) -> None:
        super().__init__(channel, output, wall_seconds=wall_seconds, frame_bytes=frame_bytes, output_bytes=output_bytes)
        self.refer = refer
        self.make_proxy = make_proxy
        self.make_name = make_name
        self.lock = threading.RLock()
        self.calls: deque[tuple[str, tuple[Any, ...]]] = deque(maxlen=REMEMBERED_CALLS)
        self.proxies = Handles(self._give_back)
        self.is_busy = False
        self.shipped: set[str] = set()
        self.sharing: values.Sharing | None = values.Sharing(0, self._refer, self.resolve, frame_bytes, handle_of)
        self.lent: list[Any] = []  # things of the test's that the candidate may ask to use
        self.lent_index: dict[int, int] = {}
        self.loans = Loans()
        self.perform: Callable[..., tuple[int, Any]] | None = None
        self.left_names, self.left_asks, self.asks_within = MOST_NAMES, MOST_ASKS, 0
        self.trusts_equality = False  # whether the student's == decides what a value of the test's is equal to
        self.mirror: Mirror | None = None  # of what the test changes in its own process
        self.doubts = Doubts()
        self.originals: dict[tuple[str, str], Any] = {}  # by module and name: what the test has put something else for
        self.placed: dict[tuple[str, str], Any] = {}  # by module and name: what the test has put there
        self.made: dict[int, Any] = {}  # what the calls at the top of the suite's files have given
        self.misuse: RemoteMisuse | SuiteError | None = None  # the first; a test may have caught it
        self.is_asked = False  # whether anything of the student's has been asked for
        self.when_asked: Callable[[bool], None] = lambda is_asked: None  # told whether that may end us
        self.given: dict[str, Any] = {}  # plain values and exception classes, by the suite's names
        self._call_id = int.from_bytes(os.urandom(6), "big")

    def request(self, operation: str, *args: Any) -> Any:
        """Ask for one operation and return its value; raises what the student's code raised, or CandidateEnded."""
        with self.lock:  # a test may have threads
            was_busy, self.is_busy = self.is_busy, True
            try:
                return self._mirrored(operation, args)
            finally:
                self.is_busy = was_busy

    def _give_back(self) -> None:
        """Give handles back at once where the test may see what comes of it without asking: `__del__` prints, or fills a list."""
        if self.is_busy or self.is_closed or self.ended is not None:
            return
        if (self.sharing is not None and self.sharing.held) or (
            self.mirror is not None and self.mirror.is_redirected()
        ):
            self.request("callable", None)

    def _mirrored(self, operation: str, args: tuple[Any, ...]) -> Any:
        if self.is_closed:
            raise SuiteMisuse("an object of an earlier test was used; make it anew in this test")
        if self.ended is not None:
            raise self.ended
        if self.mirror is None or operation in OWN_OPERATIONS:
            return self._request(operation, args)
        self.mirror.before(self, operation, args)
        try:
            return self._request(operation, args)
        finally:
            self.mirror.after(self)

    def own_request(self, operation: str, *args: Any) -> Any:
        """Ask for something of the agent's."""
        return self._request(operation, args)

    def _request(self, operation: str, args: tuple[Any, ...]) -> Any:
        if operation not in SURROUNDINGS:
            self.calls.append((operation, tuple(map(feedback.without_objects, args))))
        was_asked, self.is_asked = self.is_asked, self.is_asked or operation not in OWN_OPERATIONS | SURROUNDINGS
        if not was_asked:
            self.when_asked(True)  # even of an answer about itself this process may die
        sharing = None if operation in BY_COPY else self.sharing
        if sharing is not None:
            sharing.identities.note(args)
        sent = ""
        try:
            self._send_changes(sharing)
            sent = operation
            if operation == "call" and len(args) == 3:
                args = (args[0], values.Parts(args[1]), values.named_parts(args[2]))
            return self._exchange(operation, args, sharing)
        except values.ValueRefused as problem:
            if isinstance(problem, values.KindRefused) and sent in OF_OPERANDS:
                return NotImplemented  # as Python's own classes say of what they do not know
            is_suites = isinstance(problem, values.KindRefused) and sent not in OF_CONTAINERS
            kind = SuiteMisuse if is_suites or not was_asked else RemoteMisuse
            raise self.refuse(kind(f"{problem}; mark the code that needs it @in_candidate")) from None
        finally:
            if not self.is_asked:
                self.when_asked(False)

    def note_asked(self) -> None:
        """Note that what goes wrong from here on may do so for what stands in the student's modules."""
        self.is_asked = True
        self.when_asked(True)

    def _exchange(self, operation: str, args: tuple[Any, ...], sharing: values.Sharing | None) -> Any:
        """Send one request and return its answer; raises ValueRefused for what cannot be sent."""
        self._call_id += 1
        call_id = self._call_id
        given_back = self.proxies.take_given_back()
        asked = values.Parts((operation, *given_back)) if given_back else operation
        try:
            self._send_body([call_id, asked, *args], sharing)
        except values.ValueRefused:
            self.proxies.not_told(given_back)
            raise
        while True:
            body = self._receive()
            with self._checked():
                reply = self._reply(body, call_id)
                ended = self._end_of(reply, sharing) if reply[1] != ASKED else None
            if ended is None:
                self._answer(reply, sharing)
            elif ended[0] == RAISED:
                known = exceptions.raised(ended[1])
                raise BaseException.with_traceback(ended[1], tracebacks.made([] if known is None else known.frames))
            else:
                return ended[1]

    def _answer(self, asked: list[Any], sharing: values.Sharing | None) -> None:
        """Have what the candidate asks for done, and send what comes of it."""
        if self.left_asks <= 0 or self.asks_within >= MOST_WITHIN:
            raise self.end(Verdict.OUTPUT_EXCEEDED, feedback.TOO_OFTEN)
        self.left_asks -= 1
        self.asks_within += 1
        try:
            with self._checked():
                if len(asked) != 7 or self.perform is None:
                    raise values.ProtocolError("a question where nothing was lent")
                if sharing is not None:
                    sharing.take_changes(asked[6])
            if self.mirror is not None:
                self.mirror.after(self)
            status, value = self.perform(self, *asked[2:6])
        except values.ProtocolError as problem:
            raise self.no_answer(str(problem)) from None
        except CandidateEnded:
            raise
        except BaseException as problem:  # of the test's own making, which the candidate has no part in
            self.end(Verdict.FAILED, str(problem))
            raise
        finally:
            self.asks_within -= 1
        self._send_changes(sharing)
        try:
            self._send_body([asked[0], ANSWER, status, value], sharing)
        except values.ValueRefused as problem:
            told = TypeError(f"what the test's own function gave cannot be handed over: {problem}")
            self._send_body([asked[0], ANSWER, RAISED, told], sharing)

    def _send_changes(self, sharing: values.Sharing | None) -> None:
        """Tell the candidate what the test has changed in containers that both hold."""
        changed = sharing.changed(sharing.share) if sharing is not None and sharing.held else None
        if changed:
            self._exchange("update", (changed,), None)

    def _send_body(self, parts: list[Any], sharing: values.Sharing | None) -> None:
        """Send one frame; raises ValueRefused for what cannot be sent."""
        share = None if sharing is None else sharing.share
        body = values.encode(parts, self._refer, self.frame_bytes, share)
        self._send(values.FRAME_HEADER.pack(len(body)) + body)

    def _refer(self, value: Any) -> list[Any] | None:
        return self.refer(self, value)

    def refuse(self, problem: _Misuse) -> _Misuse:
        """Note a wrong use by the test, and return it to be raised."""
        if self.misuse is None:
            self.misuse = problem
        return problem

    def resolve(self, node: list[Any]) -> Any:
        """Return what stands for a node's object; handles are issued in order, so one that was never issued is seen."""
        if node[0] == values.SHARED:
            if self.sharing is None:
                raise values.ProtocolError("a shared container where nothing is shared")
            return self.sharing.receive(node)
        if node[0] == values.LENT:
            if len(node) != 2 or not self.loans.is_lent(self.lent, node[1]):
                raise values.ProtocolError("a thing that was never lent")
            return self.lent[node[1]]
        if node[0] == values.NAME:
            return self.name(node)
        if node[0] == values.ERROR_CLASS:
            return exceptions.read_class(self, node)
        if node[0] == values.ERROR:
            return exceptions.read_error(self, node)
        is_text = len(node) == 4 and type(node[3]) is str
        if node[0] != values.REFERENCE or list(map(type, node[1:3])) != [int, str] or not (is_text or len(node) == 3):
            raise values.ProtocolError("a reference that is none")
        handle = self.checked(node[1])
        found = self.proxies[handle] if handle < len(self.proxies) else None
        if found is None:
            found = self.make_proxy(self, handle, *node[2:])
            self.proxies.keep(found) if is_text else self.proxies.hold(handle, found)
        return found

    def name(self, node: list[Any]) -> Any:
        """Return what stands for a class or function of the student's that the suite may know by a name."""
        if list(map(type, node)) != [int, str, str] or len(node[1]) + len(node[2]) > NAME_CHARACTERS:
            raise values.ProtocolError("a name that is none")
        self.left_names -= 1
        if self.left_names < 0:
            raise values.ProtocolError("too many names")
        key = (node[1], node[2])
        return KNOWN[key] if key in KNOWN else self.make_name(*key)

    def checked(self, handle: Any) -> int:
        """Return a handle that was issued, or is the next one to be."""
        if type(handle) is not int or not 0 <= handle <= len(self.proxies) or handle >= MAX_HANDLES:
            raise values.ProtocolError("a handle that was never issued")
        return handle

    def _reply(self, body: bytes, call_id: int) -> list[Any]:
        """Return a reply to a question, decoded."""
        reply = values.decode(body, self.resolve)
        if type(reply) is not list or len(reply) < 3 or type(reply[0]) is not int:
            raise values.ProtocolError("a reply without a call id and a status")
        if reply[0] != call_id:
            raise values.ProtocolError("a reply to another question")
        return reply

    def _end_of(self, reply: list[Any], sharing: values.Sharing | None) -> tuple[int, Any]:
        """Return whether a reply holds a value or an exception, and which."""
        if sharing is not None and reply[1] in (OK, RAISED):
            reply[2:] = [sharing.take_end(reply[2], reply[3:])]
        if len(reply) == 3 and (reply[1] == OK or (reply[1] == RAISED and isinstance(reply[2], BaseException))):
            return reply[1], reply[2]
        if reply[1] == REFUSED and len(reply) == 3 and type(reply[2]) is str:
            reason = reply[2][:MOST_OF_A_REASON]
            raise self.end(Verdict.OUTPUT_EXCEEDED, f"What your code returned cannot be handed over: {reason}.")
        raise values.ProtocolError("a reply with an unknown status")

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        """End the test where what the candidate sent is no answer: whatever goes wrong with it, its sender brought it about."""
        try:
            yield
        except Exception as problem:
            reason = str(problem) if isinstance(problem, values.ProtocolError) else "nobody can read it"
            raise self.no_answer(reason) from None

    def no_answer(self, reason: str) -> CandidateEnded:
        """End the test for what its process sent, and return that to be raised."""
        return self.end(Verdict.FAILED, f"Your code's process sent something that is no answer ({reason}).")
