import unittest

from star_helpers import *


class StarHelpersTest(unittest.TestCase):
    def test_what_is_listed(self):
        self.assertEqual(double(4), 8)
        self.assertEqual(_triple(4), 12)

    def test_what_is_not_listed_is_not_there(self):
        with self.assertRaises(NameError):
            halve(4)

    def test_the_list_of_names(self):
        import star_helpers

        self.assertEqual(sorted(star_helpers.__all__), ["LIMITS", "_triple", "double"])
        self.assertIs(star_helpers.LIMITS, LIMITS)

    def test_limits(self):
        double(3)
        self.assertEqual(LIMITS, [0, 6])
