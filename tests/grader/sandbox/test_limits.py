"""A suite's limits: known names, amounts that are finite, and none above what any suite may have."""

import math
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.sandbox.limits import MOST, MOST_RUN_SECONDS, Limits
from grader.supervisor.judge_box import PlannedCheck, longest_seconds
from grader.worker.settings import worker_settings
from tests.grader.engines import make_suite

DOCUMENT = Path(__file__).parents[3] / "docs" / "suite-manifest.md"


@pytest.mark.parametrize("name", asdict(Limits()))
def test_every_limit_has_a_maximum_which_is_documented(name: str) -> None:
    assert asdict(Limits())[name] <= MOST[name]
    assert asdict(Limits().override({name: MOST[name]}))[name] == MOST[name]
    with pytest.raises(SuiteError, match=rf"\[limits\] {name} is at most"):
        Limits().override({name: MOST[name] * 1.01 + 1})
    row = re.search(rf"^\| `{name}` \| [^|]+ \| ([0-9][^|]*) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None, f"docs/suite-manifest.md says nothing of {name}"
    assert bytes_or_number(row[1]) == MOST[name]


def bytes_or_number(text: str) -> float:
    number, _, unit = text.strip().partition(" ")
    return int(number.replace(",", "")) * {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0, -1, True, "10", None])
def test_what_is_no_finite_amount_is_refused(value: object) -> None:
    with pytest.raises(SuiteError, match=r"\[limits\] test_wall_seconds"):
        Limits().override({"test_wall_seconds": value})


def test_a_whole_number_that_would_be_none_is_refused() -> None:
    with pytest.raises(SuiteError, match="whole number above 0"):
        Limits().override({"memory_bytes": 0.5})


def checks(count: int, is_measured: bool = False) -> list[PlannedCheck]:
    return [PlannedCheck(str(n), "", 1.0, "visible", "", (), is_measured) for n in range(count)]


def test_a_suite_whose_run_could_outlast_its_worker_is_refused(tmp_path: Path) -> None:
    suite, limits = make_suite(tmp_path), Limits()
    assert 150 * 10 < longest_seconds(suite, limits, checks(150)) < MOST_RUN_SECONDS
    with pytest.raises(
        SuiteError, match=r"m_sums: its tests take 8010 s if each uses up its time, and a run has 7000 s"
    ):
        longest_seconds(suite, limits, checks(500))
    with pytest.raises(SuiteError, match="lower test_wall_seconds or budget_wall_seconds"):
        longest_seconds(suite, limits, checks(40, is_measured=True))


def test_a_worker_waits_longer_than_any_run_takes() -> None:
    assert worker_settings({}).run_seconds > MOST_RUN_SECONDS
