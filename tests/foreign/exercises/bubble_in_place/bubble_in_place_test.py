import unittest

from bubble_in_place import bubble_sort, sort_words


class BubbleTest(unittest.TestCase):
    def test_sorts_in_place(self):
        numbers = [5, 2, 9, 1]
        self.assertIsNone(bubble_sort(numbers))
        self.assertEqual(numbers, [1, 2, 5, 9])

    def test_already_sorted(self):
        numbers = [1, 2, 3]
        bubble_sort(numbers)
        self.assertEqual(numbers, [1, 2, 3])

    def test_empty(self):
        numbers = []
        bubble_sort(numbers)
        self.assertEqual(numbers, [])

    def test_same_list(self):
        numbers = [2, 1]
        alias = numbers
        bubble_sort(numbers)
        self.assertIs(alias, numbers)
        self.assertEqual(alias, [1, 2])

    def test_inside_a_dict(self):
        index = {"a": ["z", "x"], "b": ["k"]}
        sort_words(index)
        self.assertEqual(index, {"a": ["x", "z"], "b": ["k"]})
