import unittest
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from library import Book, NotLent


class TestBook(unittest.TestCase):
    def setUp(self):
        self.book = Book('Emma', 'Jane Austen', 1815)

    @weight(2)
    @number("1.1")
    def test_attributes(self):
        """A book knows its title, author and year"""
        self.assertEqual(self.book.title, 'Emma')
        self.assertEqual(self.book.author, 'Jane Austen')
        self.assertEqual(self.book.year, 1815)

    @weight(2)
    @number("1.2")
    def test_str(self):
        """A book shows itself as its title and year"""
        self.assertEqual(str(self.book), 'Emma (1815)')

    @weight(1)
    @number("1.3")
    @visibility('after_due_date')
    def test_age(self):
        """age_in counts years"""
        for year, age in [(1815, 0), (2015, 200)]:
            self.assertEqual(self.book.age_in(year), age, msg=year)


class TestLending(unittest.TestCase):
    def setUp(self):
        self.book = Book('Emma', 'Jane Austen', 1815)

    @weight(3)
    @number("2.1")
    def test_lend(self):
        """A book that was lent is lent"""
        self.assertFalse(self.book.is_lent)
        self.book.lend('Ada')
        self.assertTrue(self.book.is_lent)
        self.assertEqual(self.book.reader, 'Ada')

    @weight(3)
    @number("2.2")
    def test_lend_twice(self):
        """A book cannot be lent twice"""
        self.book.lend('Ada')
        with self.assertRaises(ValueError) as caught:
            self.book.lend('Bo')
        self.assertIn('Ada', str(caught.exception))

    @weight(3)
    @number("2.3")
    def test_give_back(self):
        """What was not lent cannot be given back"""
        with self.assertRaises(NotLent):
            self.book.give_back()
        self.book.lend('Ada')
        self.book.give_back()
        self.assertFalse(self.book.is_lent)
