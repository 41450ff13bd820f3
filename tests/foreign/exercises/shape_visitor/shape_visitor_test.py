import unittest

from shape_visitor import Circle, Group, Square


class Areas:
    def __init__(self):
        self.total = 0

    def visit_circle(self, circle):
        self.total += 3 * circle.radius**2

    def visit_square(self, square):
        self.total += square.side**2


class VisitorTest(unittest.TestCase):
    def test_a_circle(self):
        areas = Areas()
        Circle(2).accept(areas)
        self.assertEqual(areas.total, 12)

    def test_a_group(self):
        areas = Areas()
        Group(Circle(1), Group(Square(2), Square(3))).accept(areas)
        self.assertEqual(areas.total, 16)

    def test_attributes(self):
        self.assertEqual(Circle(5).radius, 5)
        self.assertEqual(Square(4).side, 4)

    def test_no_visitor(self):
        with self.assertRaises(AttributeError):
            Circle(1).accept(object())
