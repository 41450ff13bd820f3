import unittest

from safe_divide import divide, mean


class SafeDivideTest(unittest.TestCase):
    def test_floats(self):
        self.assertAlmostEqual(divide(1, 3), 0.3333333)

    def test_division_by_zero_is_an_error_of_its_own_kind(self):
        with self.assertRaises(ZeroDivisionError) as caught:
            divide(1, 0)
        self.assertEqual(str(caught.exception), "cannot divide 1 by nothing")

    def test_it_is_an_arithmetic_error_too(self):
        with self.assertRaises(ArithmeticError):
            divide(5, 0)

    def test_text_is_refused(self):
        with self.assertRaises(TypeError):
            divide("1", 2)

    def test_mean(self):
        self.assertEqual(mean([1, 2, 3, 4]), 2.5)

    def test_mean_of_nothing(self):
        with self.assertRaises(ValueError) as caught:
            mean([])
        self.assertIsInstance(caught.exception.__cause__, ZeroDivisionError)
