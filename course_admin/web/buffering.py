"""gunicorn's threads, which begin with a request once all of it is here: the worker class of the web server.

A client that sends its request slowly waits in the main loop, with thousands of others, and holds no thread. Webhooks and
probes, pages that ask whether something has changed, pages that ask another host before they answer (it may hang), and all
other pages have threads of their own: a rush of one kind takes none from another. Nobody works for a reader who has hung up
meanwhile: else a rush that people answer by loading the page again would have all threads work for nobody, long after it is over.
"""

import contextlib
import re
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

PIECE_BYTES = 256 << 10
HEAD_BYTES = 64 << 10  # what is longer gunicorn refuses itself
BODY_BYTES = 32 << 20  # of one request: above the largest webhook, and the largest upload
ALL_BYTES = 512 << 20  # of all requests that are on their way together
HEAD_SECONDS, BODY_SECONDS = 15.0, 30.0
BYTES_A_SECOND = 64 << 10  # a body gets this much more time for its announced length
HOOKS, POLLS, ABROAD, PAGES = "hooks", "polls", "abroad", "pages"
#: Whose path it is, by what it begins with; the first that fits.
LANES = (
    (HOOKS, re.compile(rb"/(?:hooks|health|worker)/")),
    (POLLS, re.compile(rb"/attempts/[^/?]*/(?:state|live)/")),
    (ABROAD, re.compile(rb"/courses/[^/?]*/assignments/[^/?]*/address/|/lti/(?:launch|register)/")),
    (ABROAD, re.compile(rb"/accounts/(?:github|oidc|saml)/")),
    (PAGES, re.compile(rb"")),
)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?=\r\n)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.I)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.I)
_END = b"\r\n\r\n"
_LATE, _TOO_LARGE = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close%s%s"
    % (status, len(sentence), _END, sentence)
    for status, sentence in (
        (b"408 Request Timeout", b""),
        (b"413 Content Too Large", b"This is too large: at most 30 MiB can be uploaded. Nothing was kept.\n"),
    )
)


@dataclass
class Arriving:
    """A request of which not all is here yet."""

    conn: TConn
    deadline: float
    data: bytearray = field(default_factory=bytearray)
    head_bytes: int = 0  # 0 until the head is whole
    body_bytes: int | None = None  # as announced; None for chunks

    def take(self, piece: bytes) -> bool:
        """Add what came; say whether the request is whole."""
        self.data += piece
        if not self.head_bytes:
            end = self.data.find(_END)
            if end < 0:
                return False
            self._read_head(end + len(_END))
        if self.body_bytes is None:
            return self.data.endswith(b"0\r\n\r\n")
        return len(self.data) >= self.head_bytes + self.body_bytes

    @property
    def is_too_large(self) -> bool:
        """Whether it is not worth waiting for."""
        if not self.head_bytes:
            return len(self.data) > HEAD_BYTES
        return max(self.body_bytes or 0, len(self.data) - self.head_bytes) > BODY_BYTES

    def _read_head(self, length: int) -> None:
        self.head_bytes = length
        head = bytes(self.data[:length])
        announced = _LENGTH.search(head)
        self.body_bytes = None if _CHUNKED.search(head) else int(announced.group(1)) if announced else 0
        if self.body_bytes != 0:
            self.deadline = time.monotonic() + BODY_SECONDS + (self.body_bytes or 0) / BYTES_A_SECOND
            if _EXPECT.search(head):
                self.conn.sock.send(b"HTTP/1.1 100 Continue" + _END)

    @property
    def only_reads(self) -> bool:
        """Whether nothing is lost if nobody answers it."""
        return self.data.startswith((b"GET ", b"HEAD "))

    @property
    def lane(self) -> str:
        """Which threads its path goes to."""
        target = bytes(self.data[:2048]).partition(b" ")[2]
        return next(lane for lane, pattern in LANES if pattern.match(target))


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's gthread, with the whole request first, and lanes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arriving: dict[TConn, Arriving] = {}
        self.lanes: dict[str, ThreadPoolExecutor] = {}

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Make the lanes: a quarter each for webhooks and polls, an eighth for who asks other hosts, the rest for pages."""
        quarter, eighth = max(self.cfg.threads // 4, 1), max(self.cfg.threads // 8, 1)
        left = max(self.cfg.threads - 2 * quarter - eighth, 1)
        sizes = {HOOKS: quarter, POLLS: quarter, ABROAD: eighth, PAGES: left}
        self.lanes = {lane: ThreadPoolExecutor(size, thread_name_prefix=lane) for lane, size in sizes.items()}
        return self.lanes[PAGES]

    def enqueue_req(self, conn: TConn) -> None:
        """Wait in the main loop for the rest of a request: of a new connection, or the next one of an old."""
        arriving = Arriving(conn, time.monotonic() + HEAD_SECONDS)
        left = conn.parser.unreader.take_buffered() if conn.parser is not None else b""
        conn.sock.setblocking(False)
        self.arriving[conn] = arriving
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_arriving, arriving))
        if left:
            self._take(arriving, left)

    def on_arriving(self, arriving: Arriving, _sock: Any) -> None:
        """Take what has come of a request."""
        try:
            piece = arriving.conn.sock.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self._take(arriving, piece)
        else:
            self._give_up(arriving)

    def _take(self, arriving: Arriving, piece: bytes) -> None:
        try:
            is_whole = arriving.take(piece)
        except OSError:  # it was gone before it heard that it may go on
            self._give_up(arriving)
            return
        if arriving.is_too_large:
            self._give_up(arriving, _TOO_LARGE)
        elif is_whole:
            self._begin(arriving)
        while sum(len(each.data) for each in self.arriving.values()) > ALL_BYTES:
            self._give_up(next(iter(self.arriving.values())))  # the one that has been at it longest

    def _begin(self, arriving: Arriving) -> None:
        """Have a thread of its lane answer a request."""
        conn = arriving.conn
        self._forget(arriving)
        conn.init()
        conn.data_ready = True
        conn.parser.unreader.unread(bytes(arriving.data))
        answer = self._answer_reader if arriving.only_reads else self.handle
        future = self.lanes[arriving.lane].submit(answer, conn)
        future.add_done_callback(partial(self._when_done, conn))

    def _answer_reader(self, conn: TConn) -> Any:
        """Answer a request whose turn it is, unless whoever sent it has hung up; False closes the connection."""
        return False if _has_hung_up(conn.sock) else self.handle(conn)

    def _when_done(self, conn: TConn, future: "Future[Any]") -> None:
        self.method_queue.defer(self.finish_request, conn, future)

    def _forget(self, arriving: Arriving) -> None:
        del self.arriving[arriving.conn]
        self.poller.unregister(arriving.conn.sock)

    def _give_up(self, arriving: Arriving, answer: bytes = b"") -> None:
        self._forget(arriving)
        self.nr_conns -= 1
        if answer:
            with contextlib.suppress(OSError):  # it is gone, or reads nothing either
                arriving.conn.sock.send(answer)
        arriving.conn.close()

    def murder_pending(self) -> None:
        """Close what has been arriving for too long, too; gunicorn calls this each second."""
        super().murder_pending()
        now = time.monotonic()
        for arriving in [each for each in self.arriving.values() if each.deadline < now]:
            self._give_up(arriving, _LATE if arriving.data else b"")


def _has_hung_up(sock: socket.socket) -> bool:
    """Say whether the other side of a connection has closed it, without taking anything from it."""
    try:
        return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
