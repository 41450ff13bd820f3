import unittest

from library_cards import LOANS, Card, CardError, lend, returned


class LibraryCardsTest(unittest.TestCase):
    def test_a_card_differs_from_its_number(self):
        self.assertNotEqual(Card(7), 7)
        self.assertNotEqual(Card(7), "7")
        self.assertIsNotNone(Card(7))

    def test_cards_of_one_number_are_equal(self):
        self.assertEqual(Card(7), Card(7))
        self.assertNotEqual(Card(7), Card(8))
        self.assertEqual(len({Card(7), Card(7)}), 1)

    def test_loans_are_noted(self):
        lend(Card(1), "Dune")
        self.assertEqual(LOANS, {"Dune": Card(1)})
        returned("Dune")
        self.assertEqual(LOANS, {})

    def test_nothing_is_lent_twice(self):
        lend(Card(1), "Dune")
        with self.assertRaises(CardError) as caught:
            lend(Card(2), "Dune")
        self.assertEqual(caught.exception.title, "Dune")
        self.assertEqual(str(caught.exception), "Dune is lent to card 1")
