"""The table of the course is complete and consistent: numbers in order, needs that come earlier, suites that agree with it."""

import re
import tomllib
from pathlib import Path

import pytest

from grader.suite.course_table import Edition, Topic, read_course_table

SUITES = Path(__file__).parents[2] / "test_suites"
TABLE = read_course_table(SUITES)
ROWS = [(edition, topic) for edition in TABLE.editions.values() for topic in edition.modules]


@pytest.mark.parametrize("edition", TABLE.editions.values(), ids=lambda edition: edition.name)
def test_the_numbers_of_an_edition_run_without_a_gap(edition: Edition):
    numbers = [row.number for row in edition.modules.values()]
    first = 0 if edition.is_offered else 1
    assert numbers == [f"{n:02}" for n in range(first, first + len(numbers))]


@pytest.mark.parametrize(("edition", "topic"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_a_row_is_consistent(edition: Edition, topic: str):
    row = edition.modules[topic]
    assert row.topic == topic
    assert all(edition.modules[need].number < row.number for need in row.needs)
    assert len(set(row.needs)) == len(row.needs)


@pytest.mark.parametrize("topic", TABLE.topics.values(), ids=lambda topic: topic.name)
def test_a_topic_is_consistent(topic: Topic):
    assert topic.suite == f"m{TABLE.offered.modules[topic.name].number}_{topic.name}"
    assert topic.tier in {"readiness", "foundation", "architecture", "optimization", "capstone"}
    assert len(set(topic.names + topic.constants)) == len(topic.names + topic.constants) > 0


@pytest.mark.parametrize("suite", sorted(SUITES.glob("*/suite.toml")), ids=lambda path: path.parent.name)
def test_a_suite_agrees_with_its_row(suite: Path):
    manifest, modules = tomllib.loads(suite.read_text()), TABLE.offered.modules
    assert "module" not in manifest
    if "topic" not in manifest:  # a milestone, of all the topics that it needs
        assert re.fullmatch(r"ms[1-6]_[a-z]+", suite.parent.name)
        numbers = [modules[need].number for need in manifest["needs"]]
        assert numbers == sorted(numbers)
        assert set(manifest["modules"]) <= {modules[need].module for need in manifest["needs"]}
        return
    row = modules[manifest["topic"]]
    assert suite.parent.name == TABLE.topics[row.topic].suite
    assert row.module in manifest["modules"]
    assert row.file in manifest["required_files"]
