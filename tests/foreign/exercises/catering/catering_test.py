import unittest

from catering import kind_of
from catering_data import VEGAN


class CateringTest(unittest.TestCase):
    def test_kinds(self):
        cases = [("bowl", VEGAN, "bowl: vegan"), ("rice", {"rice"}, "rice: vegan"), ("stew", {"beef"}, "stew: with meat")]
        for name, ingredients, expected in cases:
            with self.subTest(name):
                self.assertEqual(kind_of(name, ingredients), expected)

    def test_vegetarian(self):
        self.assertEqual(kind_of("omelette", {"egg", "oil"}), "omelette: vegetarian")

    def test_unknown(self):
        with self.assertRaises(LookupError) as caught:
            kind_of("air", set())
        self.assertEqual(type(caught.exception).__name__, "Unknown")
        self.assertEqual(caught.exception.args, ("air",))
