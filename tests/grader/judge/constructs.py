"""Small tests as courses write them, one construct each, and a right and a wrong submission that they tell apart."""

RIGHT = '''
"""A student's module."""

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


def steps(number):
    while number > 1:
        yield number
        number -= 1


def remember(value):
    log.append(value)


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

#: Whole files.
FILES = {
    "names imported": """
        from unittest import TestCase, main
        from work import leap

        class LeapTest(TestCase):
            def test_it(self):
                self.assertIs(leap(1900), False)

        if __name__ == "__main__":
            main()
        """,
    "setUp and tearDown": """
        import unittest
        from work import Account

        class AccountTest(unittest.TestCase):
            def setUp(self):
                self.account = Account()
                self.account.deposit(1)

            def tearDown(self):
                self.assertEqual(self.account.deposit(1), 3)

            def test_it(self):
                self.assertEqual(self.account.deposit(1), 2)
        """,
    "setUpClass": """
        import unittest
        from work import Account

        class AccountTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.account = Account()

            @classmethod
            def tearDownClass(cls):
                del cls.account

            def test_it(self):
                self.assertEqual(self.account.deposit(1), 1)

            def test_type(self):
                self.assertIsInstance(self.account, Account)
                self.assertEqual(self.account.deposit(0), self.account.balance)
        """,
    "addClassCleanup": """
        import unittest
        from work import half

        class HalfTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.values = [half(3)]
                cls.addClassCleanup(cls.values.clear)

            def test_it(self):
                self.assertEqual(self.values, [1.5])
        """,
    "setUpModule": """
        import unittest
        import work

        def setUpModule():
            global value
            value = work.half(3)

        def tearDownModule():
            global value
            value = None

        class HalfTest(unittest.TestCase):
            def test_it(self):
                self.assertEqual(value, 1.5)

            def test_again(self):
                self.assertEqual(value, 1.5)
        """,
    "a failure in setUp": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            def setUp(self):
                self.assertEqual(work.half(3), 1.5)

            def test_it(self):
                pass
        """,
    "a failure in setUpClass": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                if work.half(3) != 1.5:
                    raise AssertionError("not the half")

            def test_it(self):
                pass
        """,
    "a skip in setUp": """
        import unittest

        class Skipping(unittest.TestCase):
            def setUp(self):
                self.skipTest("not today")

            def test_it(self):
                pass
        """,
    "a skip in setUpClass": """
        import unittest

        class Skipping(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("not today")

            def test_it(self):
                pass
        """,
    "tests that are inherited": """
        import unittest
        import work

        class Common:
            number = 0

            def test_it(self):
                self.assertEqual(work.half(self.number), self.number / 2)

        class OneTest(Common, unittest.TestCase):
            number = 1

        class TwoTest(Common, unittest.TestCase):
            number = 2
        """,
    "assertions of its own": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            maxDiff = None

            def assertHalf(self, number):
                self.assertEqual(work.half(number), number / 2)

            def test_it(self):
                self.assertHalf(3)
        """,
    "marks of skipping": """
        import sys
        import unittest
        import work

        class SkippedTest(unittest.TestCase):
            @unittest.skip("later")
            def test_never(self):
                self.assertEqual(work.half(3), 0)

            @unittest.skipIf(sys.version_info > (3,), "an old one only")
            def test_if(self):
                self.assertEqual(work.half(3), 0)

            @unittest.skipUnless(sys.version_info > (3,), "a new one only")
            def test_unless(self):
                self.assertEqual(work.half(3), 1.5)

        @unittest.skip("all of it")
        class AllTest(unittest.TestCase):
            def test_it(self):
                self.assertEqual(work.half(3), 0)
        """,
    "an expected failure": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            @unittest.expectedFailure
            def test_fails(self):
                self.assertEqual(work.half(3), 7)

            @unittest.expectedFailure
            def test_passes(self):
                self.assertEqual(work.half(3), 1.5)
        """,
    "a longer message": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            longMessage = False

            def test_it(self):
                self.assertEqual(work.half(3), 1.5, "half of three")
        """,
    "a type's own comparison": """
        import unittest
        import work

        class HalfTest(unittest.TestCase):
            def setUp(self):
                self.addTypeEqualityFunc(float, lambda a, b, msg=None: self.assertAlmostEqual(a, b, places=5))

            def test_it(self):
                self.assertEqual(work.half(3), 1.5000001)
        """,
    "a class of pytest's": """
        from work import Account, half

        class TestHalf:
            number = 3

            def setup_method(self):
                self.account = Account()

            def test_it(self):
                assert half(self.number) == 1.5

            def test_account(self):
                assert self.account.deposit(1) == 1

        class TestMore(TestHalf):
            number = 3

        class TestOuter:
            class TestInner:
                def test_inner(self):
                    assert half(3) == 1.5
        """,
    "setup_class and setup_module": """
        import work

        def setup_module(module):
            module.value = work.half(3)

        class TestHalf:
            @classmethod
            def setup_class(cls):
                cls.account = work.Account()

            @staticmethod
            def test_static():
                assert value == 1.5

            def test_it(self):
                assert self.account.deposit(1) == 1

            def test_again(self):
                assert self.account.deposit(0) == self.account.balance
                assert value == 1.5
        """,
    "fixtures of every scope": """
        import pytest
        import work

        @pytest.fixture(scope="session")
        def number():
            return 3

        @pytest.fixture(scope="module")
        def account(number):
            made = work.Account()
            yield made
            made.deposit(number)

        @pytest.fixture(scope="class")
        def value(number):
            return work.half(number)

        @pytest.fixture(autouse=True)
        def around(account):
            before = account.balance
            yield
            assert account.balance >= before

        @pytest.fixture(params=[1, 2], ids=["one", "two"])
        def amount(request):
            return request.param

        def test_value(value):
            assert value == 1.5

        class TestAccount:
            def test_amount(self, account, amount):
                before = account.balance
                assert account.deposit(amount) == before + amount

        @pytest.mark.usefixtures("account")
        def test_used(value):
            assert value + 0 == 1.5
        """,
    "a fixture of a TestCase": """
        import unittest
        import pytest
        import work

        class HalfTest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def prepare(self):
                self.value = work.half(3)

            def test_it(self):
                self.assertEqual(self.value, 1.5)
        """,
    "parametrized": """
        import pytest
        import work

        @pytest.mark.parametrize(("year", "expected"), [(1996, True), (1900, False), pytest.param(2000, True, id="a century")])
        def test_leap(year, expected):
            assert work.leap(year) is expected

        @pytest.mark.parametrize("text", ["a b", "", "x/y [z]", "\\n"], ids=repr)
        def test_words(text):
            assert work.words(text + " c d")[-1] == "d"

        @pytest.mark.parametrize("a", [1, 2])
        @pytest.mark.parametrize("b", [3, 4])
        def test_both(a, b):
            assert work.half(a * b) == a * b / 2

        @pytest.mark.parametrize("number", [1, 3])
        class TestHalf:
            def test_it(self, number):
                assert work.half(number) == number / 2
        """,
    "parameters of the student's": """
        import pytest
        from work import half, leap

        @pytest.mark.parametrize(("function", "argument", "expected"), [(half, 3, 1.5), (leap, 1900, False)])
        def test_it(function, argument, expected):
            assert function(argument) == expected
        """,
    "marks of pytest": """
        import sys
        import pytest
        import work

        @pytest.mark.skip(reason="later")
        def test_skip():
            assert work.half(3) == 0

        @pytest.mark.skipif(sys.version_info > (3,), reason="an old one only")
        def test_skipif():
            assert work.half(3) == 0

        @pytest.mark.skipif("sys.version_info < (3,)")
        def test_not_skipped():
            assert work.half(3) == 1.5

        @pytest.mark.xfail
        def test_xfail():
            assert work.half(3) == 0

        @pytest.mark.xfail(strict=True, reason="is right")
        def test_strict():
            assert work.half(3) == 1.5

        @pytest.mark.xfail(reason="is right")
        def test_lenient():
            assert work.half(3) == 1.5

        @pytest.mark.xfail(raises=ValueError)
        def test_raises():
            assert work.refuse(-1) == 0

        @pytest.mark.parametrize("number", [3, pytest.param(4, marks=pytest.mark.xfail), pytest.param(5, marks=pytest.mark.skip)])
        def test_cases(number):
            assert work.half(number) == 1.5
        """,
    "skips while it runs": """
        import pytest
        import work

        def test_skip():
            pytest.skip("not today")

        @pytest.fixture
        def skipping():
            pytest.skip("not today")

        def test_fixture(skipping):
            pass

        def test_missing():
            pytest.importorskip("a_library_that_is_not_there")
            assert work.half(3) == 1.5

        def test_runs():
            assert work.half(3) == 1.5
        """,
    "pytest.raises": """
        import pytest
        import work
        from work import refuse

        def test_it():
            with pytest.raises(ValueError, match="^negative"):
                refuse(-1)

        def test_value():
            with pytest.raises(ValueError) as caught:
                refuse(-1)
            assert str(caught.value) == "negative number"
            assert caught.type is ValueError

        def test_called():
            pytest.raises(ValueError, refuse, -1)

        def test_several():
            with pytest.raises((ValueError, TypeError)):
                refuse(-1)
        """,
    "pytest.fail": """
        import pytest
        import work

        def test_it():
            if work.half(3) != 1.5:
                pytest.fail("not the half")
        """,
    "pytest.approx": """
        import pytest
        import work

        def test_it():
            assert work.half(3) == pytest.approx(1.5)
            assert [work.half(1), work.half(2)] == pytest.approx([0.5, 1])
        """,
    "an unexpected exception": """
        import work

        def test_it():
            assert work.refuse(1) == 1
            try:
                work.refuse(-1)
            except ValueError:
                return
        """,
    "everything with a star": """
        from work import *

        def test_it():
            assert half(3) == 1.5
            assert RATE == 3

        class TestAccount:
            def test_it(self):
                account = Account()
                assert sum([account.deposit(1), 0]) == 1
                assert primes == [2, 3, 5]
        """,
    "a star beside another": """
        from math import *
        from work import *

        def test_it():
            assert sqrt(half(8)) == 2

        def test_max():
            assert max(half(1), half(3)) == 1.5
        """,
    "values imported": """
        from work import NAME, NOTHING, PAIR, RATE, ages, log, primes, remember

        def test_number():
            assert RATE == 3 and isinstance(RATE, int) and RATE + 1 == 4

        def test_text():
            assert NAME is not None and NAME.upper() == "ADA"

        def test_none():
            assert NOTHING is None

        def test_tuple():
            assert type(PAIR) is tuple and PAIR == (1, 2)

        def test_list():
            assert isinstance(primes, list) and primes == [2, 3, 5] and 5 in primes and sorted(primes)[-1] == 5

        def test_dictionary():
            assert isinstance(ages, dict) and ages == {"Ada": 36} and {**ages} == {"Ada": 36}

        def test_change():
            before = list(log)
            remember("x")
            assert log == [*before, "x"] and len(log) > len(before)
        """,
    "values of a module": """
        import unittest
        import work
        import work as w
        from work import primes, ages

        class ValuesTest(unittest.TestCase):
            def test_values(self):
                self.assertEqual((work.RATE, w.NAME, work.NOTHING), (3, "Ada", None))

            def test_containers(self):
                self.assertListEqual(primes, [2, 3, 5])
                self.assertDictEqual(ages, {"Ada": 36})

            def test_list(self):
                self.assertListEqual(work.primes, [2, 3, 5])
        """,
    "an import in a test": """
        def test_it():
            from work import half
            assert half(3) == 1.5

        def test_module():
            import work
            assert work.half(3) == 1.5
        """,
    "a custom exception": """
        import unittest
        from work import OwnError, refuse

        class OwnTest(unittest.TestCase):
            def test_it(self):
                self.assertTrue(issubclass(OwnError, ValueError))
                with self.assertRaises(ValueError) as caught:
                    refuse(-1)
                self.assertEqual(type(caught.exception), ValueError)
                self.assertEqual(caught.exception.args[0], "negative number")
        """,
    "helpers of the file": """
        import work

        CASES = [(1996, True), (1900, False)]

        def check(year, expected):
            assert work.leap(year) is expected

        def test_cases():
            for year, expected in CASES:
                check(year, expected)

        def test_lambda():
            check_half = lambda number: work.half(number) == number / 2
            assert all(map(check_half, range(4)))
        """,
    "subtests of pytest": """
        import work

        def test_it(subtests):
            for number in (1, 3):
                with subtests.test(number=number):
                    assert work.half(number) == number / 2
        """,
    "a folder of its own": """
        import work

        def test_it(tmp_path, request):
            (tmp_path / "number.txt").write_text(str(work.half(3)))
            assert (tmp_path / "number.txt").read_text() == "1.5"
            assert request.node.name == "test_it"
        """,
}
