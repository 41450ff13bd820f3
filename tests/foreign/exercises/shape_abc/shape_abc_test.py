import unittest

from shape_abc import Rectangle, Shape, Square, total_area


class ShapeTest(unittest.TestCase):
    def test_shapes_are_abstract(self):
        with self.assertRaises(TypeError):
            Shape()

    def test_area(self):
        self.assertEqual(Rectangle(2, 3).area(), 6)
        self.assertEqual(Square(4).area(), 16)

    def test_a_square_is_a_rectangle(self):
        self.assertIsInstance(Square(1), Rectangle)
        self.assertIsInstance(Square(1), Shape)
        self.assertNotIsInstance(Rectangle(1, 2), Square)

    def test_subclasses(self):
        self.assertTrue(issubclass(Square, Shape))

    def test_describe(self):
        self.assertEqual(Square(2).describe(), "Square of area 4")
        self.assertEqual(Rectangle(1, 2).describe(), "Rectangle of area 2")

    def test_total(self):
        self.assertEqual(total_area([Square(1), Rectangle(2, 2)]), 5)

    def test_name(self):
        self.assertEqual(type(Square(1)).__name__, "Square")
        self.assertEqual(Square.__name__, "Square")
