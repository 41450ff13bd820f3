"""The statistics against plain definitions, worked out another way."""

import random
import statistics

import pytest

from course_admin.review.insights.pictures import HEIGHT, STRONGEST, TOP, WIDTH, bars, grid
from course_admin.review.insights.statistics import Sums, discrimination, histogram, median, remark


def sums(passed: list[bool], rest: list[float]) -> Sums:
    of_passed = sum(value for value, has in zip(rest, passed, strict=True) if has)
    return Sums(len(rest), sum(passed), sum(rest), sum(value**2 for value in rest), of_passed)


@pytest.mark.parametrize("seed", range(10))
def test_discrimination_is_pearsons_correlation_with_the_rest(seed):
    draw = random.Random(seed)
    rest = [draw.random() * 100 for _ in range(50)]
    passed = [draw.random() * 100 < value for value in rest]
    expected = statistics.correlation([float(each) for each in passed], rest)
    assert discrimination(sums(passed, rest)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("passed", "rest"),
    [([True] * 5, [1.0, 2, 3, 4, 5]), ([False] * 5, [1.0, 2, 3, 4, 5]), ([True, False], [7.0, 7.0]), ([True], [1.0])],
)
def test_where_nothing_varies_there_is_no_discrimination(passed, rest):
    assert discrimination(sums(passed, rest)) is None


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        ([False] * 10, "nobody passes it"),
        ([True] * 10, "everybody passes it"),
        ([True] * 5 + [False] * 5, "those who do well elsewhere fail it"),
        ([False] * 5 + [True] * 5, ""),
        ([True, False] * 5, "those who do well"),
        ([False, True, True, False] * 2 + [False, True], "tells nobody apart"),
        ([False, False, True, False, True, True, False, True, True, False], ""),
    ],
)
def test_what_staff_are_told_to_look_at(passed, words):
    said = remark(sums(passed, [float(place) for place in range(10)]))
    assert words in said
    assert bool(words) == bool(said)


def test_of_few_students_nothing_is_said():
    assert remark(sums([False] * 9, [1.0] * 9)) == ""


def test_a_tenth_holds_its_lower_edge_and_the_last_all_points():
    assert histogram([0, 9.99, 10, 55, 99.9, 100]) == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]


@pytest.mark.parametrize(("values", "expected"), [([], None), ([3.0], 3.0), ([1.0, 9.0, 2.0], 2.0), ([1.0, 2.0], 1.5)])
def test_the_median(values, expected):
    assert median(values) == expected


@pytest.mark.parametrize(
    "values", [[], [("a", 0.0)], [("a", 3.0), ("b", 1.5)], [(str(n), float(n)) for n in range(200)]]
)
def test_bars_stay_inside_their_picture_and_their_heights_are_their_values(values):
    picture = bars("A title", values)
    most = max((value for _, value in values), default=0.0)
    for bar, (label, value) in zip(picture.bars, values, strict=True):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert TOP - 0.1 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert bar.height == pytest.approx(
            value / most * picture.bars[-1].height if most and len(values) > 2 else bar.height, abs=0.02
        )
        assert label in bar.words
    assert sum(bool(bar.label) for bar in picture.bars) <= 13


def test_words_that_are_wider_than_their_bar_stand_on_two_lines_by_turns():
    narrow = bars("A title", [("a", 1.0), ("b", 1.0)])
    assert len({bar.label_y for bar in narrow.bars}) == 1
    wide = bars("A title", [("with the first attempt", 1.0)] * 7)
    lines = [bar.label_y for bar in wide.bars]
    assert lines[::2] == [lines[0]] * 4
    assert lines[1::2] == [lines[1]] * 3
    assert wide.foot < lines[0] < lines[1] <= HEIGHT


@pytest.mark.parametrize("marked", [0, 5, 29])
def test_the_marked_bar_has_its_words_and_a_place_for_its_mark_though_it_has_no_height(marked):
    picture = bars("A title", [(str(day), 0.0 if day == marked else 1.0) for day in range(30)], marked)
    bar = picture.bars[marked]
    assert (bar.label, bar.height) == (str(marked), 0)
    assert bar.x < bar.middle < bar.x + bar.width


def test_a_grid_shows_each_count_in_its_place_the_more_the_stronger():
    picture = grid("A title", ["few", "some", "many"], [("7.1 time", [1, 0, 3]), ("7.2 memory", [0, 0, 0])])
    assert [[cell.count for cell in row.cells] for row in picture.rows] == [[1, 0, 3], [0, 0, 0]]
    assert [cell.words for cell in picture.rows[0].cells][2] == "7.1 time, many: 3"
    few, none, many = (cell.opacity for cell in picture.rows[0].cells)
    assert none < few < many <= STRONGEST
    assert [x for x, _ in picture.columns] == [cell.x for cell in picture.rows[1].cells]
    assert picture.rows[0].cells[-1].x + picture.cell_width <= picture.width
    assert picture.rows[-1].y + picture.row_height == picture.height
