import pytest
from farewell import Guest, Party


def test_a_guest_says_farewell(capsys):
    guest = Guest("Ada")
    del guest
    assert capsys.readouterr().out == "Hello, Ada\nFarewell, Ada\n"


def test_a_party_keeps_its_guests(capsys):
    party = Party()
    party.welcome(Guest("Bob"))
    assert capsys.readouterr().out == "Hello, Bob\n"
    party.end()
    assert capsys.readouterr().out == "Farewell, Bob\n"


def test_the_number_of_guests():
    party = Party()
    for name in ("a", "b"):
        party.welcome(Guest(name))
    assert len(party) == 2
    assert "a" in party and "c" not in party


def test_nobody_comes_twice():
    party = Party()
    party.welcome(Guest("a"))
    with pytest.raises(ValueError):
        party.welcome(Guest("a"))
