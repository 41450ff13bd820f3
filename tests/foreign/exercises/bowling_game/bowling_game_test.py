import unittest

from bowling_game import Game


class BowlingTest(unittest.TestCase):
    def roll_all(self, rolls):
        game = Game()
        for roll in rolls:
            game.roll(roll)
        return game

    def test_gutters(self):
        self.assertEqual(self.roll_all([0] * 20).score(), 0)

    def test_spare(self):
        self.assertEqual(self.roll_all([6, 4, 3] + [0] * 17).score(), 16)

    def test_strike(self):
        self.assertEqual(self.roll_all([10, 5, 3] + [0] * 16).score(), 26)

    def test_perfect(self):
        self.assertEqual(self.roll_all([10] * 12).score(), 300)

    def test_too_many_pins(self):
        game = Game()
        game.roll(5)
        with self.assertRaisesWithMessage(ValueError):
            game.roll(6)

    def test_unfinished(self):
        with self.assertRaisesWithMessage(IndexError):
            self.roll_all([0]).score()

    # Utility functions
    def assertRaisesWithMessage(self, exception):
        return self.assertRaisesRegex(exception, r".+")
