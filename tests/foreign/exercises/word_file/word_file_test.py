import os
import tempfile
import unittest

from word_file import count_words, reverse_lines


class WordFileTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "text.txt")
        with open(self.path, "w") as file:
            file.write("one two\nthree\n")

    def tearDown(self):
        self.folder.cleanup()

    def test_counts(self):
        self.assertEqual(count_words(self.path), 3)

    def test_no_file(self):
        with self.assertRaises(FileNotFoundError):
            count_words(os.path.join(self.folder.name, "none.txt"))

    def test_reverse_lines(self):
        reverse_lines(self.path)
        with open(self.path) as file:
            self.assertEqual(file.read(), "three\none two\n")
