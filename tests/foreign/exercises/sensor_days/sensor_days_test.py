import unittest

import numpy as np
from sensor_days import daily_means, gaps, longest_pause


class SensorDaysTest(unittest.TestCase):
    def setUp(self):
        self.at = np.array(["2024-02-28T10", "2024-02-28T14", "2024-03-01T09"], dtype="datetime64[h]")

    def test_gaps(self):
        np.testing.assert_array_equal(gaps(self.at), np.array([4, 43], dtype="timedelta64[h]"))

    def test_longest_pause(self):
        self.assertEqual(longest_pause(self.at), np.timedelta64(43, "h"))
        self.assertEqual(longest_pause(self.at) / np.timedelta64(1, "D"), 43 / 24)

    def test_daily_means(self):
        means = daily_means(self.at, np.array([1.0, 3.0, 8.0]))
        self.assertEqual(means, {np.datetime64("2024-02-28"): 2.0, np.datetime64("2024-03-01"): 8.0})

    def test_the_moments_stay(self):
        before = self.at.copy()
        gaps(self.at)
        self.assertFalse(np.shares_memory(gaps(self.at), self.at))
        np.testing.assert_array_equal(self.at, before)
