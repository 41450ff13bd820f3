import unittest

from leap_days import is_leap, leap_days


class LeapDaysTest(unittest.TestCase):
    def test_year_divisible_by_4_is_leap(self):
        self.assertIs(is_leap(1996), True)

    def test_century_is_common(self):
        self.assertIs(is_leap(1900), False)

    def test_fourth_century_is_leap(self):
        self.assertIs(is_leap(2000), True)

    def test_days_between_counts_both_ends(self):
        self.assertEqual(leap_days(1996, 2004), 3)

    def test_no_leap_day_in_between(self):
        self.assertEqual(leap_days(2001, 2003), 0)

    def test_years_in_the_wrong_order(self):
        with self.assertRaises(ValueError) as err:
            leap_days(2004, 2000)
        self.assertEqual(type(err.exception), ValueError)
        self.assertEqual(err.exception.args[0], "the first year must not be after the second")


if __name__ == "__main__":
    unittest.main()
