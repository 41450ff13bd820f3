import types
import unittest

from countdown import chunks, countdown, interleave


class CountdownTest(unittest.TestCase):
    def test_all(self):
        self.assertEqual(list(countdown(3)), [3, 2, 1])

    def test_one_by_one(self):
        numbers = countdown(2)
        self.assertEqual(next(numbers), 2)
        self.assertEqual(next(numbers), 1)
        with self.assertRaises(StopIteration):
            next(numbers)

    def test_is_a_generator(self):
        self.assertIsInstance(countdown(1), types.GeneratorType)

    def test_nothing(self):
        self.assertEqual(list(countdown(0)), [])

    def test_chunks(self):
        self.assertEqual(list(chunks("abcde", 2)), ["ab", "cd", "e"])

    def test_chunks_in_a_loop(self):
        sizes = []
        for chunk in chunks([1, 2, 3, 4, 5, 6], 4):
            sizes.append(len(chunk))
        self.assertEqual(sizes, [4, 2])

    def test_default_of_next(self):
        self.assertEqual(next(countdown(0), "none"), "none")

    def test_interleave(self):
        self.assertEqual("".join(interleave("ace", "bd")), "abcde")
