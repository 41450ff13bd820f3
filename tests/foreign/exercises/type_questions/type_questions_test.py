import inspect
import unittest
from collections.abc import Callable, Iterable

import type_questions
from type_questions import Countdown, make_adder, pairs


class QuestionsTest(unittest.TestCase):
    def test_callable(self):
        self.assertTrue(callable(make_adder(1)))
        self.assertIsInstance(make_adder(1), Callable)

    def test_iterable(self):
        self.assertIsInstance(Countdown(3), Iterable)

    def test_signature(self):
        self.assertEqual(list(inspect.signature(pairs).parameters), ["items", "strict"])

    def test_default(self):
        self.assertIs(inspect.signature(pairs).parameters["strict"].default, False)

    def test_docstring(self):
        self.assertEqual(pairs.__doc__, "Yield neighbours.")

    def test_generator_function(self):
        self.assertTrue(inspect.isgeneratorfunction(pairs))

    def test_module_has(self):
        self.assertTrue(hasattr(type_questions, "pairs"))
        self.assertFalse(hasattr(type_questions, "triples"))

    def test_pairs(self):
        self.assertEqual(list(pairs("abc")), [("a", "b"), ("b", "c")])
