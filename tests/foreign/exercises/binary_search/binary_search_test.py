import unittest

from binary_search import find


class BinarySearchTest(unittest.TestCase):
    def test_finds_in_one(self):
        self.assertEqual(find([6], 6), 0)

    def test_finds_the_last(self):
        self.assertEqual(find([1, 3, 4, 6, 8, 9, 11], 11), 6)

    def test_finds_everything(self):
        numbers = list(range(0, 200, 3))
        for index, number in enumerate(numbers):
            self.assertEqual(find(numbers, number), index)

    def test_what_is_not_there(self):
        for wanted in (0, 7, 13):
            with self.subTest(wanted=wanted), self.assertRaises(ValueError) as err:
                find([1, 3, 4, 6, 8, 9, 11], wanted)
            self.assertEqual(err.exception.args[0], "value not in array")

    def test_empty(self):
        with self.assertRaises(ValueError):
            find([], 1)
