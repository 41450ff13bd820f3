import pytest
from guess_state import LOSE, ONGOING, WIN, Hangman


def test_starts():
    game = Hangman("foo")
    assert game.get_status() == ONGOING
    assert game.remaining == 9
    assert game.masked() == "___"


def test_right_guess():
    game = Hangman("foobar")
    game.guess("b")
    assert game.masked() == "___b__"
    assert game.remaining == 9


def test_loses():
    game = Hangman("foo")
    for _ in range(10):
        game.guess("x")
    assert game.get_status() == LOSE
    with pytest.raises(ValueError) as err:
        game.guess("x")
    assert err.value.args[0] == "The game has already ended."


def test_wins():
    game = Hangman("hello")
    for letter in "helo":
        game.guess(letter)
    assert game.get_status() == WIN
    assert game.get_status() != ONGOING
