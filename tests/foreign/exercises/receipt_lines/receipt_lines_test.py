import unittest

from receipt_lines import receipt


class ReceiptTest(unittest.TestCase):
    maxDiff = None

    def test_a_whole_receipt(self):
        expected = "\n".join(
            [
                "bread           2.50",
                "cheese         10.00",
                "--------------------",
                "total          12.50",
            ]
        )
        self.assertMultiLineEqual(receipt([("bread", 2.5), ("cheese", 10)]), expected)

    def test_every_line_is_twenty_wide(self):
        for line in receipt([("tea", 1), ("a very long name of a thing", 3)]).splitlines():
            self.assertEqual(len(line), 20, msg=line)

    def test_nothing_costs_nothing(self):
        self.assertTrue(receipt([]).endswith("0.00"))
