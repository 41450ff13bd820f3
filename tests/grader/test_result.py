"""The result's schema: strict in, strict out, and Gradescope's file made from it without anything hidden."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.points import points_text
from grader.result import Check, Leaderboard, ResultError, RunResult, gradescope
from grader.verdict import Verdict

CHECK = Check(
    "t.py::test_a", "adds", 2.5, 5.0, Verdict.FAILED, "expected 3", "printed", 0.1, "1", "visible", ("a", "b")
)
HIDDEN = replace(CHECK, id="t.py::test_b", visibility="hidden", message="secret input", output="secret output")
RESULT = RunResult("m", 5.0, 10.0, (CHECK, HIDDEN), {"seed": 1}, ("a note",), (Leaderboard("fast", 1.5, "asc"),))

texts = st.text(max_size=20)
checks = st.builds(
    Check,
    id=texts,
    name=texts,
    points=st.floats(0, 5),
    max_points=st.just(5.0),
    verdict=st.sampled_from(Verdict),
    message=texts,
    output=texts,
    duration_s=st.floats(0, 9),
    tags=st.tuples(texts),
)


@pytest.mark.medium
@given(st.lists(checks, max_size=4))
def test_a_result_survives_its_json(found: list[Check]) -> None:
    result = RunResult("m", sum(check.points for check in found), 5.0 * len(found), tuple(found))
    text = result.to_json()
    text.encode("utf-8")
    if not any("\ud800" <= c <= "\udfff" for c in repr(result)):
        assert RunResult.from_json(text) == result


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(RESULT.to_json()), **fields})


BROKEN = {
    "no JSON": "{",
    "a list": "[]",
    "another schema": changed(schema="assay.result/0"),
    "an unknown field": changed(colour="red"),
    "a score that is not the sum": changed(score=9.0),
    "a NaN": RESULT.to_json().replace("5.0", "NaN", 1),
    "an infinite maximum": RESULT.to_json().replace('"max_score": 10.0', '"max_score": Infinity'),
    "points above the most": RESULT.to_json().replace("2.5", "9.5"),
    "negative points": RESULT.to_json().replace("2.5", "-2.5"),
    "an unknown verdict": RESULT.to_json().replace("failed", "fine"),
    "a check without an id": changed(checks=[{"name": "x", "points": 5, "max_points": 5, "verdict": "passed"}]),
    "points that are text": RESULT.to_json().replace("2.5", '"2.5"'),
    "a bomb of brackets": "[" * 100_000,
}


@pytest.mark.parametrize("case", BROKEN)
def test_anything_else_is_refused_with_one_sentence(case: str) -> None:
    with pytest.raises(ResultError):
        RunResult.from_json(BROKEN[case])


def test_gradescope_gets_every_check_and_nothing_hidden() -> None:
    document = gradescope(RESULT)
    text = json.dumps(document, allow_nan=False)
    assert "secret" not in text
    assert [test["visibility"] for test in document["tests"]] == ["visible", "hidden"]
    assert document["score"] == 5.0
    assert document["tests"][0]["output"] == "expected 3\nprinted"
    assert document["leaderboard"] == [{"name": "fast", "value": 1.5, "order": "asc"}]


@pytest.mark.medium
@pytest.mark.parametrize(("number", "most"), [(3, 10_000), (700, 10_000), (5_000, 300)])
def test_gradescope_gets_no_file_that_it_might_refuse_for_its_size(number: int, most: int) -> None:
    """How large a results.json may be is written nowhere: a megabyte, and of each test's text its head and tail."""
    long = replace(CHECK, points=0.0, message="m" * 8_000, output="é" * 8_000)
    document = gradescope(RunResult("m", 0.0, 5.0 * number, (long,) * number))
    assert len(json.dumps(document, ensure_ascii=False).encode()) < (1 << 20) + 400 * number
    text = document["tests"][0]["output"]
    assert len(text.encode()) <= most
    assert (text[0], text[-1]) == ("m", "é")
    assert "bytes left out" in text


def test_gradescope_renders_nothing_of_a_student_as_html() -> None:
    document = gradescope(RESULT)
    assert document["output_format"] == document["test_output_format"] == document["test_name_format"] == "text"
    assert all(test["output_format"] == test["name_format"] == "text" for test in document["tests"])


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (1.0, "1"),
        (0.0, "0"),
        (2.675, "2.68"),
        (0.125, "0.12"),
        (0.375, "0.38"),
        (12345.67, "12345.67"),
        (1e6, "1000000"),
    ],
)
def test_points_are_read_in_two_decimals_at_most_and_a_half_goes_to_the_even_one(points: float, text: str) -> None:
    assert points_text(points) == text
