"""Constructs that need a file of their own: what stands around a test, and the marks on it."""

FILES = {
    "match on an object": """
        from work import Account

        def kind(value):
            match value:
                case Account(balance=0):
                    return "empty"
                case Account(balance=amount) if amount > 4:
                    return f"rich {amount}"
                case Account():
                    return "some"
                case int(number) | float(number):
                    return number
                case [Account(), *_] | {"account": Account()}:
                    return "held"
                case _:
                    return None

        def test_it():
            account = Account()
            assert kind(account) == "empty"
            account.deposit(5)
            assert kind(account) == "rich 5"
            assert kind(3) == 3 and kind("a") is None
            assert kind([account]) == kind({"account": account}) == "held"
        """,
    "methods that are awaited": """
        import unittest
        from work import half, later

        class LaterTest(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.value = await later(3)

            async def test_it(self):
                self.assertEqual(self.value, 1.5)

            async def test_again(self):
                self.assertEqual(await later(1), 0.5)

            def test_plain(self):
                self.assertEqual(half(3), 1.5)
        """,
    "a coroutine that is run": """
        import asyncio
        from work import later

        def test_it():
            assert asyncio.run(later(3)) == 1.5

        def test_several():
            async def both():
                return await asyncio.gather(later(1), later(2))

            assert asyncio.run(both()) == [0.5, 1]
        """,
    "caplog": """
        import logging
        import work

        def test_it(caplog):
            with caplog.at_level(logging.INFO):
                work.tell(4)
            assert caplog.messages == ["told 2"] and work.half(3) == 1.5

        def test_level(caplog):
            work.tell(4)
            assert not caplog.records
            caplog.set_level(logging.INFO, logger="work")
            work.tell(6)
            assert caplog.record_tuples == [("work", logging.INFO, "told 3")] and "told 3" in caplog.text and work.half(3) == 1.5
        """,
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
    "pytest.warns": """
        import pytest
        import work

        def test_it():
            with pytest.warns(DeprecationWarning, match="old"):
                work.warn()
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
