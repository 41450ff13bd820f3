import unittest
from operator import itemgetter

from sort_by import insertion_sort, top


class SortTest(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual(insertion_sort([3, 1, 2]), [1, 2, 3])

    def test_by_length(self):
        self.assertEqual(insertion_sort(["ccc", "a", "bb"], key=len), ["a", "bb", "ccc"])

    def test_by_lambda(self):
        self.assertEqual(insertion_sort([1, -3, 2], key=lambda n: -abs(n)), [-3, 2, 1])

    def test_is_stable(self):
        rows = [("b", 1), ("a", 1), ("c", 0)]
        self.assertEqual(insertion_sort(rows, key=itemgetter(1)), [("c", 0), ("b", 1), ("a", 1)])

    def test_the_list_itself_stays(self):
        numbers = [2, 1]
        insertion_sort(numbers)
        self.assertEqual(numbers, [2, 1])

    def test_top(self):
        self.assertEqual(top({"a": 3, "b": 7, "c": 5}, 2), ["b", "c"])
