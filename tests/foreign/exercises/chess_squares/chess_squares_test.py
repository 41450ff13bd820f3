import unittest

from chess_squares import CORNERS, Piece, square


class ChessSquaresTest(unittest.TestCase):
    def test_square(self):
        self.assertEqual(square("a1"), (0, 0))
        self.assertEqual(square("h8"), (7, 7))

    def test_what_is_no_square(self):
        for name in ("", "a", "i1", "a9", "a10", "11"):
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, "no square"):
                square(name)

    def test_corners(self):
        self.assertEqual(CORNERS, ((0, 0), (0, 7), (7, 0), (7, 7)))

    def test_a_piece_keeps_the_very_place_it_was_given(self):
        place = (3, 4)
        piece = Piece("rook", place)
        self.assertIs(piece.place, place)
        piece.place = CORNERS[0]
        self.assertIs(piece.place, CORNERS[0])

    def test_a_rook_reaches_its_lines(self):
        rook = Piece("rook", square("d4"))
        self.assertTrue(rook.reaches(square("d8")))
        self.assertTrue(rook.reaches(square("a4")))
        self.assertFalse(rook.reaches(square("e5")))
        self.assertFalse(rook.reaches(rook.place))
