"""Pictures of budgets: everything stays inside, in the order of its numbers, and nothing odd is drawn."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.submissions.reports import budget_picture

ROW = {
    "estimate": 2.0,
    "low": 1.8,
    "high": 2.2,
    "limit": 4.0,
    "standing": "within",
    "yardstick": "the reference",
    "pairs": 5,
}
amounts = st.floats(0.001, 5000)


@given(amounts, amounts, amounts, amounts, st.lists(amounts, max_size=5))
def test_everything_is_inside_and_in_order(
    estimate: float, a: float, b: float, limit: float, others: list[float]
) -> None:
    low, high = sorted((a, b))
    row = ROW | {"estimate": estimate, "low": low, "high": high, "limit": limit}
    (drawn,) = budget_picture.pictures({"cpu": row}, {"cpu": others})
    places = [
        drawn.estimate_x,
        drawn.low_x,
        drawn.high_x,
        drawn.limit_x,
        drawn.one_x,
        *drawn.others,
        *(x for x, _ in drawn.ticks),
    ]
    assert all(
        x is not None and budget_picture.MARGIN <= x <= budget_picture.WIDTH - budget_picture.MARGIN for x in places
    )
    assert drawn.low_x <= drawn.high_x
    assert (drawn.estimate_x <= drawn.limit_x) == (estimate <= limit) or drawn.estimate_x == drawn.limit_x
    assert len(drawn.ticks) <= 8


def test_the_sentence_says_the_figures() -> None:
    assert budget_picture.sentence("cpu", ROW) == (
        "About 2.0 times the CPU time of the reference (1.8 to 2.2); at most 4 times is allowed."
    )
    faster = ROW | {"estimate": 0.0082, "low": 0.005, "high": 0.0134, "limit": 5.0}
    assert budget_picture.sentence("cpu", faster).startswith(
        "About 122 times faster than the reference (75 to 200 times);"
    )
    assert "smaller than the reference" in budget_picture.sentence("memory", faster)
    alike = ROW | {"estimate": 1.02, "low": 0.9, "high": 1.1}
    assert budget_picture.sentence("cpu", alike).startswith("About as fast as the reference (0.90 to 1.1 times its CPU")
    nothing = ROW | {"estimate": 0.0, "low": 0.0, "high": 0.0}
    assert "About 1,000 times faster" in budget_picture.sentence("cpu", nothing)
    assert "Too close to call" in budget_picture.sentence("memory", ROW | {"standing": "too close to call"})
    assert budget_picture.sentence("scaling", ROW | {"yardstick": "n", "limit": 1.2}).startswith("Time grows as n^2.00")


@pytest.mark.parametrize(
    "figures",
    [
        None,
        {},
        {"cpu": None},
        {"cpu": ROW | {"estimate": float("nan")}},
        {"cpu": ROW | {"limit": 0}},
        {"magic": ROW},
        {"cpu": []},
    ],
)
def test_what_is_no_figure_is_not_drawn(figures: Any) -> None:
    assert budget_picture.pictures(figures) == []


def test_counts_are_called_advice() -> None:
    row = ROW | {"counted": [40_213, 12], "standing": "advice"}
    assert budget_picture.sentence("lines", row) == (
        "One call needs about 100,000 lines of Python, the reference 12. Counted inside your own process: advice above 4 times, "
        "and no points."
    )
    (drawn,) = budget_picture.pictures({"lines": row})
    assert not drawn.is_over
