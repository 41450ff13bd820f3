"""The fork server, with the real agent outside a sandbox: what is shared, what is given up, and what takes a box with it."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from grader.candidate import __main__ as agent
from grader.errors import Fault
from grader.sandbox import processes
from grader.sandbox.base import Box
from grader.sandbox.limits import Limits
from grader.sandbox.scripted import Script, ScriptedEngine, connect
from grader.source import Tree
from grader.supervisor import fork_server
from grader.supervisor.fork_server import ForkServer, State
from grader.supervisor.meters import measured_limits
from grader.supervisor.test_process import TestProcess as RunningTest
from grader.verdict import Verdict
from grader.wire.messages import Forked, LimitBox, Ready, Tidied, pack, unpack
from tests.grader.supervisor import scripts

HONEST = "def add(a, b):\n    return a + b\n"
LIMITS = Limits(import_wall_seconds=10.0)


@contextlib.contextmanager
def server_of(
    source: str = HONEST, candidate: Script = scripts.zygote, limits: Limits = LIMITS, **more: bool
) -> Iterator[ForkServer]:
    """Yield a fork server for a submission of one module, `sums`."""
    tree = Tree.of({"sums.py": source.encode()})
    engine = ScriptedEngine(candidate=candidate, judge=candidate)

    def open_box() -> Box:
        box = engine.start("candidate", limits)
        tree.write_to(box.folder / "tree")
        return box

    server = ForkServer(open_box, ["sums"], ["sums"], limits, **more)
    try:
        yield server
    finally:
        server.discard_box()


def next_test(server: ForkServer) -> RunningTest:
    process = server.next_test()
    assert isinstance(process, RunningTest), process
    process.channel.close()
    os.close(process.output)
    return process


def run_one(server: ForkServer) -> bool:
    """Take and end one test; return whether something of it was left behind."""
    return server.finish_test(next_test(server)).left_behind


def test_an_honest_package_is_imported_once_and_one_box_serves_all_tests() -> None:
    with server_of() as server:
        assert [run_one(server) for _ in range(3)] == [False, False, False]
        assert (server.state, server.boxes_used) == (State.WARM, 1)


def test_a_successor_is_forked_while_its_predecessor_ends() -> None:
    with server_of() as server:
        process = next_test(server)
        for _ in range(3):
            usage = server.turn_over(process)
            assert not usage.left_behind
            process = next_test(server)
        assert server.boxes_used == 1


def test_who_measures_shares_nothing() -> None:
    with server_of(shares_imports=False) as server:
        first = next_test(server)
        assert server.state is State.BARE
        assert server.box is not None
        assert first.parent == server.box.init_pid
        assert not server.finish_test(first).left_behind


HOSTILE = {
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
    "a child": "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n",
    "a child that left its parent": (
        "import os, time\nif os.fork() == 0:\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\nos.wait()\n"
    ),
}


def give_up(left: str) -> None:
    """Import what leaves something behind, and see its package zygote given up."""
    with server_of(HOSTILE[left] + HONEST) as server:
        process = next_test(server)
        assert server.state is State.BARE
        assert process.parent == process.box.init_pid
        assert server.boxes_used == 2
        server.finish_test(process)


@pytest.mark.parametrize("left", HOSTILE)
def test_a_package_zygote_that_is_not_alone_is_given_up(left: str) -> None:
    # In a process of its own: a fork of one that has run thousands of tests may wait for a lock of a thread that it has not.
    code = f"from {Path(__file__).stem} import give_up; give_up({left!r})"
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[3])])
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr


def in_test(deed: Callable[[Path], object]) -> Script:
    """Return the script of a candidate whose test processes do something before they serve."""

    def script(folder: Path) -> None:
        def change() -> None:
            plain = agent.serve.serve

            def serve(*arguments: object) -> None:
                deed(folder)
                plain(*arguments)  # type: ignore[arg-type]

            agent.serve.serve = serve  # type: ignore[assignment]

        scripts.play_zygote(folder, change)

    return script


def wait_for(path: Path) -> None:
    for _ in range(2000):
        if path.exists():
            return
        time.sleep(0.005)
    raise AssertionError(f"{path} never appeared")


def leaves_a_child(folder: Path) -> None:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.write(writing, b"x")
        time.sleep(60)
        os._exit(0)
    os.read(reading, 1)
    (folder / "tree" / "done").touch()


def leaves_a_file(folder: Path) -> None:
    (folder / "work" / "mark").touch()
    (folder / "tree" / "done").touch()


@pytest.mark.parametrize("by", ["finishing", "turning over"])
def test_a_zygote_that_is_stopped_is_given_up_and_not_waited_for(
    by: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stops_its_zygote(_folder: Path) -> None:
        wait_for(tmp_path / "known")
        os.kill(os.getppid(), signal.SIGSTOP)

    monkeypatch.setattr(fork_server, "ZYGOTE_SECONDS", 3600.0)
    with server_of(candidate=in_test(stops_its_zygote)) as server:
        process = next_test(server)
        (tmp_path / "known").touch()
        assert processes.wait_until(lambda: processes.state(process.parent) == "T", 10)
        (tmp_path / "known").unlink()
        usage = server.finish_test(process) if by == "finishing" else server.turn_over(process)
        assert usage.left_behind
        assert process.box.closed


@pytest.mark.parametrize("by", ["finishing", "turning over"])
def test_a_process_that_a_test_leaves_is_killed_and_the_box_stays(by: str) -> None:
    with server_of(candidate=in_test(leaves_a_child)) as server:
        process = next_test(server)
        wait_for(process.box.folder / "tree" / "done")
        usage = server.finish_test(process) if by == "finishing" else server.turn_over(process)
        assert usage.left_behind
        assert not process.box.closed
        assert run_one(server) in (True, False)  # the next test is there, and has done it again or not yet
        assert server.boxes_used == 1


@pytest.mark.parametrize("by", ["finishing", "turning over"])
def test_a_process_that_cannot_be_killed_takes_the_box_with_it(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "kill_others", lambda _first, _kept: False)
    with server_of(candidate=in_test(leaves_a_child)) as server:
        process = next_test(server)
        wait_for(process.box.folder / "tree" / "done")
        usage = server.finish_test(process) if by == "finishing" else server.turn_over(process)
        assert usage.left_behind
        assert process.box.closed


def never_tidies(folder: Path) -> None:
    def change() -> None:
        agent._empty_work_folder = lambda: None

    scripts.play_zygote(folder, change)


@pytest.mark.parametrize("by", ["finishing", "turning over"])
def test_a_file_that_stays_takes_the_box_with_it(by: str) -> None:
    """The zygote says that it has emptied the folder; the folder says that it has not."""
    with server_of(candidate=never_tidies) as server:
        process = next_test(server)
        (process.box.folder / "work" / "mark").touch()
        usage = server.finish_test(process) if by == "finishing" else server.turn_over(process)
        assert usage.left_behind
        assert process.box.closed


def test_a_file_that_is_tidied_away_costs_nothing() -> None:
    with server_of(candidate=in_test(leaves_a_file)) as server:
        process = next_test(server)
        wait_for(process.box.folder / "tree" / "done")
        assert not server.finish_test(process).left_behind
        assert not process.box.closed


@pytest.mark.parametrize(
    ("source", "verdict", "sentence"),
    [
        ("import os\nos._exit(0)\n", Verdict.CRASHED, "ended Python itself"),
        ("import time\ntime.sleep(60)\n", Verdict.TIMED_OUT, "took longer than 0.5 s"),
    ],
)
def test_a_package_that_cannot_be_imported_is_refused_once_for_all(
    source: str, verdict: Verdict, sentence: str
) -> None:
    with server_of(source, limits=Limits(import_wall_seconds=0.5)) as server:
        refusals = [server.next_test() for _ in range(3)]
        assert server.boxes_used == 1
    assert all(isinstance(each, tuple) and each[0] is verdict and sentence in each[1] for each in refusals)


def test_a_module_that_raises_when_imported_is_no_refusal() -> None:
    with server_of("raise ValueError('oops')\n") as server:
        assert not run_one(server)
        assert server.state is State.WARM


def answers_but_never_forks(folder: Path) -> None:
    control = connect(folder)
    work = os.open(folder / "work", os.O_RDONLY)
    socket.send_fds(control, [pack(Ready({}))], [work])
    while body := control.recv(1 << 19):
        with contextlib.suppress(Exception):
            unpack(body, LimitBox)
            control.send(pack(Tidied([])))
            continue
        control.send(pack(Forked(1)))


def answers_about_its_limits_alone(folder: Path) -> None:
    control = connect(folder)
    work = os.open(folder / "work", os.O_RDONLY)
    socket.send_fds(control, [pack(Ready({}))], [work])
    while body := control.recv(1 << 19):
        with contextlib.suppress(Exception):
            unpack(body, LimitBox)
            control.send(pack(Tidied([])))


def test_a_first_process_that_does_not_answer_is_no_verdict_on_the_student(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.sandbox.base.START_SECONDS", 0.5)
    monkeypatch.setattr("grader.supervisor.fork_server.START_SECONDS", 0.5)
    with server_of(candidate=answers_about_its_limits_alone) as server:
        with pytest.raises(Fault):
            server.next_test()
        assert server.refusal is None


def test_two_boxes_that_fork_nothing_are_a_fault() -> None:
    with server_of(candidate=answers_but_never_forks, shares_imports=False) as server:
        with pytest.raises(Fault, match="two fresh boxes in a row"):
            server.next_test()
        assert server.boxes_used == 2


def test_zygotes_are_tried_a_few_times_and_then_each_test_imports_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "MAX_PACKAGE_ZYGOTES", 2)
    with server_of(candidate=never_tidies) as server:
        for _ in range(3):
            process = next_test(server)
            (process.box.folder / "work" / "mark").touch()
            server.finish_test(process)
        assert run_state(server) is State.BARE


def run_state(server: ForkServer) -> State:
    server.prepare()
    return server.state


def test_a_test_that_fills_its_folder_is_ended() -> None:
    with server_of(limits=Limits(work_inodes=5)) as server:
        process = next_test(server)
        assert server.watch(process) is None
        for number in range(6):
            (process.box.folder / "work" / str(number)).touch()
        assert server.watch(process) is Verdict.OUTPUT_EXCEEDED
        assert server.finish_test(process)


def rlimits_of(pid: int) -> Mapping[int, tuple[int, int]]:
    names = (resource.RLIMIT_NPROC, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
    return {name: resource.prlimit(pid, name) for name in names}


def test_a_measured_process_may_start_nothing_and_write_nothing() -> None:
    limits = Limits(budget_wall_seconds=6.5)
    tree = Tree.of({"sums.py": HONEST.encode()})
    engine = ScriptedEngine(candidate=ready_zygote, judge=ready_zygote)

    def open_box() -> Box:
        box = engine.start("candidate", limits)
        tree.write_to(box.folder / "tree")
        return box

    server = ForkServer(open_box, ["sums"], ["sums"], limits, shares_imports=False, test_limits=measured_limits(limits))
    try:
        process = next_test(server)
        wait_for(process.box.folder / "tree" / "limited")
        assert rlimits_of(process.pid) == {
            resource.RLIMIT_NPROC: (0, 0),
            resource.RLIMIT_CPU: (12, 13),  # after the judge's own clock
            resource.RLIMIT_FSIZE: (0, 0),
            resource.RLIMIT_NOFILE: (64, 64),
        }
        server.finish_test(process)
    finally:
        server.discard_box()


def ready_zygote(folder: Path) -> None:
    """Play a zygote whose tests say when their limits hold: right before they read their first request."""

    def change() -> None:
        plain = agent.serve._read_frame

        def read(channel: socket.socket) -> bytes | None:
            os.mkdir(folder / "tree" / "limited")
            time.sleep(60)
            return plain(channel)

        agent.serve._read_frame = read

    scripts.play_zygote(folder, change)
