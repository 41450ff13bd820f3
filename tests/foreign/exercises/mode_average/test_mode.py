"""Marked as Gradescope's examples are: a class for each question, marks on its methods."""

import unittest
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight

import mode_average as work


class TestMean(unittest.TestCase):
    @weight(2)
    @number("1.1")
    def test_mean(self):
        """mean of three numbers"""
        self.assertAlmostEqual(work.mean([1, 2, 6]), 3.0)

    @weight(1)
    @number("1.2")
    @visibility("after_due_date")
    def test_mean_of_one(self):
        self.assertEqual(work.mean([4]), 4)


class TestMode(unittest.TestCase):
    @weight(2)
    @number("2.1")
    @tags("mode")
    def test_mode(self):
        self.assertEqual(work.mode("aabbb"), "b")

    @weight(0)
    @number("2.2")
    def test_nothing(self):
        self.assertIsNone(work.mode(""))


class TestSpread(unittest.TestCase):
    @weight(3)
    @number("3")
    @visibility("hidden")
    def test_spread(self):
        low, high = work.spread({3, 9, 5})
        self.assertEqual((low, high), (3, 9))
