import unittest

from span_sequence import Span


class SpanTest(unittest.TestCase):
    def setUp(self):
        self.span = Span(10, 20, 3)

    def test_len(self):
        self.assertEqual(len(self.span), 4)

    def test_items(self):
        self.assertEqual(self.span[0], 10)
        self.assertEqual(self.span[-1], 19)

    def test_out_of_range(self):
        with self.assertRaises(IndexError):
            self.span[4]

    def test_slices(self):
        self.assertEqual(self.span[1:3], [13, 16])

    def test_membership(self):
        self.assertIn(13, self.span)
        self.assertNotIn(14, self.span)

    def test_loop_and_reversed(self):
        self.assertEqual(list(self.span), [10, 13, 16, 19])
        self.assertEqual(list(reversed(self.span)), [19, 16, 13, 10])

    def test_empty_is_false(self):
        self.assertFalse(Span(3, 3, 1))
        self.assertTrue(self.span)

    def test_repr(self):
        self.assertEqual(repr(self.span), "Span(10, 20, 3)")

    def test_index(self):
        self.assertEqual(self.span.index(16), 2)
