"""Several sections in one cell, and an "and" in a section's own name."""

import pytest

from course_admin.courses.roster.questions import Asked
from course_admin.courses.roster.sections import parts_of, split_sections


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("A", ["A"]),
        ("CS101-LEC and CS101-LAB2", ["CS101-LEC", "CS101-LAB2"]),
        ("CS101-LEC, CS101-LAB1, and CS101-HON", ["CS101-LEC", "CS101-LAB1", "CS101-HON"]),
        ("VL 1 und ÜB 2", ["VL 1", "ÜB 2"]),
        ("CM, TD 1 et TP 2", ["CM", "TD 1", "TP 2"]),
        ("Sandy", ["Sandy"]),
        ("Lecture, Monday", ["Lecture, Monday"]),
    ],
)
def test_a_sentence_names_its_parts(cell, parts):
    assert parts_of(cell, is_sentence=True) == parts


@pytest.mark.parametrize(
    ("cells", "known", "cell", "parts"),
    [
        (["CS101-LEC and CS101-LAB2"], [], "CS101-LEC and CS101-LAB2", ["CS101-LEC", "CS101-LAB2"]),
        (["LEC 1 and DIS 2"], [], "LEC 1 and DIS 2", ["LEC 1", "DIS 2"]),
        (["Lecture and Honors", "Lecture"], [], "Lecture and Honors", ["Lecture", "Honors"]),
        (["Lecture and Honors"], ["lecture"], "Lecture and Honors", ["Lecture", "Honors"]),
        (["F26, A-1 and F26, B-1"], [], "F26, A-1 and F26, B-1", ["F26, A-1", "F26, B-1"]),
        (["F26, A-1, LAB-2 and HON-3", "F26, A-1"], [], "F26, A-1, LAB-2 and HON-3", ["F26, A-1", "LAB-2", "HON-3"]),
        (["Search and Rescue", "Search"], ["search and rescue"], "Search and Rescue", ["Search and Rescue"]),
    ],
)
def test_the_course_and_the_file_show_what_is_a_section(cells, known, cell, parts):
    asked = Asked({})
    assert split_sections(cells, known, asked, is_sentence=True)[cell] == parts
    assert asked.questions == []


@pytest.mark.parametrize(("answer", "parts"), [("", 1), ("one", 1), ("several", 2)])
def test_where_nothing_shows_it_somebody_is_asked(answer, parts):
    asked = Asked({"sections-Search and Rescue": answer})
    cell = "Search and Rescue"
    assert len(split_sections([cell] * 3, [], asked, is_sentence=True)[cell]) == parts
    assert [(each.sentence, each.answer) for each in asked.questions] == [
        ('Is "Search and Rescue" one section, or 2?', answer)
    ]


@pytest.mark.parametrize(
    ("cell", "known", "parts", "is_asked"),
    [
        ("LEC 1, LAB 2", [], ["LEC 1", "LAB 2"], False),
        ("CS-A, CS-B", [], ["CS-A", "CS-B"], False),
        ("001,002", [], ["001", "002"], False),
        ("001 & 102", [], ["001", "102"], False),
        ("001|102", [], ["001", "102"], False),
        ("LEC 1 + LAB 2", [], ["LEC 1", "LAB 2"], False),
        ("LEC / LAB", [], ["LEC / LAB"], True),
        ("R&D", [], ["R&D"], False),
        ("CS101/501", [], ["CS101/501"], False),
        ("Monday, Room Blue", ["monday, room blue"], ["Monday, Room Blue"], False),
        ("Monday, Room Blue", [], ["Monday, Room Blue"], True),
        ("Search and Rescue", [], ["Search and Rescue"], False),  # no list
    ],
)
def test_a_list_with_commas_is_split_where_its_parts_are_sections(cell, known, parts, is_asked):
    asked = Asked({})
    assert split_sections([cell], known, asked, is_sentence=False)[cell] == parts
    assert bool(asked.questions) == is_asked
