import unittest
from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from age_check import AgeError, check_age


class TestAge(unittest.TestCase):
    @weight(1)
    @number("1.1")
    def test_adult(self):
        """an adult is let in"""
        self.assertEqual(check_age(18), "adult")

    @weight(1)
    @number("1.2")
    def test_child(self):
        """a child is a minor"""
        self.assertEqual(check_age(17), "minor")

    @weight(2)
    @number("2")
    def test_not_born(self):
        with self.assertRaisesRegex(AgeError, r"-1 .* born"):
            check_age(-1)

    @weight(2)
    @visibility("hidden")
    def test_too_old(self):
        with self.assertRaisesRegex(ValueError, "^200 is too old$"):
            check_age(200)

    @weight(4)
    def test_the_error_is_a_value_error(self):
        with self.assertRaises(ValueError):
            check_age(-5)
