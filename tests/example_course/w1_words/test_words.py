"""A first assignment of a course on text: nothing of it is about arrays."""

import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from words import counts, longest

LETTERS = "abcdefgh"


def draw_words(rng, count):
    """Words of one to five small letters; the case of letters has a test of its own."""
    return ["".join(rng.choice(list(LETTERS), size=rng.integers(1, 6))) for _ in range(count)]


@weight(5)
@number("1")
def test_counts_every_word_without_regard_to_case():
    """counts("a b A") is {"a": 2, "b": 1}."""
    assert_equal(counts("a b A"), {"a": 2, "b": 1}, call='counts("a b A")', hint="str.lower before counting.")


@weight(5)
@number("2")
@visibility("hidden")
def test_counts_drawn_words(rng):
    """counts agrees with counting by hand on any text."""
    words = draw_words(rng, 30)
    expected = {}
    for word in words:
        expected[word] = expected.get(word, 0) + 1
    assert_equal(counts("  ".join(words)), expected, call="counts(text)")


@weight(5)
@number("3")
def test_an_empty_text_has_no_words_and_no_longest_one():
    """counts("") is {}, and longest("") raises ValueError."""
    assert_equal(counts(""), {}, call='counts("")')
    assert_equal(longest("a bb"), "bb", call='longest("a bb")')
    with pytest.raises(ValueError, match="no word"):
        longest(" ")


@weight(5)
@number("4")
def test_the_first_of_equally_long_words_is_the_longest():
    """longest("aa bb c") is "aa"."""
    assert_equal(longest("c aa bb"), "aa", call='longest("c aa bb")')
