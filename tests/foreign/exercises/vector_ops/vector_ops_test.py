import unittest

from vector_ops import Vector


class VectorTest(unittest.TestCase):
    def test_addition(self):
        self.assertEqual(Vector(1, 2) + Vector(3, 4), Vector(4, 6))

    def test_subtraction(self):
        self.assertEqual(Vector(1, 2) - Vector(3, 4), Vector(-2, -2))

    def test_scaling_from_both_sides(self):
        self.assertEqual(Vector(1, 2) * 3, Vector(3, 6))
        self.assertEqual(3 * Vector(1, 2), Vector(3, 6))

    def test_dot(self):
        self.assertEqual(Vector(1, 2) @ Vector(3, 4), 11)

    def test_not_equal(self):
        self.assertNotEqual(Vector(1, 2), Vector(2, 1))
        self.assertFalse(Vector(1, 2) == Vector(2, 1))

    def test_negation_and_length(self):
        self.assertEqual(-Vector(1, -2), Vector(-1, 2))
        self.assertEqual(abs(Vector(3, 4)), 5)

    def test_in_place(self):
        vector = Vector(1, 1)
        vector += Vector(1, 0)
        self.assertEqual(vector.x, 2)

    def test_truth(self):
        self.assertTrue(Vector(0, 1))
        self.assertFalse(Vector(0, 0))

    def test_hash(self):
        self.assertEqual(len({Vector(1, 2), Vector(1, 2), Vector(2, 1)}), 2)

    def test_other_kinds(self):
        with self.assertRaises(TypeError):
            Vector(1, 2) + 3

    def test_repr(self):
        self.assertEqual(repr(Vector(1, 2)), "Vector(1, 2)")
