import unittest
from gradescope_utils.autograder_utils.decorators import number, weight

from stack_and_queue import EmptyError, Queue, Stack


class TestStack(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()

    @weight(5)
    @number("1.1")
    def test_last_in_first_out(self):
        """the last one pushed is the first one popped"""
        self.stack.push(1)
        self.stack.push(2)
        self.assertEqual(self.stack.pop(), 2)
        self.assertEqual(self.stack.pop(), 1)

    @weight(5)
    @number("1.2")
    def test_peek(self):
        self.stack.push("x")
        self.assertEqual(self.stack.peek(), "x")
        self.assertEqual(len(self.stack), 1)

    @weight(5)
    @number("1.3")
    def test_empty(self):
        with self.assertRaises(EmptyError):
            self.stack.pop()
        self.assertFalse(self.stack)


class TestQueue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.names = ["a", "b", "c"]

    @weight(10)
    @number("2.1")
    def test_first_in_first_out(self):
        queue = Queue(self.names)
        self.assertEqual([queue.get() for _ in self.names], self.names)

    @weight(5)
    @number("2.2")
    def test_empty(self):
        self.assertRaises(IndexError, Queue().get)
