import gc
import unittest
import weakref

from family_tree import Person


class FamilyTreeTest(unittest.TestCase):
    def test_children(self):
        ada = Person("Ada")
        bob = ada.add_child("Bob")
        self.assertEqual([child.name for child in ada.children], ["Bob"])
        self.assertIs(ada.children[0], bob)
        self.assertIs(bob.parent, ada)

    def test_a_child_does_not_keep_its_parent(self):
        ada = Person("Ada")
        bob = ada.add_child("Bob")
        seen = weakref.ref(ada)
        self.assertIs(seen(), ada)
        del ada
        gc.collect()
        self.assertIsNone(seen())
        self.assertIsNone(bob.parent)

    def test_the_count_of_the_living(self):
        people = [Person(name) for name in "abc"]
        self.assertEqual(Person.living, 3)
        people.pop()
        self.assertEqual(Person.living, 2)
