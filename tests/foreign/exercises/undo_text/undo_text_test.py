import copy
import unittest

from undo_text import Editor


class UndoTextTest(unittest.TestCase):
    def setUp(self):
        self.editor = Editor("ab")

    def test_chained_calls_return_the_editor(self):
        self.assertIs(self.editor.insert(1, "-"), self.editor)
        self.assertEqual(str(self.editor.insert(0, "<").insert(4, ">")), "<a-b>")

    def test_undo_and_redo(self):
        self.editor.insert(2, "c").delete(0)
        self.assertEqual(str(self.editor), "bc")
        self.editor.undo()
        self.assertEqual(str(self.editor), "abc")
        self.editor.undo().redo().redo()
        self.assertEqual(str(self.editor), "bc")

    def test_nothing_to_undo(self):
        with self.assertRaises(IndexError):
            self.editor.undo()

    def test_a_copy_has_a_life_of_its_own(self):
        other = copy.deepcopy(self.editor)
        other.insert(0, "x")
        self.assertEqual((str(self.editor), str(other)), ("ab", "xab"))
        self.assertEqual(self.editor, Editor("ab"))
        self.assertNotEqual(self.editor, other)
        self.assertNotEqual(self.editor, "ab")

    def test_slices_and_length(self):
        self.assertEqual((self.editor[0], self.editor[-1], self.editor[:], len(self.editor)), ("a", "b", "ab", 2))
