"""The supervisor's own rules, with scripted boxes: what a judge may say, and what becomes of a run whose judge says else."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from grader.errors import (
    JudgeFault,
    RunTimedOut,
    SandboxUnavailable,
    SourceError,
    SuiteError,
    UsageError,
    YardstickStalled,
)
from grader.result import RunResult
from grader.sandbox import processes
from grader.sandbox.limits import Limits
from grader.sandbox.scripted import ScriptedEngine, connect
from grader.source import Prepared
from grader.suite.order import Order
from grader.supervisor import supervised as supervisor
from grader.supervisor.run import grade
from grader.verdict import CAN_EARN_POINTS, Verdict
from grader.wire.messages import (
    MESSAGE_BYTES,
    Broken,
    Finished,
    Granted,
    MoreTime,
    Ready,
    Stalled,
    StartTest,
    Withheld,
    pack,
    unpack,
)
from tests.grader.supervisor import scripts
from tests.grader.supervisor.scripts import TREE, JudgeOfARun, RunScript, suite_of

LOST: dict[str, Any] = {"verdict": "timed_out", "points": 0.0}


def judged(folder: Path, run: RunScript, order: Order | None = None, **more: Any) -> RunResult:
    """Grade a small tree with a judge that plays `run`."""
    return grade(TREE, suite_of(folder), scripts.engine(run, **more), seed=1, order=order)


def test_what_the_judge_reports_is_the_result(tmp_path: Path) -> None:
    result = judged(tmp_path, JudgeOfARun.judge_all)
    assert [(check.id, check.points, check.verdict) for check in result.checks] == [
        ("a", 1.0, Verdict.PASSED),
        ("b", 1.0, Verdict.PASSED),
    ]


def test_a_submission_that_cannot_be_read_has_no_test_whatever_was_begun_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_prepared: Prepared) -> tuple[str, ...]:
        raise SourceError("What was handed in is too much to read.")

    def judge(judge: JudgeOfARun) -> None:
        answers = [judge.start(check) for check in ("a", "b")]
        assert answers == [Withheld("failed", "What was handed in is too much to read.")] * 2
        for check in ("a", "b"):
            judge.end(check, verdict="failed", points=0.0)
        judge.say(Finished())

    monkeypatch.setattr(Prepared, "find_unreadable", refuse)
    assert [check.verdict for check in judged(tmp_path, judge).checks] == [Verdict.FAILED, Verdict.FAILED]


def test_tests_that_do_not_pass_leave_less_time_to_those_after_them(tmp_path: Path) -> None:
    def hang(judge: JudgeOfARun) -> None:
        for check, changes in (("a", {}), ("b", LOST), ("c", {}), ("d", LOST), ("e", {}), ("f", LOST)):
            answer = judge.start(check)
            assert isinstance(answer, Granted)
            said = f"{answer.wall_seconds}"
            judge.end(check, duration_s=3.0, message=said, **changes)
        judge.say(Finished())

    suite = suite_of(tmp_path, lost_wall_seconds=5, late_wall_seconds=0.5)
    granted = [check.message for check in grade(TREE, suite, scripts.engine(hang, checks="abcdef"), seed=1).checks]
    assert granted == ["None", "None", "None", "None", "0.5", "0.5"]  # what passes takes nothing of it


def test_a_test_that_is_reported_twice_is_a_fault(tmp_path: Path) -> None:
    def twice(judge: JudgeOfARun) -> None:
        for _ in range(2):
            judge.start("a")
            judge.end("a")

    with pytest.raises(JudgeFault, match="reported 'a', which is not a test of this run"):
        judged(tmp_path, twice)


def test_a_test_that_nobody_planned_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(JudgeFault, match="reported 'z'"):
        judged(tmp_path, lambda judge: judge.end("z"))


def test_a_judge_that_finishes_without_a_word_on_a_test_is_a_fault(tmp_path: Path) -> None:
    def one(judge: JudgeOfARun) -> None:
        judge.start("a")
        judge.end("a")
        judge.say(Finished())

    with pytest.raises(JudgeFault, match="ended without a word on 1 tests, b among them"):
        judged(tmp_path, one)


def test_a_judge_that_ends_in_the_middle_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(JudgeFault, match="ended in the middle of a run"):
        judged(tmp_path, lambda judge: judge.start("a"))


@pytest.mark.parametrize("body", [b"", b"\xc1", pack(Ready({}))], ids=["nothing", "no message", "another message"])
def test_a_judge_that_says_something_else_is_a_fault(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(JudgeFault):
        judged(tmp_path, lambda judge: judge.say_bytes(body))


def test_a_suite_that_breaks_while_it_runs_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"test_sums\.py:3: no such fixture"):
        judged(tmp_path, lambda judge: judge.say(Broken(["test_sums.py:3: no such fixture"])))


def test_a_yardstick_that_stalls_is_a_fault_that_is_tried_again_and_no_broken_suite(tmp_path: Path) -> None:
    with pytest.raises(YardstickStalled, match="the yardstick of add ended"):
        judged(tmp_path, lambda judge: judge.say(Stalled("the yardstick of add ended before it answered")))
    assert not issubclass(YardstickStalled, UsageError)  # which a worker never tries again


def test_a_run_that_passes_its_limit_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "longest_seconds", lambda *_: 0.2)

    def stalls(judge: JudgeOfARun) -> None:
        judge.say(StartTest("a"))
        judge.control.recv(1)  # the answer
        judge.control.recv(1)  # and nothing more ever comes

    suite = suite_of(tmp_path, run_wall_seconds=0.2, test_wall_seconds=0.1)
    with pytest.raises(RunTimedOut, match="passed its limit"):
        grade(TREE, suite, scripts.engine(stalls), seed=1)


def test_a_late_candidate_gets_the_time_for_which_it_waited_and_no_more_than_a_run_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = iter([12.0, 40.0, 100.0])  # at each look
    monkeypatch.setattr(processes.Together, "kept_seconds", lambda _: next(kept))
    told: list[float] = []

    def asks(judge: JudgeOfARun) -> None:
        judge.start("a")
        for _ in range(3):
            judge.say(MoreTime())
            told.append(unpack(judge.control.recv(MESSAGE_BYTES), MoreTime).seconds)
        (tmp_path / "told").write_text(json.dumps(told))
        judge.end("a")
        judge.judge_all()

    with pytest.raises(JudgeFault):  # "a" is told of twice
        judged(tmp_path, asks)
    assert json.loads((tmp_path / "told").read_text()) == pytest.approx([12, 18, 0], abs=0.1)


@pytest.mark.parametrize("points", [1.5, 1e9])
def test_no_report_earns_more_than_the_check_can(tmp_path: Path, points: float) -> None:
    result = judged(tmp_path, lambda judge: judge.judge_all(points=points))
    assert [check.points for check in result.checks] == [1.0, 1.0]


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_that_cannot_earn_keeps_no_points(tmp_path: Path, verdict: Verdict) -> None:
    result = judged(tmp_path, lambda judge: judge.judge_all(verdict=verdict.value, message="m"))
    assert result.score == (2.0 if verdict in CAN_EARN_POINTS else 0.0)


def test_hidden_tests_are_judged_after_all_visible_ones(tmp_path: Path) -> None:
    result = judged(
        tmp_path,
        lambda judge: judge.judge_all(output=" ".join(judge.run.checks)),
        checks=("a", "b", "c", "d"),
        hidden=("a", "c"),
    )
    assert {check.output for check in result.checks} == {"b d a c"}
    assert [check.id for check in result.checks] == ["a", "b", "c", "d"]


def test_a_run_stops_at_the_first_test_that_loses_points_if_it_is_told_to(tmp_path: Path) -> None:
    def loses(judge: JudgeOfARun) -> None:
        judge.start("a")
        judge.end("a", verdict="failed", points=0.0)
        judge.start("b")

    result = judged(tmp_path, loses, Order(until_lost=True))
    assert [check.id for check in result.checks] == ["a"]


def test_a_box_whose_answer_comes_from_elsewhere_is_refused(tmp_path: Path) -> None:
    """The first process of a box is the one that was started, or below it: whoever else connects is no box of ours."""

    class Elsewhere(ScriptedEngine):
        def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> Any:
            stranger = os.fork()
            if stranger == 0:
                if os.fork() == 0:  # below no process that this test can name
                    connect(folder).send(pack(Ready({})))
                    os.read(os.open("/dev/zero", os.O_RDONLY), 1)
                    connect(folder)
                os._exit(0)
            os.waitpid(stranger, 0)
            return super().launch(kind, folder, limits, uid)

    engine = Elsewhere(candidate=lambda folder: None, judge=lambda folder: None)
    with pytest.raises(SandboxUnavailable, match="a process outside the box answered"):
        engine.start("candidate", Limits())
