import unittest

from star_names import *


class StarTest(unittest.TestCase):
    def test_function(self):
        self.assertEqual(perimeter(2, 3), 10)

    def test_constant(self):
        self.assertEqual(UNIT, "cm")

    def test_class(self):
        self.assertEqual(Box(1, 2, 3).volume, 6)

    def test_negative(self):
        with self.assertRaises(ValueError):
            perimeter(-1, 2)


def load_tests(loader, tests, pattern):
    return tests
