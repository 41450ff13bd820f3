import io
import unittest

from csv_totals import totals, write_report


class TotalsTest(unittest.TestCase):
    def test_totals(self):
        source = io.StringIO("name,amount\ntea,3\nmilk,2\ntea,4\n")
        self.assertEqual(totals(source), {"tea": 7, "milk": 2})

    def test_only_a_heading(self):
        self.assertEqual(totals(io.StringIO("name,amount\n")), {})

    def test_bad_amounts(self):
        with self.assertRaises(ValueError):
            totals(io.StringIO("name,amount\ntea,many\n"))

    def test_writes(self):
        target = io.StringIO()
        write_report({"tea": 7, "milk": 2}, target)
        self.assertEqual(target.getvalue(), "milk: 2\ntea: 7\n")
