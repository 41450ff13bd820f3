"""How the zygotes fork: as the kernel does it, with a process that is whole, and nothing that Python does after a fork."""

import os
import threading

import pytest

from grader.candidate import __main__ as agent

CALLED: list[int] = []
os.register_at_fork(after_in_child=lambda: CALLED.append(os.getpid()))


def in_fork(*, by_python: bool) -> int:
    """Fork, start a thread there and fork once more; return the exit status, in which each call of ours after a fork is one."""
    child = os.fork() if by_python else agent._fork()
    if child == 0:
        try:
            thread = threading.Thread(target=lambda: CALLED.append(0))
            thread.start()
            thread.join(20)
            grandchild = os.fork()
            if grandchild == 0:
                os._exit(len(CALLED))
            os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
        finally:
            os._exit(70)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_threads_and_forks_work_in_a_process_that_was_forked_so() -> None:
    CALLED.clear()
    assert in_fork(by_python=True) == 3
    assert in_fork(by_python=False) == 2


def test_a_process_that_cannot_be_forked_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def fork(self) -> int:
            return -1

    monkeypatch.setattr(agent, "LIBC", Full())
    with pytest.raises(OSError, match="cannot be forked"):
        agent._fork()
