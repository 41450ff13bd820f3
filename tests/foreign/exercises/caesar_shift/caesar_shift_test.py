import unittest
import caesar_shift


class TestShift(unittest.TestCase):
    def setUp(self):
        self.text = "The quick brown fox."

    def test_shift_by_nothing(self):
        self.assertEqual(caesar_shift.shift(self.text, 0), self.text)

    def test_shift_by_13_twice(self):
        once = caesar_shift.shift(self.text, 13)
        self.assertNotEqual(once, self.text)
        self.assertEqual(caesar_shift.shift(once, 13), self.text)

    def test_wraps_around(self):
        self.assertEqual(caesar_shift.shift("xyz XYZ", 3), "abc ABC")

    def test_negative_keys(self):
        self.assertEqual(caesar_shift.shift("abc", -1), "zab")

    def test_the_key_must_be_a_number(self):
        with self.assertRaisesRegex(TypeError, "whole number"):
            caesar_shift.shift("abc", "3")
