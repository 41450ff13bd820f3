import json
import unittest

from json_shapes import Circle, Square, dumps, loads


class ComplexEncoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, complex):
            return [value.real, value.imag]
        return super().default(value)


class JsonShapesTest(unittest.TestCase):
    def test_there_and_back(self):
        shapes = [Circle(1.5), Square(2)]
        self.assertEqual(loads(dumps(shapes)), shapes)

    def test_text(self):
        self.assertEqual(json.loads(dumps([Square(2)])), [{"kind": "Square", "size": 2}])

    def test_an_encoder_of_ones_own(self):
        self.assertEqual(dumps([1j], ComplexEncoder), "[[0.0, 1.0]]")

    def test_what_is_no_shape(self):
        with self.assertRaises(TypeError):
            dumps([1j])
        with self.assertRaisesRegex(ValueError, "Triangle"):
            loads('[{"kind": "Triangle", "size": 1}]')

    def test_kinds_differ(self):
        self.assertNotEqual(Circle(1), Square(1))
        self.assertNotEqual(Circle(1), 1)
