"""The interface of a sandbox: limits, boxes, engines, and what each of them guarantees. Side: worker.

Any engine's box has: its own user, PID, mount, network, IPC and UTS namespaces; no user that maps to the host's root; no
capability and no way to gain one; the system-call filter of `docker/seccomp.json`; a read-only root that holds the
interpreter and its libraries and nothing of the host; a small writable /tmp; an environment built from nothing. It fails
closed: `Engine.check` names what is missing, and a box that cannot have all of this is not started.
"""

import contextlib
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypeVar

from grader.errors import SandboxUnavailable
from grader.sandbox.cgroup import MemoryWatch
from grader.sandbox.control import receive_message, receive_patiently, receive_with_descriptor, send_message
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs.runtime import runtime_folder
from grader.wire import values
from grader.wire.messages import MESSAGE_BYTES, Message, Ready

START_SECONDS = 30.0
_M = TypeVar("_M", bound=Message)
#: Users of boxes, BOXES_AT_ONCE for each process id up to the kernel's 2**22. Docker knows none above 2**31.
FIRST_BOX_UID = 2_000_000_000
BOXES_AT_ONCE = 32
CONTENT = {"candidate": "tree", "judge": "suite"}  # the folder of a box that holds what it may read, by kind
#: What the first process of a box runs, by kind.
START = {
    "candidate": "import sys; sys.path.insert(0, '/opt/assay'); from grader.candidate.__main__ import main; main()",
    "judge": "import sys; sys.path.insert(0, '/opt/assay'); from grader.judge.__main__ import main; main()",
}
#: How it runs it: without the user's packages and the working folder on its path. `-I` would say that, too, and ignore the
#: environment with it, and so PYTHONHASHSEED; the environment of a box is ours alone.
PYTHON_FLAGS = ("-s", "-P")
ENVIRONMENT = {
    "PATH": "/usr/bin:/usr/local/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


class Box(ABC):
    """One started box: its first process, a control connection to it, and the means to end it."""

    def __init__(self, kind: str, folder: Path, control: socket.socket, init_pid: int) -> None:
        self.kind = kind
        self.folder = folder
        self.control, self.init_pid = control, init_pid
        self.init_pidfd = os.pidfd_open(init_pid)
        self.versions: dict[str, str] = {}
        self.work_fd: int | None = None
        self.uid: int | None = None  # the user it runs as, once it is ready
        self.errors: IO[bytes] | None = (
            None  # what its processes say where nobody else reads it, if the engine keeps that
        )
        self.closed = False

    def send(self, message: Message, fds: Sequence[int] = ()) -> None:
        """Send one control message with descriptors; raises Fault if the box is gone."""
        send_message(self.control, message, fds)

    def receive(self, wait_seconds: float, *expected: type[_M]) -> _M:
        """Return the next control message, of a kind that is expected; raises as `receive_message` does."""
        return receive_message(self.control, wait_seconds, *expected)

    def hear_first_process(self, answer: type[Message]) -> None:
        """Wait for the first process, patiently: it runs nothing of the student's. Raises Fault if it does not answer."""
        receive_patiently(self.control, START_SECONDS, answer)

    def show_packages(self, place: str) -> None:  # noqa: B027 - most boxes see what the agent's folder holds at any time
        """Make sure that the box sees a layer of packages at a place below the agent's folder."""

    @abstractmethod
    def kill(self) -> None:
        """End every process of the box, from outside, by its PID namespace, and wait until they are gone."""

    def cpu_seconds(self) -> float | None:
        """Return the CPU time of all processes the box ever held, where a control group counts it."""
        return None

    def oom_kills(self) -> int:
        """Return how many processes the kernel has killed for the box's memory limit, as far as it tells."""
        return 0

    def watch_memory(self) -> MemoryWatch | None:
        """Begin to follow the peak of all the box's memory, where a control group keeps it."""
        return None

    def used_inodes(self) -> int:
        """Return how many inodes the writable folder holds, deleted files that are still open included."""
        if self.work_fd is None:
            return 0
        usage = os.fstatvfs(self.work_fd)
        return usage.f_files - usage.f_ffree

    def used_bytes(self) -> int:
        """Return how much the writable folder holds, deleted files that are still open included."""
        if self.work_fd is None:
            return 0
        usage = os.fstatvfs(self.work_fd)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize

    def close(self) -> None:
        """Kill the box and remove its folder; safe to call twice."""
        if self.closed:
            return
        self.closed = True
        self.control.close()
        try:
            self.kill()
        finally:
            os.close(self.init_pidfd)
            if self.work_fd is not None:
                os.close(self.work_fd)
            if self.uid is not None:
                _users.give_back(self.uid)
            shutil.rmtree(self.folder, ignore_errors=True)


class Launch(ABC):
    """A box that was started and has not connected yet."""

    @abstractmethod
    def adopt(self, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        """Return the box, now that its first process, `peer_pid` by the kernel's word, has connected.

        Raises SandboxUnavailable if that process is not of this box.
        """

    @abstractmethod
    def is_running(self) -> bool:
        """Whether it has not ended yet."""

    @abstractmethod
    def discard(self) -> str:
        """End it, and return what its processes said, for the operator."""


class Engine(ABC):
    """A way to make boxes."""

    name: str

    def check(self, tries: bool = True) -> list[str]:
        """Return what is missing here, a sentence each; an empty list means that boxes can be started.

        tries: start a box and end it, the only way to know; without that, the first box in use shows what else is missing.
        """
        missing = self.missing()
        if missing or not tries:
            return missing
        try:
            self.start("candidate", Limits()).close()
        except SandboxUnavailable as problem:
            return [str(problem)]
        return []

    @abstractmethod
    def missing(self) -> list[str]:
        """Return what can be seen to be missing without a box, a sentence each."""

    @abstractmethod
    def remove_orphans(self) -> None:
        """Remove what workers that were killed have left behind."""

    @abstractmethod
    def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> "Launch":
        """Start a box's first process over `folder`, as a user; raises SandboxUnavailable."""

    def start(self, kind: str, limits: Limits) -> Box:
        """Start a box and wait until it is ready; see `begin`."""
        return self.begin(kind, limits).finish()

    def begin(self, kind: str, limits: Limits) -> "Starting":
        """Begin to start a box of the kind "candidate" or "judge", without waiting for it.

        The folder `tree` or `suite` of the box is what it sees as /submission or /suite; it may be filled later.
        """
        folder = Path(tempfile.mkdtemp(prefix="box-", dir=runtime_folder()))
        folder.chmod(0o711)
        for name in (CONTENT[kind], "control"):
            (folder / name).mkdir()
            (folder / name).chmod(0o755)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        uid = _users.take()
        try:
            listener.bind(str(folder / "control" / "control"))
            (folder / "control" / "control").chmod(0o666)
            listener.listen(1)
            return Starting(self.name, kind, folder, listener, self.launch(kind, folder, limits, uid), uid)
        except BaseException:
            _users.give_back(uid)
            listener.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise


class Starting:
    """A box on its way up."""

    def __init__(
        self, engine_name: str, kind: str, folder: Path, listener: socket.socket, launch: Launch, uid: int
    ) -> None:
        self._engine_name = engine_name
        self._kind = kind
        self.folder = folder
        self._listener = listener
        self._launch = launch
        self._uid = uid

    def finish(self) -> Box:
        """Wait until the box's first process is connected and ready; raises SandboxUnavailable if it does not come up."""
        control = self._accept()
        self._listener.close()
        (self.folder / "control" / "control").unlink()
        if control is None:
            raise self._failed("it did not connect")
        control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_BYTES)
        credentials = control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        peer_pid = struct.unpack("3i", credentials)[0]
        if peer_pid <= 0:
            raise self._failed("its first process is not visible here; the worker must share the host's process ids")
        try:
            box = self._launch.adopt(self._kind, self.folder, control, peer_pid)
        except SandboxUnavailable as problem:
            control.close()
            raise self._failed(str(problem)) from None
        box.uid = self._uid
        try:
            ready, work_fd = receive_with_descriptor(control, START_SECONDS, Ready)
        except (TimeoutError, EOFError, values.ProtocolError) as problem:
            box.close()
            raise SandboxUnavailable(f"a {self._engine_name} box did not start: {problem}") from None
        box.versions = {name[:40]: version[:40] for name, version in ready.versions.items()}
        box.work_fd = work_fd
        return box

    def abandon(self) -> None:
        """End a box that nobody needs any more."""
        with contextlib.suppress(SandboxUnavailable):
            self.finish().close()

    def _accept(self) -> socket.socket | None:
        """Return the connection of the box's first process, or None if it ended or took too long."""
        self._listener.settimeout(0.25)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                return self._listener.accept()[0]
            except TimeoutError:
                if not self._launch.is_running():
                    return None
        return None

    def _failed(self, reason: str) -> SandboxUnavailable:
        said = self._launch.discard()
        _users.give_back(self._uid)
        shutil.rmtree(self.folder, ignore_errors=True)
        return SandboxUnavailable(f"a {self._engine_name} box did not start: {reason} ({said})")


class BoxUsers:
    """The users that this process's boxes run as: each owns nothing, and no other box of this machine is the same one.

    The kernel counts some things by user. A process's number decides which few users are its own; those of its boxes that
    are ended go round.
    """

    def __init__(self) -> None:
        self._free: dict[int, list[int]] = {}  # by process: a fork of ours has users of its own
        self._lock = threading.Lock()

    def take(self) -> int:
        """Return a user id that no box that is open has; raises SandboxUnavailable for one box too many."""
        first = FIRST_BOX_UID + os.getpid() * BOXES_AT_ONCE
        with self._lock:
            free = self._free.setdefault(os.getpid(), list(range(first, first + BOXES_AT_ONCE)))
            if not free:
                raise SandboxUnavailable(f"this worker's process has {BOXES_AT_ONCE} boxes open, and may have no more")
            return free.pop(0)

    def give_back(self, uid: int) -> None:
        """Let a box that is over have its user go round again."""
        with self._lock:
            self._free.get(os.getpid(), []).append(uid)


_users = BoxUsers()
