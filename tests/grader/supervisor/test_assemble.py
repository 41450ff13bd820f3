"""A result can always be recorded: its notes, messages and outputs are bounded together, too."""

import json
from pathlib import Path

import pytest

from grader.result import Check, RunResult
from grader.source import LineMap, Prepared, Tree
from grader.source.notebooks.line_map import Span
from grader.suite.manifest import Suite
from grader.supervisor.assemble import LEFT_OUT, MESSAGE_BYTES, NOTES, TEXTS_BYTES, ResultBuilder
from grader.verdict import Verdict
from grader.wire.messages import EndTest
from tests.grader.engines import make_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return make_suite(tmp_path)


def result_of(
    suite: Suite, checks: list[Check], notes: tuple[str, ...] = (), lines: LineMap | None = None
) -> RunResult:
    outcome = ResultBuilder()
    for check in checks:
        outcome.add(check, EndTest(check.id, check.verdict.value, 0.0, "", "", 0.0))
    prepared = Prepared(Tree.of({"sums.py": b""}), lines or LineMap(), notes)
    return outcome.result([check.id for check in checks], suite, prepared, {})


def failed(number: int, message: str, output: str = "") -> Check:
    return Check(f"t{number}", f"t{number}", 0.0, 1.0, Verdict.FAILED, message, output)


def test_a_few_notes_are_kept_and_the_others_counted(suite: Suite) -> None:
    notes = result_of(suite, [], tuple(f"note {number}" for number in range(900))).notes
    assert len(notes) == NOTES + 1
    assert notes[-1] == f"There are {900 - NOTES} more notes like these."
    notes = result_of(suite, [], tuple(f"note {number}" for number in range(100_000))).notes
    assert notes[-1] == "There are very many more notes like these."


def test_texts_are_bounded_together_and_the_first_stay_whole(suite: Suite) -> None:
    checks = [failed(number, "\\" * 8_000, "\U0001f600" * 4_000) for number in range(300)]
    result = result_of(suite, checks)
    assert len(result.to_json()) < TEXTS_BYTES + 300 * 1_200
    assert result.checks[0].output == checks[0].output
    assert result.checks[-1].output == LEFT_OUT
    assert 0 < len(result.checks[-1].message) < 1_000
    assert json.loads(result.to_json())["max_score"] == 300


def test_places_in_notebooks_lengthen_no_message_beyond_its_limit(suite: Suite) -> None:
    lines = LineMap({"sums.py": [Span(1, 1, "n" * 900 + ".ipynb", 1, 1)]})
    (check,) = result_of(suite, [failed(1, 'File "sums.py", line 1\n' * 300)], lines=lines).checks
    assert len(check.message.encode()) <= MESSAGE_BYTES
