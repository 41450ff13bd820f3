import unittest

from zip_code_rules import is_isbn, luhn, normalise


class RulesTest(unittest.TestCase):
    def test_luhn(self):
        for text, valid in (("59", True), ("0", False), ("234 567 891 234", True), ("055a 444 285", False)):
            with self.subTest(text=text):
                self.assertIs(luhn(text), valid)

    def test_isbn(self):
        self.assertTrue(is_isbn("3-598-21508-8"))
        self.assertTrue(is_isbn("3-598-21507-X"))
        self.assertFalse(is_isbn("3-598-21508-9"))

    def test_normalise(self):
        self.assertEqual(normalise("(223) 456-7890"), "2234567890")

    def test_normalise_refuses(self):
        wrong = {
            "123456789": "must not be fewer than 10 digits",
            "523-abc-7890": "letters not permitted",
            "523-@:!-7890": "punctuations not permitted",
        }
        for text, sentence in wrong.items():
            with self.subTest(text=text):
                with self.assertRaises(ValueError) as err:
                    normalise(text)
                self.assertEqual(type(err.exception), ValueError)
                self.assertEqual(err.exception.args[0], sentence)
