"""The one cleaning of student text: `grader/sanitize.py`."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sanitize import clean

ANYTHING = st.one_of(st.text(), st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Mn", "Zl"])), st.binary())

CASES = {
    "plain text stays": ("a\tb\nc é 中 ≠ 😀", "a\tb\nc é 中 ≠ 😀"),
    "terminal escapes": ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
    "C1 controls": ("\x9b31m", "\\x9b31m"),
    "carriage return and backspace": ("passed\rfailed\b", "passed\\x0dfailed\\x08"),
    "Windows line ends": ("a\r\nb", "a\nb"),
    "NUL": ("a\0b", "a\\x00b"),
    "bidi": ("\u202edessap\u2066", "\\u202edessap\\u2066"),
    "zero width": ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
    "line separators": ("a\u2028b\u2029\x85", "a\\u2028b\\u2029\\x85"),
    "lone surrogate": ("a\ud800", "a\\ud800"),
    "noncharacter and private use": ("\uffff\U0010ffff\ue000", "\\uffff\\U0010ffff\\ue000"),
    "tag characters": ("\U000e0041", "\\U000e0041"),
    "bytes that are not UTF-8": (b"caf\xe9", "caf\\xe9"),
    "a few marks": ("e\u0301\u0302", "e\u0301\u0302"),
}


@pytest.mark.parametrize(("text", "cleaned"), CASES.values(), ids=CASES)
def test_a_case(text, cleaned):
    assert clean(text, 1000) == cleaned


def test_stacked_marks_are_cut_off():
    cleaned = clean("a" + "\u0301" * 1000, 100_000)
    assert cleaned.startswith("a\u0301\u0301\u0301\u0301\\u0301")
    assert cleaned.count("\u0301") == 4


@pytest.mark.medium
@given(ANYTHING, st.integers(0, 300), st.integers(1, 10))
def test_any_text_comes_out_storable_within_its_limits(text, limit_bytes, limit_lines):
    cleaned = clean(text, limit_bytes, limit_lines)
    assert len(cleaned.encode("utf-8")) <= limit_bytes
    assert cleaned.count("\n") < limit_lines
    assert not {unicodedata.category(letter) for letter in cleaned if letter not in "\n\t"} & {"Cc", "Cf", "Cs", "Zl"}
    assert json.loads(json.dumps(cleaned)) == cleaned


@given(ANYTHING, st.integers(0, 300), st.integers(1, 10))
def test_cleaning_twice_changes_nothing(text, limit_bytes, limit_lines):
    once = clean(text, limit_bytes, limit_lines)
    assert clean(once, limit_bytes, limit_lines) == once


def test_head_and_tail_are_kept_and_the_cut_is_said():
    cleaned = clean("HEAD" + "x" * 10_000 + "TAIL", 200)
    assert cleaned.startswith("HEAD")
    assert cleaned.endswith("TAIL")
    assert "bytes left out" in cleaned


def test_lines_are_kept_at_both_ends():
    cleaned = clean("\n".join(f"line {number}" for number in range(1000)), 10_000, 5)
    assert cleaned.split("\n") == ["line 0", "line 1", "... 996 lines left out ...", "line 998", "line 999"]


@pytest.mark.timeout(5)
def test_a_huge_text_is_not_escaped_whole():
    text = "\x1b" * 50_000_000
    assert len(clean(text, 1000, 10)) <= 1000
