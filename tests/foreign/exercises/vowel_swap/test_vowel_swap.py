import pytest

from vowel_swap import swap_vowels


@pytest.mark.parametrize(
    "word, expected",
    [("banana", "banana"), ("hello", "holle"), ("xyz", "xyz"), ("", ""), ("Ado", "odA"), ("programming", "prigrammong")],
)
def test_vowels_are_reversed(word, expected):
    assert swap_vowels(word) == expected


def test_none_is_no_word():
    with pytest.raises(TypeError):
        swap_vowels(None)


def test_twice_is_nothing():
    text = "onomatopoeia"
    assert swap_vowels(swap_vowels(text)) == text
