import traceback

import pytest
from error_reports import ParseError, parse_line, parse_lines


def test_numbers():
    assert parse_line("a = 3") == ("a", 3)


def test_the_line_is_named():
    with pytest.raises(ParseError) as caught:
        parse_lines(["a = 1", "b = x"])
    assert caught.value.line == 2
    assert isinstance(caught.value.__cause__, ValueError)
    assert str(caught.value) == "line 2 is not a number"


def test_where_it_happened():
    try:
        parse_lines(["a = x"])
    except ParseError as problem:
        names = [frame.name for frame in traceback.extract_tb(problem.__traceback__)]
        text = traceback.format_exc()
    assert names[0] == "test_where_it_happened"
    assert names[-1] == "parse_lines"
    assert "invalid literal for int()" in text
    assert text.strip().endswith("ParseError: line 1 is not a number")


def test_no_lines():
    assert parse_lines([]) == {}
