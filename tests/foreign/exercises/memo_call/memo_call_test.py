import unittest

from memo_call import memoize


class MemoTest(unittest.TestCase):
    def setUp(self):
        self.calls = 0

    def slow_square(self, x):
        self.calls += 1
        return x * x

    def test_the_same_answer(self):
        square = memoize(self.slow_square)
        self.assertEqual(square(4), 16)
        self.assertEqual(square(4), 16)
        self.assertEqual(self.calls, 1)

    def test_other_arguments(self):
        square = memoize(self.slow_square)
        self.assertEqual([square(n) for n in (1, 2, 1, 2, 3)], [1, 4, 1, 4, 9])
        self.assertEqual(self.calls, 3)

    def test_two_memories(self):
        first, second = memoize(self.slow_square), memoize(self.slow_square)
        first(1)
        second(1)
        self.assertEqual(self.calls, 2)

    def test_decorates(self):
        seen = []

        @memoize
        def shout(text):
            seen.append(text)
            return text.upper()

        self.assertEqual(shout("a") + shout("a"), "AA")
        self.assertEqual(seen, ["a"])
