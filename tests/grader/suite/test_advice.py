"""Advice: outcomes at their thresholds, the paragraph, the recommended path, and tables that cannot be used."""

import copy
import tomllib
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.result import Check, RunResult
from grader.suite.advice import GroupState, advise, chosen_path
from grader.suite.course_table import read_course_table
from grader.verdict import Verdict

MANIFEST = Path(__file__).parents[3] / "test_suites" / "m00_readiness" / "suite.toml"
TABLE = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["advice"]
TAGS = ("python", "numpy", "linear algebra", "derivatives")


def result_of(*points, path="A", path_verdict=Verdict.PASSED):
    """Return a result with 25 points per group in two checks, of which the groups earned `points`."""
    checks = [Check(f"t::path_{path}", "path", 0, 0, path_verdict, output=f"PATH = {path}\n", tags=("path",))]
    for tag, earned in zip(TAGS, points, strict=True):
        first = min(earned, 15)
        checks.append(Check(f"t::{tag} 1", tag, first, 15, Verdict.PASSED, tags=(tag,)))
        checks.append(Check(f"t::{tag} 2", tag, earned - first, 10, Verdict.FAILED, tags=(tag, "other")))
    return RunResult("m00_readiness", sum(points), 100, tuple(checks))


def paragraph(advice):
    """Return the sentences as one text, as a report shows them one below the other."""
    return " ".join(advice.sentences)


@pytest.mark.parametrize(
    ("points", "outcome"),
    [
        (25, GroupState.READY),
        (20, GroupState.READY),
        (19.9999, GroupState.READY),
        (19.9, GroupState.BRUSH_UP),
        (10, GroupState.BRUSH_UP),
        (9.9, GroupState.START_HERE_FIRST),
        (0, GroupState.START_HERE_FIRST),
    ],
)
def test_outcomes_change_at_80_and_40_percent_and_forgive_rounding(points, outcome):
    group = advise(result_of(25, points, 25, 25), TABLE).groups[1]
    assert (group.tag, group.outcome, group.max_points) == ("numpy", outcome, 25)


def test_a_ready_group_needs_no_resource_and_no_hours():
    advice = advise(result_of(25, 12, 25, 25), TABLE)
    assert [(group.resource, group.hours) for group in advice.groups if group.tag != "numpy"] == [("", 0)] * 3
    assert "Quickstart" in advice.groups[1].resource
    assert advice.groups[1].hours > 0


def test_whoever_is_ready_gets_one_short_paragraph():
    advice = advise(result_of(25, 25, 25, 20), TABLE)
    assert {group.outcome for group in advice.groups} == {GroupState.READY}
    assert paragraph(advice) == (
        "You are ready for module 01 in all 4 groups. Then take path A, foundation first: module 01 onwards, in order."
    )
    assert advice.modules == tuple(f"{n:02}" for n in range(1, 21))


def test_the_paragraph_names_the_weakest_group_first_and_adds_the_hours_up():
    advice = advise(result_of(25, 12, 3, 20), TABLE)
    hours = sum(group.hours for group in advice.groups)
    assert {group.outcome for group in advice.groups} > {GroupState.READY}
    assert paragraph(advice).startswith("You are ready in 2 of 4 groups: Python; derivatives and debugging.")
    assert paragraph(advice).index("Start with linear algebra:") < paragraph(advice).index("Brush up NumPy")
    assert f"Together that is about {hours} hours" in paragraph(advice)
    assert all(group.url in paragraph(advice) for group in advice.groups[1:3])
    assert advice.groups[0].url not in paragraph(advice)


def test_a_single_weak_group_is_not_added_up():
    text = paragraph(advise(result_of(25, 25, 25, 12), TABLE))
    assert "Brush up derivatives and debugging" in text
    assert "about 1 hour (" in text
    assert "Together" not in text


def test_nobody_ready_is_told_where_to_begin():
    advice = advise(result_of(1, 0, 0, 0), TABLE)
    assert [group.outcome.words for group in advice.groups] == ["start here first"] * 4
    assert paragraph(advice).startswith("None of the 4 groups is ready yet")
    assert "path A" in paragraph(advice)


def test_a_result_without_points_is_told_how_to_begin_and_not_what_to_learn():
    advice = advise(result_of(0, 0, 0, 0), TABLE)
    assert len(advice.sentences) == 1
    assert "see that the file can be imported" in paragraph(advice)
    assert "Start with" not in paragraph(advice)


@pytest.mark.parametrize(("path", "first", "count"), [("B", "01", 13), ("C", "01", 20)])
def test_another_path_is_recommended_to_whoever_chose_it_and_is_ready(path, first, count):
    advice = advise(result_of(25, 25, 25, 25, path=path), TABLE)
    assert (advice.path, advice.modules[0], len(advice.modules)) == (path, first, count)
    assert f"take path {path}, {advice.path_title}" in paragraph(advice)


def test_another_path_has_to_wait_until_all_groups_are_ready():
    advice = advise(result_of(25, 25, 25, 19, path="B"), TABLE)
    assert advice.path == "A"
    assert "You chose path B, focused systems engineer; take it once all groups are ready" in paragraph(advice)
    assert "until then path A, foundation first: module 01 onwards, in order" in paragraph(advice)


@pytest.mark.parametrize(
    ("path", "verdict"),
    [("B", Verdict.FAILED), ("D", Verdict.PASSED), ("", Verdict.PASSED), ("B or C", Verdict.PASSED)],
)
def test_a_choice_counts_only_if_its_check_passed_and_the_path_exists(path, verdict):
    assert advise(result_of(25, 25, 25, 25, path=path, path_verdict=verdict), TABLE).path == "A"


def test_what_the_module_printed_before_does_not_choose():
    checks = (Check("t", "t", 0, 0, Verdict.PASSED, output="PATH = B\nloaded\nPATH = C\n", tags=("path",)),)
    assert chosen_path(RunResult("s", 0, 0, checks), "path") == "C"
    assert chosen_path(RunResult("s", 0, 0, ()), "path") == ""


def test_no_sentence_leaves_a_gap():
    for points in ([25] * 4, [0] * 4, [12] * 4, [25, 0, 12, 25]):
        for path in "ABC":
            advice = advise(result_of(*points, path=path), TABLE)
            text = paragraph(advice)
            assert not set("{}\n") & set(text)
            assert all(len(sentence) <= 400 for sentence in advice.sentences)  # each is a note of its own
            assert "  " not in text


def test_every_module_of_a_path_is_in_the_table_of_modules():
    numbers = {row.number for row in read_course_table(MANIFEST.parents[1]).offered.modules.values()}
    assert all(set(path["modules"]) <= numbers for path in TABLE["paths"])


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda table: table.pop("ready"), "lacks 'ready'"),
        (lambda table: table["sentences"].pop("total"), "lacks 'total'"),
        (lambda table: table["groups"][1].pop("brush_up"), "lacks 'brush_up'"),
        (lambda table: table["groups"][0].update(tag="pythons"), "no check with points has the tag 'pythons'"),
        (lambda table: table.update(usual_path="Z"), "lacks 'Z'"),
        (lambda table: table["sentences"].update(path="take {road}"), "lacks 'road'"),
        (lambda table: table.update(groups="all"), "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(spoil, complaint):
    table = copy.deepcopy(TABLE)
    spoil(table)
    with pytest.raises(SuiteError, match=f"m00_readiness: .*{complaint}"):
        advise(result_of(25, 12, 25, 25), table)
