"""Log lines: one event, one line: `course_admin/log_format.py`."""

import logging

from course_admin.log_format import OneLine


def record(message: str, *arguments: object, problem: BaseException | None = None) -> str:
    info = (type(problem), problem, problem.__traceback__) if problem else None
    entry = logging.LogRecord("submissions", logging.WARNING, "f.py", 1, message, arguments, info)
    return OneLine().format(entry)


def test_text_cannot_forge_a_second_event_or_paint_over_the_first():
    line = record("%s was refused", "x\n2026-10-02T12:00:00+0000 INFO root: all is well\r\x1b[2K\u202e")
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    assert "\\n2026" in line


def test_format_strings_in_student_text_are_text():
    assert record("%s was refused", "%(process)d {0} %n").endswith("%(process)d {0} %n was refused")


def test_a_traceback_stays_on_its_line_and_in_its_limit():
    try:
        raise ValueError("x\n" * 10_000)
    except ValueError as problem:
        line = record("It failed", problem=problem)
    assert "\n" not in line
    assert len(line) < 9_000
    assert "ValueError" in line
