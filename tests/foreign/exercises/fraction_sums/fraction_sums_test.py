import unittest
from fractions import Fraction

from fraction_sums import egyptian, harmonic, parse


class FractionTest(unittest.TestCase):
    def test_harmonic(self):
        self.assertEqual(harmonic(1), Fraction(1))
        self.assertEqual(harmonic(4), Fraction(25, 12))

    def test_the_kind(self):
        self.assertIsInstance(harmonic(3), Fraction)

    def test_parse(self):
        self.assertEqual(parse("3/4"), Fraction(3, 4))
        self.assertEqual(parse("2 1/2"), Fraction(5, 2))

    def test_egyptian(self):
        self.assertEqual(egyptian(Fraction(5, 6)), [Fraction(1, 2), Fraction(1, 3)])

    def test_egyptian_adds_up(self):
        fraction = Fraction(7, 15)
        self.assertEqual(sum(egyptian(fraction)), fraction)

    def test_no_fraction(self):
        with self.assertRaises(ZeroDivisionError):
            parse("1/0")
