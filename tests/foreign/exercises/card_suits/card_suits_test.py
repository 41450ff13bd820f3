import enum
import unittest

from card_suits import Card, Rank, Suit


class CardTest(unittest.TestCase):
    def test_members(self):
        self.assertEqual([suit.name for suit in Suit], ["CLUBS", "DIAMONDS", "HEARTS", "SPADES"])

    def test_values(self):
        self.assertEqual(Suit.HEARTS.value, "h")

    def test_by_value(self):
        self.assertEqual(Suit("s"), Suit.SPADES)
        self.assertIs(Suit("s"), Suit.SPADES)

    def test_by_name(self):
        self.assertIs(Suit["CLUBS"], Suit.CLUBS)

    def test_no_such_member(self):
        with self.assertRaises(ValueError):
            Suit("x")

    def test_is_an_enumeration(self):
        self.assertTrue(issubclass(Suit, enum.Enum))

    def test_ranks_are_ordered(self):
        self.assertTrue(Rank.TWO < Rank.ACE)
        self.assertEqual(max([Rank.THREE, Rank.ACE, Rank.TWO]), Rank.ACE)

    def test_colour(self):
        self.assertTrue(Suit.HEARTS.is_red)
        self.assertFalse(Suit.CLUBS.is_red)

    def test_card(self):
        card = Card(Rank.ACE, Suit.SPADES)
        self.assertEqual(str(card), "ACE of SPADES")
        self.assertIs(card.suit, Suit.SPADES)
