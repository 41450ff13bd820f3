"""A candidate process without a sandbox, for tests of the two ends of the channel: the real agent, forked here."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.candidate import importing, serve
from grader.judge import remote
from grader.judge.connection import Connection
from grader.wire.messages import ForkTest


@contextmanager
def local_candidate(folder: Path, package: str, *, wall_seconds: float = 20.0) -> Iterator[Connection]:
    """Yield a connection to a forked agent that finds `package` in `folder`; it is the current one meanwhile."""
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, remote.RemoteFinder)]
            sys.modules.pop(package, None)
            sys.dont_write_bytecode = True  # another module of this name, size and second may follow
            importing.SUBMISSION = str(folder)
            importer = importing.Importer()
            importer.install([package])
            serve.open_standard_streams()
            serve.serve(theirs, writing, importer, ForkTest([package], frame_bytes=1 << 26, test_limits=[]))
        finally:
            os._exit(70)
    theirs.close()
    os.close(writing)
    connection = Connection(
        ours,
        reading,
        wall_seconds=wall_seconds,
        frame_bytes=1 << 26,
        output_bytes=10_000,
        refer=remote.refer,
        make_proxy=remote.make_proxy,
        make_name=remote.students_name,
    )
    remote.use(connection)
    try:
        connection.request("begin", 5)
        yield connection
    finally:
        remote.use(None)
        connection.close()
        os.waitpid(pid, 0)
