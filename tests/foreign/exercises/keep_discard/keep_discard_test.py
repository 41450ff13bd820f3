import unittest

from keep_discard import discard, keep


class KeepTest(unittest.TestCase):
    def test_keep_nothing_of_nothing(self):
        self.assertEqual(keep([], lambda x: x % 2 == 1), [])

    def test_keep_odd(self):
        self.assertEqual(keep([1, 2, 3, 4, 5], lambda x: x % 2 == 1), [1, 3, 5])

    def test_keep_strings(self):
        words = ["apple zebra banana", "zombies cherry", "zealot"]
        self.assertEqual(keep("apple zebra banana zombies".split(), lambda x: x.startswith("z")), ["zebra", "zombies"])
        self.assertEqual(len(words), 3)

    def test_discard_lists(self):
        rows = [[1, 2, 3], [5, 5, 5], [5, 1, 2]]
        self.assertEqual(discard(rows, lambda row: 5 in row), [[1, 2, 3]])

    def test_keep_by_kind(self):
        self.assertEqual(keep(["1", "a", "2"], str.isdigit), ["1", "2"])
