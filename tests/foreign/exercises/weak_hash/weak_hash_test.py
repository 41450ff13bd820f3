import unittest

from weak_hash import Celsius, Word


class CompareTest(unittest.TestCase):
    def test_word_equals_text(self):
        self.assertEqual(Word("Level"), "level")

    def test_word_differs_from_text(self):
        self.assertNotEqual(Word("Level"), "lever")

    def test_palindrome(self):
        self.assertTrue(Word("Level").is_palindrome())
        self.assertFalse(Word("Lever").is_palindrome())

    def test_temperature_compares_with_numbers(self):
        self.assertTrue(Celsius(20) > 15)
        self.assertFalse(Celsius(20) < 15)

    def test_float(self):
        self.assertEqual(float(Celsius(21.5)), 21.5)
        self.assertEqual(int(Celsius(21.5)), 21)
