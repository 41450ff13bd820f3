import errno
import unittest

from error_codes import open_shop, Closed


class ErrorCodesTest(unittest.TestCase):
    def test_closed_on_sunday(self):
        with self.assertRaises(Closed) as caught:
            open_shop("Sunday")
        self.assertEqual(caught.exception.code, 7)

    def test_no_such_day_is_an_os_error(self):
        with self.assertRaises(OSError) as caught:
            open_shop("Noday")
        self.assertEqual(caught.exception.errno, errno.ENOENT)

    def test_stop_with_status(self):
        with self.assertRaises(SystemExit) as caught:
            open_shop(None)
        self.assertEqual(caught.exception.code, 3)

    def test_key_error_holds_its_key(self):
        with self.assertRaises(KeyError) as caught:
            open_shop("")
        self.assertEqual(caught.exception.args, ("", "day"))

    def test_open(self):
        self.assertTrue(open_shop("Monday"))
