import unittest

from fib_iterator import Fibonacci, Window


class FibonacciTest(unittest.TestCase):
    def test_loop(self):
        self.assertEqual([n for n in Fibonacci(20)], [0, 1, 1, 2, 3, 5, 8, 13])

    def test_iterator_is_its_own_iterator(self):
        numbers = Fibonacci(5)
        self.assertIs(iter(numbers), numbers)

    def test_next(self):
        numbers = Fibonacci(1)
        self.assertEqual([next(numbers), next(numbers), next(numbers)], [0, 1, 1])
        self.assertRaises(StopIteration, next, numbers)

    def test_sum_and_max(self):
        self.assertEqual(sum(Fibonacci(10)), 20)
        self.assertEqual(max(Fibonacci(10)), 8)

    def test_membership(self):
        self.assertTrue(8 in Fibonacci(10))
        self.assertNotIn(4, Fibonacci(10))

    def test_unpacking(self):
        first, second, *rest = Fibonacci(5)
        self.assertEqual((first, second, rest), (0, 1, [1, 2, 3, 5]))

    def test_windows_can_be_read_twice(self):
        windows = Window([1, 2, 3], 2)
        self.assertEqual(list(windows), [(1, 2), (2, 3)])
        self.assertEqual(list(windows), [(1, 2), (2, 3)])
