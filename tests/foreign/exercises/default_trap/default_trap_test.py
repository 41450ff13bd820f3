import unittest

from default_trap import add_item, remove_all


class DefaultTest(unittest.TestCase):
    def test_new_list(self):
        self.assertEqual(add_item(1), [1])

    def test_new_list_again(self):
        add_item(1)
        self.assertEqual(add_item(2), [2])

    def test_given_list(self):
        basket = ["tea"]
        add_item("milk", basket)
        self.assertEqual(basket, ["tea", "milk"])

    def test_given_list_is_returned(self):
        basket = []
        self.assertIs(add_item("x", basket), basket)

    def test_remove_all(self):
        items = [1, 2, 1, 1]
        remove_all(items, 1)
        self.assertEqual(items, [2])
