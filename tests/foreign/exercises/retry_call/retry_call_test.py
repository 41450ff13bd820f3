import unittest

from retry_call import GaveUp, retry


class Flaky:
    """Fails as often as it is told, then answers."""

    def __init__(self, failures):
        self.failures = failures
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise ConnectionError("no answer")
        return "answer"


class RetryTest(unittest.TestCase):
    def test_works_at_once(self):
        self.assertEqual(retry(lambda: 42, times=3), 42)

    def test_works_the_third_time(self):
        flaky = Flaky(2)
        self.assertEqual(retry(flaky, times=3), "answer")
        self.assertEqual(flaky.calls, 3)

    def test_gives_up(self):
        flaky = Flaky(5)
        with self.assertRaises(GaveUp):
            retry(flaky, times=3)
        self.assertEqual(flaky.calls, 3)

    def test_other_errors_are_not_tried_again(self):
        def broken():
            raise KeyError("x")

        with self.assertRaises(KeyError):
            retry(broken, times=3)
