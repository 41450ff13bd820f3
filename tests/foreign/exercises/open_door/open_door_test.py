import unittest

from open_door import Door, borrowed


class DoorTest(unittest.TestCase):
    def test_is_open_inside(self):
        door = Door()
        with door as opened:
            self.assertTrue(opened.is_open)
        self.assertFalse(door.is_open)

    def test_is_closed_after_an_error(self):
        door = Door()
        with self.assertRaises(KeyError):
            with door:
                raise KeyError("x")
        self.assertFalse(door.is_open)

    def test_swallows_draughts(self):
        with Door():
            raise TimeoutError("draught")

    def test_borrowed(self):
        with borrowed("book") as text:
            self.assertEqual(text, "a book")

    def test_log(self):
        door = Door()
        with door:
            pass
        with door:
            pass
        self.assertEqual(door.log, ["open", "close", "open", "close"])
