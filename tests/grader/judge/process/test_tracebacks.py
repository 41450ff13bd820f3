"""Tracebacks of the student's: made of names and numbers that anybody may have sent."""

import linecache
import traceback

import pytest

from grader.judge.process import tracebacks


def test_frames_have_the_students_names_lines_and_text() -> None:
    made = tracebacks.made([("work.py", 3, "outer", "inner(x)"), ("pack/deep.py", 7, "inner", "raise KeyError")])
    found = traceback.extract_tb(made)
    assert [(each.filename, each.lineno, each.name, each.line) for each in found] == [
        ("/submission/work.py", 3, "outer", "inner(x)"),
        ("/submission/pack/deep.py", 7, "inner", "raise KeyError"),
    ]


@pytest.mark.parametrize("line", [2**40, -(2**40), 2**31, 0, -1, 10**9])
def test_no_number_of_a_line_is_too_odd(line: int) -> None:
    tracebacks.made([("work.py", line, "f", "x")])
    assert sum(len(lines) for lines in tracebacks._texts.values()) < 10 * tracebacks.MOST_LINES


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "a\nb", "../../etc/passwd", "x" * 200])
def test_no_name_is_too_odd_and_none_is_a_file_of_the_judges(name: str) -> None:
    tracebacks.made([(name, 1, name, name)])
    mine = [
        file for file, entry in linecache.cache.items() if len(entry) > 1 and entry[2] in tracebacks._texts.values()
    ]
    assert all(file.startswith(tracebacks.FOLDER) for file in mine)


def test_few_files_are_kept() -> None:
    for number in range(2 * tracebacks.MOST_FILES):
        tracebacks.made([(f"f{number}.py", 1, "f", "x")])
    assert len(tracebacks._texts) <= tracebacks.MOST_FILES
