import json
import pathlib
import unittest

from helper_tables_support import expect_sorted
from helper_tables import median, ranks

CASES = json.loads((pathlib.Path(__file__).parent / "cases.json").read_text())


class TableTest(unittest.TestCase):
    def test_medians(self):
        for case in CASES:
            with self.subTest(case["numbers"]):
                self.assertEqual(median(case["numbers"]), case["median"])

    def test_ranks_are_sorted(self):
        expect_sorted(self, ranks([30, 10, 20]))

    def test_nothing(self):
        with self.assertRaises(ValueError):
            median([])

    @unittest.skip("not this year")
    def test_not_this_year(self):
        self.fail("never")

    @unittest.expectedFailure
    def test_floats_are_not_exact(self):
        self.assertEqual(median([0.1, 0.2, 0.3]) + 0.1, 0.30000000000000001)
