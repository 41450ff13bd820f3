"""Processes as the kernel tells of them: who has sent a message, and a pair that takes turns on one processor."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack

import pytest

from grader.sandbox import processes
from grader.sandbox.control import receive_message, receive_with_patience_for, receive_with_sender, tell_senders
from grader.sandbox.processes import Together
from grader.wire.messages import Finished, pack

EVERYWHERE = os.sched_getaffinity(0)
BUSY = "while True: pass"
IDLE = "import time; time.sleep(600)"


@pytest.fixture
def begun() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def begin(stack: ExitStack, code: str, *fds: int) -> int:
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code], pass_fds=fds))
    stack.callback(process.kill)
    return process.pid


def test_a_message_names_the_process_that_has_sent_it(begun: ExitStack) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    tell_senders(ours)
    with ours, theirs:
        sends = f"import socket; socket.socket(fileno={theirs.fileno()}).send({pack(Finished())!r})"
        pid = begin(begun, sends, theirs.fileno())
        assert receive_with_sender(ours, 30, Finished) == (Finished(), pid)
        with pytest.raises(TimeoutError):
            receive_with_sender(ours, 0.01, Finished)
        theirs.close()
        with pytest.raises(EOFError):
            receive_with_sender(ours, 1, Finished)


def together(begun: ExitStack, *codes: str, neighbours: int = 0) -> tuple[Together, tuple[int, ...]]:
    """Begin two processes that are put together, with so many others on the same processor that never rest."""
    pair = tuple(begin(begun, code) for code in codes)
    placed = Together(*pair)
    for _ in range(neighbours):
        os.sched_setaffinity(begin(begun, BUSY), os.sched_getaffinity(pair[0]))
    return placed, pair


@pytest.mark.parametrize("code", [IDLE, BUSY])
def test_two_that_take_turns_share_a_processor_and_stay_there_while_it_is_theirs(begun: ExitStack, code: str) -> None:
    placed, pair = together(begun, code, code)  # at work, one of them always waits for the other
    shared = os.sched_getaffinity(pair[0])
    assert len(shared) == 1
    assert os.sched_getaffinity(pair[1]) == shared
    time.sleep(0.5)
    placed.look(1.5, 1.5)  # of which they may wait for a third, and one of two at work does so all the time
    assert os.sched_getaffinity(pair[0]) == os.sched_getaffinity(pair[1]) == shared


def test_two_that_wait_for_their_processor_may_part(begun: ExitStack) -> None:
    placed, pair = together(begun, BUSY, IDLE, neighbours=3)
    looked = time.monotonic()

    def parted() -> bool:
        nonlocal looked
        since, looked = time.monotonic() - looked, time.monotonic()
        placed.look(since, since)
        return os.sched_getaffinity(pair[0]) == os.sched_getaffinity(pair[1]) == EVERYWHERE

    assert processes.wait_until(parted, 30, interval_seconds=0.2)


@pytest.mark.medium
def test_the_time_without_a_processor_is_counted(begun: ExitStack) -> None:
    starved, _ = together(begun, BUSY, IDLE, neighbours=2)
    idle, _ = together(begun, IDLE, IDLE)
    assert processes.wait_until(lambda: starved.kept_seconds() > 0.5, 60)
    assert idle.kept_seconds() < 0.5
    idle.look(10.2, 0.2)  # we were to be back after 0.2 s: the machine stood still
    assert 10 <= idle.kept_seconds() < 10.5


@pytest.mark.medium
def test_who_has_no_processor_is_waited_for(begun: ExitStack) -> None:
    (one, *_) = EVERYWHERE
    works = "import os, time; os.nice(10)\nwhile time.process_time() < 0.15: pass\n"
    for fair in (False, True):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sends = f"import socket; socket.socket(fileno={theirs.fileno()}).send({pack(Finished())!r})"
        with ours, theirs:
            pids = [begin(begun, BUSY), begin(begun, f"{works}{sends}", theirs.fileno())]
            for pid in pids:
                os.sched_setaffinity(pid, {one})
            if fair:
                assert receive_with_patience_for(pids[1:], ours, 0.5, Finished) == Finished()
                break
            with pytest.raises(TimeoutError):
                receive_message(ours, 0.5, Finished)


def test_who_sleeps_is_not_waited_for(begun: ExitStack) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(TimeoutError):
        receive_with_patience_for([begin(begun, IDLE)], ours, 0.3, Finished)


def test_who_is_not_known_is_not_placed(begun: ExitStack) -> None:
    gone = begin(begun, "")
    assert processes.wait_until(lambda: processes.state(gone) == "Z", 30)
    for other in (0, os.getpid(), gone):
        alone = begin(begun, IDLE)
        Together(alone, other).look(0.2, 0.2)
        assert other == gone or os.sched_getaffinity(alone) == EVERYWHERE
    assert os.sched_getaffinity(0) == EVERYWHERE


def test_where_one_of_two_may_not_be_placed_the_other_stays_free(
    begun: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = begin(begun, IDLE), begin(begun, IDLE)
    place = os.sched_setaffinity

    def refusing(pid: int, processors: Collection[int]) -> None:
        if pid == one:
            raise PermissionError
        place(pid, processors)

    monkeypatch.setattr(os, "sched_setaffinity", refusing)
    Together(one, other)
    assert os.sched_getaffinity(other) == EVERYWHERE
