"""What pytest says of an expected exception reaches no student as pytest says it."""

import pytest

from grader.judge.pytest_words import in_plain_words


def sentence_of(block) -> str:
    try:
        block()
    except BaseException as problem:  # pytest's Failed is no Exception
        return in_plain_words(str(problem))
    raise AssertionError("nothing was said")


def accepts(kinds) -> None:
    with pytest.raises(kinds):
        pass


def says_otherwise() -> None:
    with pytest.raises(ValueError, match=r"Inner dimensions must match: \d+"):
        raise ValueError("no")


def test_an_exception_that_was_not_raised_is_named() -> None:
    assert sentence_of(lambda: accepts(ValueError)) == "Your code accepted this; it should raise ValueError."
    said = sentence_of(lambda: accepts((TypeError, ValueError)))
    assert said == "Your code accepted this; it should raise TypeError or ValueError."


def test_a_text_that_does_not_fit_is_told_without_its_pattern() -> None:
    said = sentence_of(says_otherwise)
    assert "'Inner dimensions must match'" in said
    assert "'no'" in said
    assert "regex" not in said.lower()
    assert "\\d" not in said


def test_any_other_text_stays() -> None:
    assert in_plain_words("the values are not the expected ones") == "the values are not the expected ones"
