import unittest

from word_tally import tally


class WordTallyTest(unittest.TestCase):
    def test_one_word(self):
        self.assertEqual(tally("word"), {"word": 1})

    def test_case_does_not_matter(self):
        self.assertEqual(tally("Stop stop STOP"), {"stop": 3})

    def test_punctuation_is_left_out(self):
        self.assertEqual(tally("car: carpet, as java; as!"), {"car": 1, "carpet": 1, "as": 2, "java": 1})

    def test_apostrophes_belong_to_words(self):
        self.assertDictEqual(tally("Don't cry, don't"), {"don't": 2, "cry": 1})

    def test_nothing_has_no_words(self):
        self.assertEqual(tally("  \n\t"), {})

    def test_numbers_count(self):
        self.assertIn("42", tally("42 is 42"))
