"""Small tests as courses write them, one construct each, and a right and a wrong submission that they tell apart."""

RIGHT = '''
"""A student's module."""

import asyncio
import logging

RATE = 3
NAME = "Ada"
NOTHING = None
PAIR = (1, 2)
primes = [2, 3, 5]
ages = {"Ada": 36}
log = []


class OwnError(ValueError):
    """A student's exception."""


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def half(number):
    return number / 2


def words(text):
    return text.split()


def count(text):
    return {letter: text.count(letter) for letter in text}


def refuse(number):
    if number < 0:
        raise ValueError("negative number")
    return number


def nothing():
    return None


def warn():
    import warnings
    warnings.warn("old", DeprecationWarning)


def steps(number):
    while number > 1:
        yield number
        number -= 1


def remember(value):
    log.append(value)


async def later(number):
    await asyncio.sleep(0)
    return half(number)


def tell(number):
    logging.getLogger("work").info("told %d", half(number))


class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
        return self.balance

    def __len__(self):
        return self.balance
'''

#: What is written in place of something right, so that every construct has something to find.
MISTAKES = {
    "RATE = 3": "RATE = 4",
    'NAME = "Ada"': 'NAME = "Bob"',
    "NOTHING = None": "NOTHING = 0",
    "PAIR = (1, 2)": "PAIR = [1, 2]",
    "primes = [2, 3, 5]": "primes = [2, 3, 4]",
    '{"Ada": 36}': '{"Ada": 37}',
    "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)": "return int(year % 4 == 0)",
    "number / 2": "number / 2 + 0.001",
    "text.split()": "text.split(' ', 1)",
    "text.count(letter)": "1",
    'ValueError("negative number")': 'KeyError("below zero")',
    "return None": "return 0",
    '"old", DeprecationWarning': '"old", UserWarning',
    "yield number": "yield number + 1",
    "log.append(value)": "log.append(None)",
    "self.balance += amount": "self.balance += amount + 1",
}
WRONG = RIGHT
for _right, _mistake in MISTAKES.items():
    assert _right in WRONG, _right
    WRONG = WRONG.replace(_right, _mistake)

METHOD = "import unittest\nimport work\n\nclass ItTest(unittest.TestCase):\n    def test_it(self):\n"

#: Bodies of one method of a unittest.TestCase.
METHODS = {
    "assertIs": "self.assertIs(work.leap(2015), False)",
    "assertIs of True": "self.assertIs(work.leap(1996), True)",
    "assertIsNot": "self.assertIsNot(work.nothing(), 0)",
    "assertEqual": "self.assertEqual(work.half(3), 1.5)",
    "assertEqual with a message": "self.assertEqual(work.half(3), 1.5, msg='of three')",
    "assertNotEqual": "self.assertNotEqual(work.half(3), 1.501)",
    "assertTrue": "self.assertTrue(work.leap(2000) and not work.leap(1900))",
    "assertFalse": "self.assertFalse(work.leap(1900))",
    "assertIsNone": "self.assertIsNone(work.nothing())",
    "assertIsNotNone": "self.assertIsNotNone(None if work.half(2) != 1 else 1)",
    "assertIn": "self.assertIn('c', work.words('a b c'))",
    "assertNotIn": "self.assertNotIn('b c', work.words('a b c'))",
    "assertIn of a dictionary": "self.assertIn('Ada', work.ages)\nself.assertEqual(work.ages['Ada'], 36)",
    "assertIsInstance": "self.assertIsInstance(work.leap(4), bool)",
    "assertNotIsInstance": "self.assertNotIsInstance(work.PAIR, list)",
    "assertIsInstance of the student's": (
        "account = work.Account()\nself.assertIsInstance(account, work.Account)\nself.assertEqual(account.deposit(1), 1)"
    ),
    "assertAlmostEqual": "self.assertAlmostEqual(work.half(2 / 3), 1 / 3)",
    "assertAlmostEqual by places": "self.assertAlmostEqual(work.half(1), 0.5, places=4)",
    "assertAlmostEqual by delta": "self.assertAlmostEqual(work.half(1), 0.5, delta=0.0001)",
    "assertNotAlmostEqual": "self.assertNotAlmostEqual(work.half(1), 0.501)",
    "assertGreater": "self.assertGreater(0.5001, work.half(1))",
    "assertGreaterEqual": "self.assertGreaterEqual(0.5, work.half(1))",
    "assertLess": "self.assertLess(work.half(1), 0.5001)",
    "assertLessEqual": "self.assertLessEqual(work.half(1), 0.5)",
    "assertRegex": "self.assertRegex(work.NAME, r'^A.a$')",
    "assertNotRegex": "self.assertNotRegex(work.NAME, r'^B')",
    "assertCountEqual": "self.assertCountEqual(work.words('b a b'), ['a', 'b', 'b'])",
    "assertListEqual": "self.assertListEqual(work.words('a b c'), ['a', 'b', 'c'])",
    "assertTupleEqual": "self.assertTupleEqual(work.PAIR, (1, 2))",
    "assertDictEqual": "self.assertDictEqual(work.count('aba'), {'a': 2, 'b': 1})",
    "assertSetEqual": "self.assertSetEqual(set(work.words('a b c')), {'a', 'b', 'c'})",
    "assertSequenceEqual": "self.assertSequenceEqual(work.words('a b c'), ('a', 'b', 'c'))",
    "assertMultiLineEqual": "self.assertMultiLineEqual(work.NAME, 'Ada')",
    "assertRaises called": "self.assertRaises(ValueError, work.refuse, -1)",
    "assertRaises in a block": "with self.assertRaises(ValueError):\n    work.refuse(-1)",
    "assertRaises and its message": (
        "with self.assertRaises(ValueError) as caught:\n    work.refuse(-1)\n"
        "self.assertEqual(caught.exception.args[0], 'negative number')"
    ),
    "assertRaises of several": "with self.assertRaises((ValueError, TypeError)):\n    work.refuse(-1)",
    "assertRaisesRegex called": "self.assertRaisesRegex(ValueError, 'negat', work.refuse, -1)",
    "assertRaisesRegex in a block": "with self.assertRaisesRegex(ValueError, '^negative'):\n    work.refuse(-1)",
    "assertWarns": "with self.assertWarns(DeprecationWarning):\n    work.warn()",
    "assertWarnsRegex": "self.assertWarnsRegex(DeprecationWarning, '^old', work.warn)",
    "assertLogs": (
        "with self.assertLogs('work', 'INFO') as told:\n    work.tell(4.001)\n    work.tell(6)\n"
        "self.assertEqual(told.output, ['INFO:work:told 2', 'INFO:work:told 3'])\nself.assertEqual(work.half(3), 1.5)"
    ),
    "assertNoLogs": "with self.assertNoLogs('work', 'INFO'):\n    self.assertEqual(work.half(3), 1.5)",
    "fail": "if work.half(3) != 1.5:\n    self.fail('not the half')",
    "failureException": "if work.half(3) != 1.5:\n    raise self.failureException('not the half')",
    "a list of a generator": "self.assertEqual(list(work.steps(3)), [3, 2])",
    "next of a generator": "self.assertEqual(next(work.steps(3)), 3)",
    "an object with state": (
        "account = work.Account()\naccount.deposit(2)\naccount.deposit(3)\nself.assertEqual(account.balance, 5)"
    ),
    "len of an object": "account = work.Account()\naccount.deposit(2)\nself.assertEqual(len(account), 2)",
    "an identity of two objects": (
        "first, second = work.Account(), work.Account()\nself.assertIsNot(first, second)\nself.assertIs(first, first)\n"
        "self.assertEqual(first.deposit(1), second.deposit(1))\nself.assertEqual(first.balance, 1)"
    ),
    "a subtest": (
        "for year, expected in [(1996, True), (1900, False), (2000, True)]:\n"
        "    with self.subTest(year=year):\n        self.assertIs(work.leap(year), expected)"
    ),
    "a subtest with a message": "with self.subTest('of three', number=3):\n    self.assertEqual(work.half(3), 1.5)",
    "subtests in each other": (
        "for year in (1900, 1800):\n    with self.subTest(year=year):\n        for _ in range(2):\n"
        "            with self.subTest(again=_):\n                self.assertFalse(work.leap(year))"
    ),
    "a subtest that raises": "with self.subTest(number=-1):\n    self.assertRaises(ValueError, work.refuse, -1)",
    "a cleanup": "self.addCleanup(lambda: self.assertEqual(work.half(3), 1.5))",
    "a cleanup with arguments": "self.addCleanup(self.assertEqual, work.half(3), 1.5)",
    "skipTest": "self.skipTest('not today')",
    "a test that skips itself by raising": "raise unittest.SkipTest('not today')",
    "id": "self.assertEqual(self.id().rpartition('.')[2], 'test_it')\nself.assertEqual(work.half(3), 1.5)",
}
