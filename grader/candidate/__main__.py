"""The base zygote: first process of the candidate box, holding NumPy, the agent and nothing of the student's. Side: candidate.

It connects to the supervisor's socket once and then forks on request: a package zygote, which imports the student's modules
once and forks the tests, or a test process straight away, which imports for itself. Being process 1 of its namespace it
can be neither killed nor stopped from inside. Nothing it says is believed: what the supervisor needs to know it reads
from the kernel.
"""

import ctypes
import gc
import os
import resource
import shutil
import signal
import socket
import sys
from typing import NoReturn

import msgpack
import numpy as np

from grader.candidate import serve
from grader.candidate.importing import Importer
from grader.interpreter import seeding
from grader.wire.messages import (
    CONTROL_PATH,
    MESSAGE_BYTES,
    Forked,
    ForkPackageZygote,
    ForkTest,
    LimitBox,
    Loaded,
    Ready,
    Tidied,
    Tidy,
    pack,
    unpack,
)

WORK_FOLDER = "/tmp"
PR_SET_DUMPABLE = 4
LIBC = ctypes.PyDLL(None, use_errno=True)  # whose calls keep the interpreter's lock
MAX_STATUSES = 64  # of ended children that are told of


def main() -> NoReturn:
    """Connect, report readiness with a descriptor of the work folder, and fork until the supervisor hangs up."""
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(CONTROL_PATH)
    work = os.open(WORK_FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    versions = {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "msgpack": ".".join(map(str, msgpack.version)),
    }
    socket.send_fds(control, [pack(Ready(versions))], [work])
    os.close(work)
    # What takes a while at first use is done once here, not in every test; NumPy imports its generators then.
    serve.open_standard_streams()
    seeding.install()
    seeding.start(0)
    zygote(control, Importer())


def zygote(control: socket.socket, importer: Importer) -> NoReturn:
    """Serve one supervisor connection: each message may fork a child that gets the descriptors sent along."""
    gc.collect()
    gc.freeze()
    ended: dict[int, int] = {}
    while True:
        body, fds, _flags, _address = socket.recv_fds(control, MESSAGE_BYTES, 4)
        if not body:
            os._exit(0)
        message = unpack(body, ForkTest, Tidy, ForkPackageZygote, LimitBox)
        _reap(ended)
        if isinstance(message, LimitBox):
            for name, limit in message.rlimits:
                resource.setrlimit(name, (limit, limit))
        if not isinstance(message, (ForkTest, ForkPackageZygote)):
            _empty_work_folder()
            control.send(pack(Tidied([list(child) for child in ended.items()])))
            ended.clear()
            continue
        if isinstance(message, ForkTest) and message.tidy:
            _empty_work_folder()
        pid = _fork()
        if pid == 0:
            control.close()
            _child(message, fds, importer)
        for fd in fds:
            os.close(fd)
        control.send(pack(Forked(pid)))


def _fork() -> int:
    """Fork this process, which has one thread, as the kernel does it; return the child's pid, 0 in the child.

    After `os.fork` Python has every module that asked for it look after its threads, locks and generators. Here no other thread
    holds a lock, a test's generators are seeded when it begins, and each page that is touched for this is copied in every test.
    """
    pid: int = LIBC.fork()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "a process cannot be forked")
    return pid


def _child(message: ForkTest | ForkPackageZygote, fds: list[int], importer: Importer) -> NoReturn:
    """Become a package zygote or a test process; never return to the parent's loop."""
    try:
        if isinstance(message, ForkPackageZygote):
            os.dup2(fds[1], 1)
            os.dup2(fds[1], 2)
            os.close(fds[1])
            channel = socket.socket(fileno=fds[0])
            serve.use_standard_streams()
            importer.install(message.packages, message.site)
            importer.load(message.modules)
            channel.send(pack(Loaded()))
            zygote(channel, importer)
        importer.install(message.packages, message.site)
        serve.serve(socket.socket(fileno=fds[0]), fds[1], importer, message)
    finally:
        os._exit(70)


def _reap(ended: dict[int, int]) -> None:
    """Collect the exit statuses of children, orphans included, so that only living processes are left to be counted."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if len(ended) < MAX_STATUSES:
            ended[pid] = status


def _empty_work_folder() -> None:
    """Remove what a test left behind; the supervisor counts the folder's inodes and does not take our word for it."""
    for entry in os.scandir(WORK_FOLDER):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
