"""The picture of where an array differs: from what a suite's comparison says, and from nothing else."""

import numpy as np
import pytest

from course_admin.submissions.reports.failures.heat import heat_map
from course_admin.submissions.reports.failures.messages import parse
from test_suites.failure import Report, draw_map


def message_of(wrong: np.ndarray) -> str:
    want = np.zeros(wrong.shape)
    with pytest.raises(AssertionError) as caught:
        Report("f(x)", None, "Look.").fail_values(want + wrong, want, ~wrong, 0.0, 0.0)
    return str(caught.value)


def test_a_failed_comparison_of_large_arrays_is_drawn():
    wrong = np.zeros((8, 64), bool)
    wrong[0, :2], wrong[7, 63] = True, True
    message = parse(message_of(wrong))
    assert message.rows["where"].split("\n")[0] == "9" + "." * 31
    assert message.rows["where"].split("\n")[7] == "." * 31 + "5"  # one of two elements
    assert message.rows["hint"] == "Look."
    heat = message.heat
    assert [(cell.x, cell.y, cell.opacity) for cell in heat.cells] == [(0, 0, "1.00"), (310, 98, "0.56")]
    assert (heat.width, heat.height) == (320, 112)
    assert heat.sentence == (
        "Values differ in 2 of 256 parts of the array: parts 1 to 8 of 8 from the top, parts 1 to 32 of 32 from the left."
    )
    assert message.other_rows == []


@pytest.mark.parametrize(
    ("shape", "lines", "columns"), [((2001,), 1, 32), ((30, 1), 8, 1), ((2, 3, 4, 5), 8, 5), ((1, 25), 1, 25)]
)
def test_arrays_of_any_number_of_axes_have_a_map(shape, lines, columns):
    found = draw_map(np.ones(shape, bool)).split("\n")
    assert (len(found), {len(line) for line in found}, set("".join(found))) == (lines, {columns}, {"9"})
    assert heat_map("\n".join(found)).sentence == "Values differ all over the array."


def test_what_is_written_out_needs_no_map():
    assert draw_map(np.ones((4, 6), bool)) == ""
    assert parse(message_of(np.ones((4, 6), bool))).heat is None


@pytest.mark.parametrize("text", ["", "....", "12\n1", "0", "x", "1" * 33, "\n".join("1" * 9), "1\n"])
def test_what_is_no_map_is_no_picture(text):
    assert heat_map(text) is None


def test_a_row_that_imitates_a_map_stays_text():
    assert parse("No.\n  where:     <svg onload=alert(1)>").other_rows == [("where", "<svg onload=alert(1)>")]
