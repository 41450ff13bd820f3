"""The judge's own work on a test is limited: its death costs that test, the others go on, and nothing of it is a fault."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from grader.errors import JudgeFault
from grader.judge import feedback
from grader.judge.limited import watch
from grader.result import Check
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import ENGINES, HONEST, MANIFEST, by_name, engine, make_suite

pytestmark = pytest.mark.timeout(180)

LIMITS = "judge_cpu_seconds = 1\njudge_memory_bytes = 268435456\n"
SUITE = """
import os, signal, time
import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
import sums

def look(at):
    if at == "spins":
        while True:
            pass
    if at == "fills memory":
        held = [np.ones(10**7) for _ in range(100)]
    if at == "is killed":
        signal.raise_signal(signal.SIGKILL)
    if at == "ends":
        os._exit(0)

@in_candidate
def double(x):
    return sums.double(x)

def answered(x):
    look(sums.victim())
    return 2 * x

@weight(1)
def test_add():
    assert_equal(sums.add(2, 3), 5)

@weight(1)
def test_victim():
    look(sums.victim())
    assert_equal(sums.victim(), 1)

@weight(1)
@budget(cpu=50.0)
def test_measured(measure):
    measure(double, inputs=lambda rng: (int(rng.integers(100)),), answer=answered, yardstick=double)

@weight(1)
def test_double():
    assert_equal(sums.double(4), 8)
"""
#: A suite that dies before the student's code has been asked for anything.
DIES_BY_ITSELF = """
import os
from gradescope_utils.autograder_utils.decorators import weight
import sums

@weight(1)
def test_add():
    os._exit(3)
"""


def judged(name: str, folder: Path, answer: object) -> dict[str, Check]:
    (folder / "reference").mkdir(parents=True)
    (folder / "reference" / "sums.py").write_text(HONEST)
    manifest = MANIFEST.replace("[limits]", 'reference = "../../reference"\n[limits]\nbudget_wall_seconds = 4') + LIMITS
    suite = make_suite(folder / "suite", SUITE, manifest)
    module = HONEST.replace("return 1", f"return {answer!r}")
    return by_name(grade(Tree.of({"sums.py": module.encode()}), suite, engine(name), seed=1))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("deed", ["spins", "fills memory", "is killed", "ends"])
def test_a_judge_that_dies_of_an_answer_costs_the_tests_that_met_it(name: str, deed: str, tmp_path: Path) -> None:
    checks = judged(name, tmp_path, deed)
    lost = {test for test, check in checks.items() if check.verdict is not Verdict.PASSED}
    assert lost == {"test_victim", "test_measured"}
    assert checks["test_victim"].verdict is Verdict.FAILED
    assert checks["test_victim"].message.startswith(feedback.UNCOMPARABLE[:40])
    assert all(check.points == 1 for test, check in checks.items() if test not in lost)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.bubblewrap
def test_an_honest_answer_passes_within_the_same_limits(tmp_path: Path) -> None:
    checks = judged("bubblewrap", tmp_path, 1)
    assert all(checks[test].verdict is Verdict.PASSED for test in ("test_add", "test_victim", "test_double"))
    assert feedback.UNCOMPARABLE not in checks["test_measured"].message


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_suite_that_dies_before_it_asks_is_no_students_verdict(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", DIES_BY_ITSELF)
    with pytest.raises(
        JudgeFault, match=r"(?s)ended in the middle of a run; it said last: .*wait status 768 at test 0"
    ):
        grade(Tree.of({"sums.py": HONEST.encode()}), suite, engine("bubblewrap"), seed=1)


def watch_in_a_child(
    judge: object, limits: list[watch.OwnLimits], run_cpu_seconds: float = 1000.0
) -> tuple[list[int], int]:
    """Run `watched` in a child, as a run does; return which tests were given up, and the child's status."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        progress = watch.Progress(run_cpu_seconds)
        judge_from = partial(judge, progress=progress)  # type: ignore[call-overload]
        watch.watched(progress, limits, judge_from, lambda number, is_lost: note(writing, number, is_lost))
    os.close(writing)
    lost = b"".join(iter(lambda: os.read(reading, 100), b""))
    os.close(reading)
    return list(lost), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def note(pipe: int, number: int, is_lost: bool) -> None:
    if is_lost:
        os.write(pipe, bytes([number]))


@pytest.mark.slow
def test_a_test_that_waits_too_long_is_ended_and_the_next_begun() -> None:
    limits = [
        watch.OwnLimits(60, 1 << 30, 60.0),
        watch.OwnLimits(0.1, 1 << 30, 0.1),
        watch.OwnLimits(60, 1 << 30, 60.0),
    ]

    def judge(first: int, progress: watch.Progress) -> None:
        for number in range(first, 3):
            progress.begin(number, limits[number])
            progress.ask()
            if number == 1:
                signal.pause()
            progress.tell()

    assert watch_in_a_child(judge, limits) == ([1], 0)


@pytest.mark.parametrize("phase", ["before it asked", "while it told"])
def test_a_death_that_no_student_can_have_caused_hangs_up(phase: str) -> None:
    limits = [watch.OwnLimits(60, 1 << 30, 60.0)]

    def judge(first: int, progress: watch.Progress) -> None:
        progress.begin(0, limits[0])
        if phase == "while it told":
            progress.ask()
            progress.tell()
        os.kill(os.getpid(), signal.SIGKILL)

    assert watch_in_a_child(judge, limits) == ([], 1)


@pytest.mark.parametrize("phase", ["before it asked", "once it had told"])
def test_a_death_that_an_earlier_test_may_have_brought_about_is_tried_again_in_a_fresh_process(phase: str) -> None:
    limits = [watch.OwnLimits(60, 1 << 30, 60.0)] * 3

    def judge(first: int, progress: watch.Progress) -> None:
        for number in range(first, 3):
            progress.begin(number, limits[number])
            if number == 1 and first < number and phase == "before it asked":
                os.kill(os.getpid(), signal.SIGKILL)
            progress.ask()
            progress.tell()
            progress.told()
            if number == 1 and first < number:
                os.kill(os.getpid(), signal.SIGKILL)

    assert watch_in_a_child(judge, limits) == ([], 0)


@pytest.mark.slow
def test_each_test_has_a_second_of_its_own() -> None:
    """Two tests of 0.6 s each, in one process, pass under a limit of 1 s; one of 3 s does not; the next one goes on."""
    limits = [watch.OwnLimits(1, 1 << 30, 60.0)] * 4

    def judge(first: int, progress: watch.Progress) -> None:
        for number in range(first, 4):
            progress.begin(number, limits[number])
            progress.ask()
            until = time.process_time() + (0.6, 0.6, 3.0, 0.0)[number]
            while time.process_time() < until:
                pass
            progress.tell()

    assert watch_in_a_child(judge, limits) == ([2], 0)


@pytest.mark.slow
def test_when_a_run_has_used_up_the_judges_time_a_second_is_left_for_each_test() -> None:
    """Of tests that may each take 60 s of CPU time, and do, the first takes the run's 2 s, and the other 1 s."""
    limits = [watch.OwnLimits(60, 1 << 30, 60.0)] * 2

    def judge(first: int, progress: watch.Progress) -> None:
        for number in range(first, 2):
            progress.begin(number, limits[number])
            progress.ask()
            while True:
                pass

    before = os.times().children_user
    assert watch_in_a_child(judge, limits, run_cpu_seconds=2.0) == ([0, 1], 0)
    assert os.times().children_user - before < 8
