import unittest

from tree_depth import Node, from_list


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.tree = Node(4, Node(2, Node(1), Node(3)), Node(6))

    def test_data(self):
        self.assertEqual(self.tree.data, 4)
        self.assertEqual(self.tree.left.data, 2)
        self.assertEqual(self.tree.left.right.data, 3)

    def test_a_leaf_has_no_children(self):
        leaf = self.tree.right
        self.assertIsNone(leaf.left)
        self.assertIsNone(leaf.right)

    def test_depth(self):
        self.assertEqual(self.tree.depth(), 3)

    def test_in_order(self):
        self.assertEqual(list(self.tree), [1, 2, 3, 4, 6])

    def test_insert(self):
        self.tree.insert(5)
        self.assertEqual(list(self.tree), [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.tree.right.left.data, 5)

    def test_from_list(self):
        self.assertEqual(list(from_list([3, 1, 2])), [1, 2, 3])

    def test_equal_values_go_left(self):
        tree = from_list([2, 2])
        self.assertEqual(tree.left.data, 2)
        self.assertIsNone(tree.right)
