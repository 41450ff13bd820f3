import unittest

from change_coins import change


class ChangeTest(unittest.TestCase):
    def test_one_coin(self):
        self.assertEqual(change([1, 5, 10], 10), [10])

    def test_greedy_is_not_enough(self):
        self.assertEqual(change([1, 3, 4], 6), [3, 3])

    def test_without_a_unit(self):
        self.assertListEqual(change([2, 5, 10, 20, 50], 21), [2, 2, 2, 5, 10])

    def test_nothing(self):
        self.assertEqual(change([1, 5], 0), [])

    def test_impossible(self):
        with self.assertRaises(ValueError) as err:
            change([5, 10], 3)
        self.assertEqual(err.exception.args[0], "3 cannot be paid with these coins")

    def test_negative(self):
        with self.assertRaises(ValueError):
            change([1, 2], -5)
