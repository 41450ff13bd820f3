import unittest
from gradescope_utils.autograder_utils.decorators import number, partial_credit, visibility, weight
from library import Book
from shelves import Shelf, sort_titles, tally


def make_shelf():
    shelf = Shelf()
    shelf.add(Book('Emma', 'Jane Austen', 1815))
    shelf.add(Book('Persuasion', 'Jane Austen', 1817))
    shelf.add(Book('Frankenstein', 'Mary Shelley', 1818))
    return shelf


class TestShelf(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.titles = ['Emma', 'Persuasion', 'Frankenstein']

    @weight(2)
    @number("3.1")
    def test_length(self):
        """len() counts books"""
        self.assertEqual(len(make_shelf()), 3)
        self.assertEqual(len(Shelf()), 0)

    @weight(2)
    @number("3.2")
    def test_iterates(self):
        """A shelf can be walked along"""
        self.assertEqual([book.title for book in make_shelf()], self.titles)

    @weight(3)
    @number("3.3")
    def test_remove(self):
        """remove takes a book off, and only once"""
        shelf = make_shelf()
        shelf.remove('Emma')
        self.assertEqual(len(shelf), 2)
        self.assertRaises(KeyError, shelf.remove, 'Emma')


class TestSearch(unittest.TestCase):
    @weight(4)
    @number("4.1")
    def test_by_author(self):
        """by_author finds all books of an author"""
        found = make_shelf().by_author('Jane Austen')
        self.assertEqual([book.title for book in found], ['Emma', 'Persuasion'])
        self.assertEqual(make_shelf().by_author('Nobody'), [])

    @weight(4)
    @number("4.2")
    @visibility('hidden')
    def test_where(self):
        """where finds books by their year"""
        found = make_shelf().where(after=1815)
        self.assertEqual(len(found), 2)


class TestHelpers(unittest.TestCase):
    @weight(3)
    @number("5.1")
    def test_sort_titles(self):
        """sort_titles sorts in place and leaves articles aside"""
        titles = ['The Waves', 'A Room', 'Orlando']
        self.assertIsNone(sort_titles(titles))
        self.assertEqual(titles, ['Orlando', 'A Room', 'The Waves'])

    @partial_credit(5)
    @number("5.2")
    def test_tally(self, set_score=None):
        """tally counts the words of titles"""
        cases = [([], {}), (['Emma'], {'emma': 1}), (['Emma', 'emma b'], {'emma': 2, 'b': 1})]
        right = 0
        for titles, expected in cases:
            if tally(titles) == expected:
                right += 1
        set_score(5 * right / len(cases))
