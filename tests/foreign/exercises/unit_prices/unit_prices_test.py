import unittest
from decimal import Decimal

from unit_prices import RATES, Price, total


class UnitPricesTest(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(total([Price("1.10", "EUR"), Price("2.20", "EUR")]), Price("3.30", "EUR"))

    def test_amounts_are_decimals(self):
        self.assertEqual(Price("1.10", "EUR").amount, Decimal("1.10"))
        self.assertIsInstance(Price(2, "EUR").amount, Decimal)

    def test_units_do_not_mix(self):
        with self.assertRaisesRegex(ValueError, "EUR and USD"):
            Price(1, "EUR") + Price(1, "USD")
        self.assertNotEqual(Price(1, "EUR"), Price(1, "USD"))

    def test_a_price_is_no_number(self):
        self.assertNotEqual(Price(1, "EUR"), 1)
        self.assertNotEqual(Price(1, "EUR"), Decimal(1))
        with self.assertRaises(TypeError):
            Price(1, "EUR") + 1

    def test_rates_can_be_set(self):
        RATES["USD"] = Decimal("1.5")
        self.assertEqual(Price(2, "EUR").to("USD"), Price("3.0", "USD"))

    def test_order_and_text(self):
        self.assertLess(Price(1, "EUR"), Price("1.01", "EUR"))
        self.assertEqual(str(max([Price(1, "EUR"), Price("2.5", "EUR")])), "2.50 EUR")
