import unittest

from polynomials import Polynomial


class PolynomialTest(unittest.TestCase):
    def setUp(self):
        self.square = Polynomial(0, 0, 1)
        self.line = Polynomial(1, 2)

    def test_calls(self):
        self.assertEqual(self.square(5), 25)
        self.assertEqual(self.line(3), 7)

    def test_degree(self):
        self.assertEqual(self.square.degree, 2)
        self.assertEqual(Polynomial(5, 0, 0).degree, 0)

    def test_sum(self):
        self.assertEqual(self.square + self.line, Polynomial(1, 2, 1))

    def test_difference_cancels(self):
        self.assertEqual((self.square - self.square).degree, 0)

    def test_product(self):
        self.assertEqual((self.line * self.line).coefficients, (1, 4, 4))

    def test_derivative(self):
        self.assertEqual(self.square.derivative(), Polynomial(0, 2))

    def test_text(self):
        self.assertEqual(str(Polynomial(1, -2, 3)), "3x^2 - 2x + 1")

    def test_degree_cannot_be_set(self):
        with self.assertRaises(AttributeError):
            self.square.degree = 5
