import unittest
from gradescope_utils.autograder_utils.decorators import weight

from rotate_matrix import rotate, set_zeroes, transpose


class RotateTest(unittest.TestCase):
    @weight(3)
    def test_rotate(self):
        matrix = [[1, 2], [3, 4]]
        rotate(matrix)
        self.assertEqual(matrix, [[3, 1], [4, 2]])

    @weight(3)
    def test_four_times_is_nothing(self):
        matrix = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
        for _ in range(4):
            rotate(matrix)
        self.assertEqual(matrix, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])

    @weight(2)
    def test_transpose_is_new(self):
        matrix = [[1, 2, 3], [4, 5, 6]]
        self.assertEqual(transpose(matrix), [[1, 4], [2, 5], [3, 6]])
        self.assertEqual(matrix, [[1, 2, 3], [4, 5, 6]])

    @weight(2)
    def test_zeroes(self):
        matrix = [[1, 0, 3], [4, 5, 6]]
        set_zeroes(matrix)
        self.assertEqual(matrix, [[0, 0, 0], [4, 0, 6]])
