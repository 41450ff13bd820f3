"""One candidate process without a judge: the probes of `inside.py` are called in it, and their answers come back as values."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.judge import connection, remote
from grader.sandbox.base import CONTENT, Box
from grader.sandbox.limits import Limits
from grader.source import Tree
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.test_process import TestProcess
from tests.grader.engines import engine

INSIDE = (Path(__file__).resolve().parent / "inside.py").read_text(encoding="utf-8")
CALL_SECONDS = 60.0


@dataclass
class Probe:
    """A process in a box, and the box as it is seen from outside."""

    engine_name: str
    host: ForkServer
    process: TestProcess
    channel: connection.Connection

    @property
    def box(self) -> Box:
        assert self.host.box is not None
        return self.host.box

    def call(self, name: str, *args: Any) -> Any:
        """Call a probe and return its answer."""
        remote.use(self.channel)
        try:
            return self.channel.request("call", remote.RemoteName("inside", name), args, {})
        finally:
            remote.use(None)


@contextlib.contextmanager
def probe(engine_name: str, source: str = INSIDE, limits: Limits | None = None) -> Iterator[Probe]:
    """Start a box for a submission of one module, `inside`, and give a test process of it."""
    limits = limits or Limits()
    tree = Tree.of({"inside.py": source.encode()})

    def open_box() -> Box:
        box = engine(engine_name).start("candidate", limits)
        tree.write_to(box.folder / CONTENT["candidate"])
        return box

    host = ForkServer(open_box, ["inside"], ["inside"], limits)
    try:
        process = host.next_test()
        assert isinstance(process, TestProcess), process
        channel = connection.Connection(
            process.channel,
            process.output,
            wall_seconds=CALL_SECONDS,
            frame_bytes=limits.frame_bytes,
            output_bytes=limits.output_bytes,
            refer=remote.refer,
            make_proxy=remote.make_proxy,
            make_name=remote.students_name,
        )
        channel.request("begin", 1)
        found = Probe(engine_name, host, process, channel)
        yield found
        found.channel.close()
        host.finish_test(found.process)
    finally:
        host.discard_box()
