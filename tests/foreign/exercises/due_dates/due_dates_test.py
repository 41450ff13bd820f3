import unittest
from datetime import date, timedelta

from due_dates import due, fine, is_open


class DueTest(unittest.TestCase):
    def test_two_weeks(self):
        self.assertEqual(due(date(2024, 2, 16)), date(2024, 3, 1))

    def test_never_on_a_sunday(self):
        self.assertEqual(due(date(2024, 3, 3)), date(2024, 3, 18))

    def test_as_long_as_you_like(self):
        self.assertEqual(due(date(2023, 12, 31), timedelta(days=2)), date(2024, 1, 2))

    def test_fines_are_by_the_day(self):
        self.assertEqual(fine(date(2024, 1, 1), date(2024, 1, 4)), 30)
        self.assertEqual(fine(date(2024, 1, 4), date(2024, 1, 4)), 0)

    def test_no_fine_for_early_birds(self):
        self.assertEqual(fine(date(2024, 1, 9), date(2024, 1, 4)), 0)

    def test_opening(self):
        self.assertTrue(is_open(date(2024, 3, 2)))
        self.assertFalse(is_open(date(2024, 3, 3)))
