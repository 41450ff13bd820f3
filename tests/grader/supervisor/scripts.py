"""Scripts for scripted boxes: the real zygote without a sandbox, and judges that say what a test wants them to say."""

import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.candidate import __main__ as agent
from grader.candidate import importing, serve
from grader.candidate.importing import Importer
from grader.sandbox.scripted import Script, ScriptedEngine, connect
from grader.source import Tree
from grader.suite.manifest import Suite
from grader.wire.messages import (
    MESSAGE_BYTES,
    BeginTests,
    Collected,
    CollectSuite,
    EndTest,
    Finished,
    Granted,
    JudgeRun,
    Message,
    Ready,
    StartTest,
    Withheld,
    pack,
    unpack,
)

TREE = Tree.of({"sums.py": b"def add(a, b):\n    return a + b\n"})
PASSED = {"verdict": "passed", "points": 1.0, "message": "", "output": "", "duration_s": 0.01}


def zygote(folder: Path) -> None:
    """Play a candidate's first process with the real agent, in the box's own folders."""
    play_zygote(folder, lambda: None)


def play_zygote(folder: Path, before: Callable[[], object]) -> None:
    """Play a candidate's first process; `before` is called in it, and may change the agent."""
    agent.WORK_FOLDER = str(folder / "work")
    importing.SUBMISSION = str(folder / "tree")
    control = connect(folder)
    work = os.open(folder / "work", os.O_RDONLY | os.O_DIRECTORY)
    socket.send_fds(control, [pack(Ready({"python": "3"}))], [work])
    os.close(work)
    serve.open_standard_streams()
    before()
    agent.zygote(control, Importer())


class JudgeOfARun:
    """A judge's end of one run's connection: says what a script wants it to say."""

    def __init__(self, control: socket.socket, run: JudgeRun) -> None:
        self.control = control
        self.run = run
        unpack(control.recv(MESSAGE_BYTES), BeginTests)

    def say(self, message: Message) -> None:
        self.control.send(pack(message))

    def say_bytes(self, body: bytes) -> None:
        self.control.send(body)

    def start(self, check: str) -> Granted | Withheld:
        """Begin a test, and let go of the process that is given for it."""
        self.say(StartTest(check))
        body, fds, _flags, _address = socket.recv_fds(self.control, MESSAGE_BYTES, 4)
        for fd in fds:
            os.close(fd)
        answer: Any = unpack(body, Granted, Withheld)
        return answer

    def end(self, check: str, **changes: Any) -> None:
        self.say(EndTest(check, **{**PASSED, **changes}))

    def judge_all(self, **changes: Any) -> None:
        """Start and end each test of the run, all alike."""
        for check in self.run.checks:
            self.start(check)
            self.end(check, **changes)
        self.say(Finished())


RunScript = Callable[[JudgeOfARun], object]


#: A check of one point, as a judge collects it.
PLAIN = {"max_points": 1.0, "visibility": "visible", "number": "", "tags": [], "is_measured": False}


def judge(run: RunScript, checks: Sequence[str] = ("a", "b"), hidden: Sequence[str] = ()) -> Script:
    """Return the script of a judge's box: it collects these checks, of one point each, and plays `run` for each run."""
    planned = [
        {**PLAIN, "id": name, "name": name, "visibility": "hidden" if name in hidden else "visible"} for name in checks
    ]

    def script(folder: Path) -> None:
        control = connect(folder)
        control.send(pack(Ready({"pytest": "9"})))
        body, fds, _flags, _address = socket.recv_fds(control, MESSAGE_BYTES, 4)
        unpack(body, CollectSuite)
        suite = socket.socket(fileno=fds[0])
        suite.send(pack(Collected(planned)))
        while True:
            body, fds, _flags, _address = socket.recv_fds(suite, MESSAGE_BYTES, 4)
            if not body:
                return
            with socket.socket(fileno=fds[0]) as end:
                run(JudgeOfARun(end, unpack(body, JudgeRun)))

    return script


def engine(run: RunScript, candidate: Script = zygote, **more: Any) -> ScriptedEngine:
    """Return an engine with an honest candidate and a judge that plays `run`."""
    return ScriptedEngine(candidate=candidate, judge=judge(run, **more))


def suite_of(folder: Path, **limits: float) -> Suite:
    """Return a suite of the package `sums`, whose tests are never read: a scripted judge collects what it likes."""
    from tests.grader.engines import MANIFEST, make_suite

    table = "".join(f"{name} = {value}\n" for name, value in limits.items())
    return make_suite(folder, manifest=MANIFEST.partition("[limits]")[0] + "[limits]\n" + table)
