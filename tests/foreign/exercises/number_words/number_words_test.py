import unittest

from number_words import say


class NumberWordsTest(unittest.TestCase):
    def test_small_numbers(self):
        for number, words in [(0, "zero"), (1, "one"), (14, "fourteen"), (20, "twenty")]:
            with self.subTest(number=number):
                self.assertEqual(say(number), words)

    def test_compound(self):
        self.assertEqual(say(22), "twenty-two")
        self.assertEqual(say(99), "ninety-nine")

    def test_hundreds(self):
        self.assertEqual(say(100), "one hundred")
        self.assertEqual(say(123), "one hundred and twenty-three")

    def test_too_large(self):
        with self.assertRaises(ValueError) as err:
            say(1000)
        self.assertEqual(str(err.exception), "1000 is out of range")

    def test_negative(self):
        self.assertRaises(ValueError, say, -1)
