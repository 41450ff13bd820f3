"""What boxes can do to each other, to the worker and to bystanders: nothing; looked at from outside, on both engines."""

import contextlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grader.judge import connection, exceptions, remote
from grader.sandbox import processes
from grader.source import stage_folder
from grader.supervisor import fork_server, test_process
from grader.supervisor.run import grade
from grader.supervisor.supervised import SupervisedRun
from grader.verdict import Verdict
from grader.wire.messages import EndTest
from tests.attacks.probing import INSIDE, probe
from tests.grader.engines import ENGINES, HONEST, WITH_NAMESPACES, by_name, engine, grade_files, make_suite, make_tree

pytestmark = pytest.mark.timeout(180)


def marks(mark: bytes) -> set[bytes]:
    """Return a mark and what remains of it when every second byte, or one half, is lost."""
    return {mark, mark[:8], mark[8:]}


@pytest.mark.parametrize("name", WITH_NAMESPACES)
def test_t27_two_boxes_cannot_pass_sixteen_bytes(name: str) -> None:
    mark = os.urandom(16)
    with probe(name) as sender, probe(name) as receiver:
        untouched = receiver.call("find", len(mark))
        answers = sender.call("leave", mark)
        found = receiver.call("find", len(mark))
    assert {answer for file in answers for answer in file} == {"EPERM"}
    seen = b"".join(value if isinstance(value, bytes) else value.encode() for value in found)
    assert not any(part in seen for part in marks(mark))
    assert found[-1] == untouched[-1] == bytes(16)


@pytest.mark.parametrize("name", WITH_NAMESPACES)
def test_t27_a_test_leaves_nothing_for_the_next_one_in_its_box(name: str) -> None:
    mark = os.urandom(16)
    with probe(name) as first:
        first.call("leave", mark)
        first.channel.close()
        first.host.finish_test(first.process)
        second = first.host.next_test()
        assert isinstance(second, test_process.TestProcess)
        first.process = second
        first.channel = connection.Connection(
            second.channel,
            second.output,
            wall_seconds=60,
            frame_bytes=1 << 20,
            output_bytes=1000,
            refer=remote.refer,
            make_proxy=remote.make_proxy,
            make_name=remote.students_name,
        )
        found = first.call("find", len(mark))
    seen = b"".join(value if isinstance(value, bytes) else value.encode() for value in found)
    assert not any(part in seen for part in marks(mark))


@pytest.mark.parametrize("name", ENGINES)
def test_t55_a_box_full_of_processes_takes_none_from_another(name: str) -> None:
    with probe(name) as full, probe(name) as other:
        assert full.call("fill_the_box") > 10
        assert other.call("fork_once") == "done"
        with probe(name) as fresh:
            assert fresh.call("fork_once") == "done"


def memory_of(pid: int) -> bytes:
    """Return all readable memory of a process, with its environment and arguments; raises PermissionError for a stranger."""
    parts = [Path(f"/proc/{pid}/environ").read_bytes(), Path(f"/proc/{pid}/cmdline").read_bytes()]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("r") and "[v" not in line:
                memory.seek(start)
                try:
                    parts.append(memory.read(end - start))
                except OSError:  # pages of a mapping that lead nowhere
                    continue
    return b"".join(parts)


@pytest.mark.parametrize("name", ENGINES)
def test_t12_what_the_judge_knows_is_in_no_memory_of_the_candidate(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, worker_secret, own = (os.urandom(16).hex() for _ in range(3))
    monkeypatch.setenv("ASSAY_TEST_SECRET", worker_secret)
    suite = make_suite(
        tmp_path / "suite",
        f"""
        from gradescope_utils.autograder_utils.decorators import weight
        import sums

        EXPECTED = "{expected}"

        @weight(1)
        def test_victim():
            assert sums.victim() == EXPECTED

        @weight(1)
        def test_double():
            assert sums.double(EXPECTED[:0]) == EXPECTED
        """,
    )
    seen: list[bytes] = []
    end = SupervisedRun._end

    def look_first(run: SupervisedRun, message: EndTest) -> None:
        """Search every process of the box while the test's own is still there."""
        assert run.process is not None
        for pid in (run.process.box.init_pid, *processes.descendants(run.process.box.init_pid)):
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                seen.append(memory_of(pid))
        end(run, message)

    monkeypatch.setattr(SupervisedRun, "_end", look_first)
    tree = stage_folder(make_tree(tmp_path / "tree", {"sums.py": HONEST + f"\nOWN = '{own}'\n"}))
    try:
        result = grade(tree, suite, engine(name), seed=1)
    except PermissionError:
        pytest.skip("only a privileged user may read a box's memory from outside.")
    assert [check.verdict for check in result.checks] == [Verdict.FAILED] * 2
    assert len(seen) >= 4
    assert any(own.encode() in memory for memory in seen)
    assert not any(secret.encode() in memory for secret in (expected, worker_secret) for memory in seen)


@pytest.mark.parametrize("name", WITH_NAMESPACES)
def test_t73_a_bystander_with_the_same_name_survives(name: str) -> None:
    command = [sys.executable, "-I", "-c", "import sys; sys.stdin.read() # from grader.candidate.__main__ import main"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as bystander:
        with probe(name) as hostile:
            init = hostile.box.init_pid
            with contextlib.suppress(exceptions.CandidateEnded):
                hostile.call("kill_all")
            assert processes.state(init) not in ("", "Z")
        assert processes.state(init) in ("", "Z")
        assert bystander.poll() is None
        bystander.communicate()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


PASSES_DESCRIPTORS = """
import os, socket
plain = socket.socket.send
def send(self, data, *flags):
    if self.family == socket.AF_UNIX and self.type == socket.SOCK_SEQPACKET:
        return socket.send_fds(self, [data], [0, 1, 2])
    return plain(self, data, *flags)
socket.socket.send = send
socket.socket.sendall = lambda self, data, *flags: socket.send_fds(self, [data], [0, 1, 2])
"""


@pytest.mark.parametrize("name", ENGINES)
def test_t63_descriptors_that_are_sent_along_are_not_kept(name: str) -> None:
    with probe(name, PASSES_DESCRIPTORS + INSIDE) as hostile:
        before = open_descriptors()
        for _ in range(10):
            hostile.call("environment")
        assert open_descriptors() == before
        hostile.channel.close()
        hostile.host.finish_test(hostile.process)
        before = open_descriptors()
        for _ in range(5):
            process = hostile.host.next_test()
            assert isinstance(process, test_process.TestProcess)
            assert process.parent != hostile.box.init_pid, "the hostile zygote should have been asked"
            process.channel.close()
            os.close(process.output)
            hostile.host.finish_test(process)
        assert open_descriptors() == before
        process = hostile.host.next_test()
        assert isinstance(process, test_process.TestProcess)
        hostile.process, hostile.channel = process, _NoChannel(process)


class _NoChannel:
    """Closes what a test process was given, where no connection was made of it."""

    def __init__(self, process: test_process.TestProcess) -> None:
        self.process = process

    def close(self) -> None:
        self.process.channel.close()
        os.close(self.process.output)


DAWDLES = """
import sys, time
agent = sys.modules["grader.candidate.__main__"]
plain = agent.unpack
def dawdle(body, *expected):
    time.sleep(0.7)
    return plain(body, *expected)
agent.unpack = dawdle
"""


@pytest.mark.bubblewrap
def test_t58_a_package_zygote_that_dawdles_is_left_and_costs_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "ZYGOTE_SECONDS", 1.0)
    forked_from: list[bool] = []
    plain = fork_server.ForkServer._fork

    def note(server: fork_server.ForkServer, **more: bool) -> object:
        forked_from.append(server.state is fork_server.State.WARM)
        return plain(server, **more)

    monkeypatch.setattr(fork_server.ForkServer, "_fork", note)
    result = grade_files("bubblewrap", tmp_path, {"sums.py": textwrap.dedent(DAWDLES) + HONEST})
    assert result.score == result.max_score
    assert forked_from[0]
    assert not forked_from[-1]


@pytest.mark.parametrize("name", ENGINES)
def test_t69_nothing_of_a_run_is_left_when_it_ends_in_a_fault(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        SupervisedRun,
        "_end",
        lambda run, end: (_ for _ in ()).throw(fork_server.Fault("as if something of ours broke")),
    )
    with pytest.raises(fork_server.Fault, match="as if"):
        grade_files(name, tmp_path, {"sums.py": HONEST})
    left = [pid for pid in processes.descendants(os.getpid()) if processes.state(pid) not in ("", "Z")]
    assert left == []
    monkeypatch.undo()
    assert by_name(grade_files(name, tmp_path / "next", {"sums.py": HONEST}))["test_add"].verdict is Verdict.PASSED
