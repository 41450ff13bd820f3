"""The interface of a sandbox: limits, boxes, engines, and what each of them guarantees. Side: worker.

Any engine's box has: its own user, PID, mount, network, IPC and UTS namespaces; no user that maps to the host's root; no
capability and no way to gain one; the system-call filter of `docker/seccomp.json`; a read-only root that holds the
interpreter and its libraries and nothing of the host; a small writable /tmp; an environment built from nothing. It fails
closed: `Engine.check` names what is missing, and a box that cannot have all of this is not started.
"""

import atexit
import compileall
import contextlib
import itertools
import os
import resource
import select
import shutil
import signal
import socket
import struct
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from grader import values
from grader.errors import Fault, SandboxUnavailable, SuiteError
from grader.sandbox import processes
from grader.sandbox.cgroup import MemoryWatch

START_SECONDS = 30.0
MESSAGE_BYTES = 1 << 19
PACKAGE = Path(__file__).resolve().parent.parent
#: Each box has a user of its own on the host, who owns nothing: the kernel counts some things by user.
FIRST_BOX_UID = 2_000_000_000
BOX_UIDS = 1_000_000
_box_numbers = itertools.count()
#: The files of the engine that each kind of box is given, and nothing else of ours.
AGENT_FILES = {
    "candidate": ("__init__.py", "values.py", "candidate"),
    "judge": (
        "__init__.py",
        "values.py",
        "verdict.py",
        "errors.py",
        "connection.py",
        "remote.py",
        "shipping.py",
        "feedback.py",
        "budget.py",
        "counting.py",
        "measuring.py",
        "judge.py",
    ),
}
#: The folder of a box that holds what it may read, by kind.
CONTENT = {"candidate": "tree", "judge": "suite"}
#: What the first process of a box runs, by kind.
START = {
    "candidate": "import sys; sys.path.insert(0, '/opt/assay'); from grader.candidate.__main__ import main; main()",
    "judge": "import sys; sys.path.insert(0, '/opt/assay'); from grader.judge import main; main()",
}
ENVIRONMENT = {
    "PATH": "/usr/bin:/usr/local/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use; a suite's `[limits]` table overrides single values."""

    run_wall_seconds: float = (
        900.0  # the whole run; passing it is a fault of ours, so it must exceed the sum of the tests
    )
    import_wall_seconds: float = 10.0
    test_wall_seconds: float = 10.0
    test_cpu_seconds: int = 10
    budget_wall_seconds: float = 60.0  # one measured process, all of its pieces
    memory_bytes: int = 1 << 30
    processes: int = 64  # processes and threads of one box, its own two included
    open_files: int = 256
    file_bytes: int = 32 << 20
    work_bytes: int = 64 << 20  # the writable folder
    work_inodes: int = 4096
    output_bytes: int = 64 << 10
    frame_bytes: int = 64 << 20  # one value handed over

    def override(self, table: dict[str, Any]) -> "Limits":
        """Return these limits with a suite's own; raises SuiteError for an unknown name or a value that is no amount."""
        known = asdict(self)
        for name, value in table.items():
            if name not in known:
                raise SuiteError(f"[limits] has no {name!r}; it knows {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise SuiteError(f"[limits] {name} must be a positive number, not {value!r}")
        return replace(self, **{name: type(known[name])(value) for name, value in table.items()})

    def box_rlimits(self) -> list[tuple[int, int]]:
        """Return the resource limits that every process of a candidate box inherits."""
        return [
            (
                resource.RLIMIT_AS,
                self.memory_bytes + (512 << 20),
            ),  # address space: the interpreter's own mappings on top
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_NOFILE, self.open_files),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 0),
            (resource.RLIMIT_MSGQUEUE, 0),
        ]


class Box(ABC):
    """One started box: its first process, a control connection to it, and the means to end it."""

    def __init__(self, kind: str, folder: Path, control: socket.socket, init_pid: int) -> None:
        self.kind = kind
        self.folder = folder
        self.control = control
        self.init_pid = init_pid
        self.init_pidfd = os.pidfd_open(init_pid)
        self.versions: dict[str, str] = {}
        self.work_fd: int | None = None
        self.closed = False

    def send(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        """Send one control message with descriptors; raises Fault if the box is gone."""
        send_message(self.control, message, fds)

    def receive(self, wait_seconds: float) -> dict[str, Any]:
        """Return the next control message; raises TimeoutError at the time limit and EOFError at the connection's end."""
        return receive_message(self.control, wait_seconds)[0]

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
            shutil.rmtree(self.folder, ignore_errors=True)


class Engine(ABC):
    """A way to make boxes."""

    name: str

    @abstractmethod
    def check(self) -> list[str]:
        """Return what is missing here, a sentence each; an empty list means that boxes can be started."""

    @abstractmethod
    def remove_orphans(self) -> None:
        """Remove what workers that were killed have left behind."""

    @abstractmethod
    def launch(self, kind: str, folder: Path, limits: Limits) -> Any:
        """Start a box's first process over `folder` and return what `adopt` needs; raises SandboxUnavailable."""

    @abstractmethod
    def adopt(self, launched: Any, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        """Return the box once its first process, `peer_pid` by the kernel's word, has connected."""

    @abstractmethod
    def running(self, launched: Any) -> bool:
        """Whether what was launched has not ended yet."""

    @abstractmethod
    def discard(self, launched: Any) -> str:
        """End a box that never connected, and return what its processes said, for the operator."""

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
        try:
            listener.bind(str(folder / "control" / "control"))
            (folder / "control" / "control").chmod(0o666)
            listener.listen(1)
            return Starting(self, kind, folder, listener, self.launch(kind, folder, limits))
        except BaseException:
            listener.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise


class Starting:
    """A box on its way up."""

    def __init__(self, engine: Engine, kind: str, folder: Path, listener: socket.socket, launched: Any) -> None:
        self._engine = engine
        self._kind = kind
        self._folder = folder
        self._listener = listener
        self._launched = launched

    def finish(self) -> Box:
        """Wait until the box's first process is connected and ready; raises SandboxUnavailable if it does not come up."""
        control = self._accept()
        self._listener.close()
        (self._folder / "control" / "control").unlink()
        if control is None:
            raise self._failed("it did not connect")
        control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_BYTES)
        credentials = control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        peer_pid = struct.unpack("3i", credentials)[0]
        if peer_pid <= 0:
            raise self._failed("its first process is not visible here; the worker must share the host's process ids")
        box = self._engine.adopt(self._launched, self._kind, self._folder, control, peer_pid)
        try:
            message, fds = receive_message(control, START_SECONDS, most_fds=1)
        except (TimeoutError, EOFError, values.ProtocolError) as problem:
            box.close()
            raise SandboxUnavailable(f"a {self._engine.name} box did not start: {problem}") from None
        box.versions = {str(k): str(v)[:40] for k, v in message.get("ready", {}).items()}
        box.work_fd = fds[0] if fds else None
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
                if not self._engine.running(self._launched):
                    return None
        return None

    def _failed(self, reason: str) -> SandboxUnavailable:
        said = self._engine.discard(self._launched)
        shutil.rmtree(self._folder, ignore_errors=True)
        return SandboxUnavailable(f"a {self._engine.name} box did not start: {reason} ({said})")


def new_box_uid() -> int:
    """Return the id of a user that no other box of this machine has, as long as process ids do not come round."""
    return FIRST_BOX_UID + (os.getpid() * 997 + next(_box_numbers)) % BOX_UIDS


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


def kill_namespace(init_pidfd: int, wait_seconds: float = 10.0) -> None:
    """Kill the first process of a PID namespace, and with it, by the kernel's hand, every other; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(init_pidfd, signal.SIGKILL)
    if not wait_ended(init_pidfd, wait_seconds):
        raise Fault("a box could not be ended: a process in it does not die")


def wait_ended(pidfd: int, wait_seconds: float) -> bool:
    """Whether the process of a pidfd ended within the time."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(wait_seconds * 1000))


_runtime: dict[int, Path] = {}


def runtime_folder() -> Path:
    """Return this process's own folder for boxes, readable by the boxes' users; removed at exit."""
    pid = os.getpid()
    if pid not in _runtime:
        base = os.environ.get("ASSAY_RUNTIME", tempfile.gettempdir())
        _remove_stale(Path(base))
        folder = Path(tempfile.mkdtemp(prefix=f"assay-{pid}-", dir=base))
        folder.chmod(0o711)
        for kind, names in AGENT_FILES.items():
            _copy_agent(folder / "agent" / kind / "grader", names)
        _runtime[pid] = folder
        atexit.register(_remove_runtime, pid, folder)
    return _runtime[pid]


def _remove_stale(base: Path) -> None:
    """Remove the folders of workers that were killed before they could."""
    for folder in base.glob("assay-*-*"):
        number = folder.name.split("-")[1]
        if number.isdigit() and not Path(f"/proc/{number}").exists() and folder.stat().st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)


def agent_folder(kind: str) -> Path:
    """Return the folder with the engine's files for a kind of box; the box sees it as /opt/assay."""
    return runtime_folder() / "agent" / kind


def _copy_agent(target: Path, names: Sequence[str]) -> None:
    target.mkdir(parents=True)
    for name in names:
        source = PACKAGE / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target / name)
    compileall.compile_dir(
        target, quiet=2, invalidation_mode=None, stripdir=str(target.parent), prependdir="/opt/assay"
    )
    for path in [target.parent.parent, target.parent, target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def _remove_runtime(pid: int, folder: Path) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Any, wait_seconds: float, interval_seconds: float = 0.002) -> bool:
    """Wait for a condition, polling; return whether it came true in time."""
    deadline = time.monotonic() + wait_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_seconds)
    return True


def is_first_process_of(pid: int, launcher_pid: int) -> bool:
    """Whether `pid` descends from the process we launched: a connection from anyone else is refused."""
    return pid == launcher_pid or pid in processes.descendants(launcher_pid)
