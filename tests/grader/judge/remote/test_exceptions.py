"""What the student's code raised is what it is in one process: class, arguments, attributes, cause, notes, and who may catch it."""

from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain

OWN = """
class MyError(Exception):
    def __init__(self, balance, amount):
        super().__init__(f"{amount} is more than {balance}")
        self.balance = balance
    @property
    def twice(self):
        return 2 * self.balance
class Narrow(MyError):
    pass
class Mixed(KeyError, ValueError):
    pass
def run():
"""
ROWS = {
    "the very class": Row(
        "def f(): raise ValueError('no', 3)",
        "def f(): raise KeyError('no', 3)",
        """
        def test():
            with pytest.raises(ValueError) as e:
                work.f()
            assert type(e.value) is ValueError
            assert e.value.args == ("no", 3)
        """,
    ),
    "not a subclass of it": Row(
        "def f(): raise LookupError('x')",
        "def f(): raise IndexError('x')",
        """
        def test():
            try:
                work.f()
            except Exception as e:
                assert type(e) == LookupError and repr(e) == "LookupError('x')"
            else:
                assert False
        """,
    ),
    "text of a KeyError": Row(
        "def f(): raise KeyError('a')",
        "def f(): raise KeyError('b')",
        """
        def test():
            with pytest.raises(KeyError, match="^'a'$"):
                work.f()
        """,
    ),
    "errno": Row(
        "def f(): open('/nothing/there')",
        "def f(): raise OSError(5, 'io')",
        """
        def test():
            with pytest.raises(FileNotFoundError) as e:
                work.f()
            assert type(e.value) is FileNotFoundError
            assert e.value.errno == 2 and e.value.filename == '/nothing/there'
        """,
    ),
    "SystemExit's code": Row(
        "import sys\ndef f(): sys.exit(3)",
        "import sys\ndef f(): sys.exit(1)",
        """
        def test():
            with pytest.raises(SystemExit) as e:
                work.f()
            assert e.value.code == 3
        """,
    ),
    "SystemExit is no Exception": Row(
        "def f(): raise Exception",
        "def f(): raise SystemExit",
        """
        def test():
            try:
                work.f()
            except Exception:
                return
        """,
    ),
    "StopIteration's value": Row(
        "def f():\n    yield 1\n    return 7",
        "def f():\n    yield 1\n    return 8",
        """
        def test():
            g = work.f()
            assert next(g) == 1
            with pytest.raises(StopIteration) as e:
                next(g)
            assert e.value.value == 7
        """,
    ),
    "KeyboardInterrupt": Row(
        "def f(): raise KeyboardInterrupt",
        "def f(): pass",
        """
        def test():
            with pytest.raises(KeyboardInterrupt):
                work.f()
        """,
    ),
    "a cause": Row(
        "def f():\n    try:\n        {}['a']\n    except KeyError as e:\n        raise ValueError('b') from e",
        "def f():\n    try:\n        {}['a']\n    except KeyError as e:\n        raise ValueError('b') from None",
        """
        def test():
            with pytest.raises(ValueError) as e:
                work.f()
            assert type(e.value.__cause__) is KeyError and e.value.__cause__.args == ('a',)
            assert e.value.__suppress_context__
        """,
    ),
    "a context": Row(
        "def f():\n    try:\n        1 / 0\n    finally:\n        raise ValueError('b')",
        "def f():\n    raise ValueError('b')",
        """
        def test():
            with pytest.raises(ValueError) as e:
                work.f()
            assert isinstance(e.value.__context__, ZeroDivisionError) and e.value.__cause__ is None
        """,
    ),
    "notes": Row(
        "def f():\n    e = ValueError('b')\n    e.add_note('see page 3')\n    raise e",
        "def f():\n    raise ValueError('b')",
        """
        def test():
            with pytest.raises(ValueError) as e:
                work.f()
            assert e.value.__notes__ == ['see page 3']
        """,
    ),
    "attributes set on a built-in": Row(
        "def f():\n    e = ValueError('b')\n    e.where = [1, 2]\n    raise e",
        "def f():\n    e = ValueError('b')\n    e.where = [1]\n    raise e",
        """
        def test():
            with pytest.raises(ValueError) as e:
                work.f()
            assert e.value.where == [1, 2]
        """,
    ),
    "a class of the student's": Row(
        OWN + "    raise MyError(3, 4)",
        OWN + "    raise ValueError",
        """
        from work import MyError
        def test():
            with pytest.raises(MyError, match="^4 is more than 3$") as e:
                work.run()
            assert e.value.balance == 3 and e.value.twice == 6
            assert type(e.value) is MyError and isinstance(e.value, work.MyError)
            assert MyError.__name__ == "MyError" and issubclass(MyError, Exception)
        """,
    ),
    "except with a class of the student's": Row(
        OWN + "    raise Narrow(3, 4)",
        OWN + "    raise KeyError",
        """
        from work import MyError, Narrow
        def test():
            try:
                work.run()
            except MyError as e:
                assert isinstance(e, Narrow) and e.args == ("4 is more than 3",)
            else:
                assert False
        """,
    ),
    "a base is not its subclass": Row(
        OWN + "    raise Narrow(3, 4)",
        OWN + "    raise MyError(3, 4)",
        """
        def test():
            with pytest.raises(work.Narrow):
                work.run()
        """,
    ),
    "two bases": Row(
        OWN + "    raise Mixed('a')",
        OWN + "    raise KeyError('a')",
        """
        def test():
            for kind in (KeyError, ValueError, work.Mixed, LookupError):
                with pytest.raises(kind):
                    work.run()
        """,
    ),
    "assertRaises": Row(
        OWN + "    raise MyError(1, 2)",
        OWN + "    return MyError(1, 2)",
        """
        import unittest
        from work import MyError
        def test():
            case = unittest.TestCase()
            with case.assertRaises(MyError) as c:
                work.run()
            case.assertEqual(str(c.exception), "2 is more than 1")
            case.assertRaises(MyError, work.run)
            case.assertRaisesRegex(MyError, "more", work.run)
        """,
    ),
    "an error that is returned": Row(
        OWN + "    return [MyError(1, 2), ValueError('x')]",
        OWN + "    return [MyError(1, 2), TypeError('x')]",
        """
        def test():
            first, second = work.run()
            assert isinstance(first, work.MyError) and first.balance == 1
            assert type(second) is ValueError
            with pytest.raises(work.MyError):
                raise first
        """,
    ),
    "an error made in the test": Row(
        OWN + "    raise MyError(5, 6)",
        OWN.replace("self.balance = balance", "self.balance = 0") + "    raise MyError(5, 6)",
        """
        def test():
            assert work.MyError(5, 6).balance == 5
            assert str(work.MyError(5, 6)) == "6 is more than 5"
        """,
    ),
    "an error given to the student": Row(
        "def f(e): return isinstance(e, ValueError) and e.args",
        "def f(e): return isinstance(e, KeyError) and e.args",
        """
        def test():
            assert work.f(ValueError("a", 2)) == ("a", 2)
        """,
    ),
    "an error of the library": Row(
        "import json\ndef f(): json.loads('{')",
        "import json\ndef f(): raise ValueError",
        """
        import json
        def test():
            with pytest.raises(json.JSONDecodeError) as e:
                work.f()
            assert type(e.value) is json.JSONDecodeError and e.value.pos == 1 and e.value.lineno == 1
        """,
    ),
    "an assertion of the student's": Row(
        "def f(): assert False, 'odd'",
        "def f(): raise Exception('odd')",
        """
        def test():
            with pytest.raises(AssertionError, match="odd"):
                work.f()
        """,
    ),
    "a group": Row(
        "def f(): raise ExceptionGroup('both', [ValueError('a'), KeyError('b')])",
        "def f(): raise ExceptionGroup('both', [ValueError('a')])",
        """
        def test():
            with pytest.raises(ExceptionGroup) as e:
                work.f()
            assert [type(each) for each in e.value.exceptions] == [ValueError, KeyError]
        """,
    ),
    "a with statement": Row(
        "class f:\n    def __enter__(self): pass\n    def __exit__(self, kind, e, tb): return kind is KeyError and e.args == (1,)",
        "class f:\n    def __enter__(self): pass\n    def __exit__(self, kind, e, tb): return False",
        """
        def test():
            with work.f():
                raise KeyError(1)
        """,
    ),
    "the same error again": Row(
        "e = ValueError('a')\ndef f(): raise e",
        "def f(): raise ValueError('a')",
        """
        def test():
            with pytest.raises(ValueError) as one:
                work.f()
            with pytest.raises(ValueError) as two:
                work.f()
            assert one.value is two.value
        """,
    ),
    "nothing is raised": Row(
        "def f(): raise ValueError",
        "def f(): return ValueError",
        """
        def test():
            with pytest.raises(Exception):
                work.f()
        """,
    ),
}


@pytest.mark.medium
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        assert judged(tmp_path, student, row.test).partition(":")[0] == verdict


HOSTILE = {
    "text that is endless": "class E(Exception):\n    def __str__(self): return 'x' * 10**7\ndef f(): raise E",
    "text that raises": "class E(Exception):\n    def __str__(self): raise SystemExit\ndef f(): raise E",
    "an argument that is itself": "def f():\n    e = ValueError()\n    e.args = (e, [e])\n    raise e",
    "a cause that is itself": "def f():\n    e = ValueError()\n    e.__cause__ = e\n    raise e",
    "a long chain": """
        def f():
            e = ValueError()
            for i in range(1000):
                n = ValueError(i)
                n.__cause__ = e
                n.__context__ = KeyError(i)
                e = n
            raise e
        """,
    "arguments of ten megabytes": "def f(): raise ValueError('x' * 10**7, ['y'] * 10**6)",
    "a class of a hundred bases": """
        kinds = [type(f'K{i}', (Exception,), {}) for i in range(100)]
        def f(): raise type('E', tuple(kinds), {})
        """,
    "a class that is called otherwise": "def f(): raise type('a b; c', (Exception,), {'__module__': 'os'})",
    "a class whose name is endless": "def f(): raise type('a' * 10**6, (Exception,), {})",
    "notes that are none": "def f():\n    e = ValueError()\n    e.__notes__ = [5, object()]\n    raise e",
    "a group of groups": "def f():\n    e = ValueError()\n    for i in range(90): e = ExceptionGroup('g', [e])\n    raise e",
}


@pytest.mark.medium
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_error_is_an_error_all_the_same(case: str, tmp_path: Path) -> None:
    test = """
    def test():
        with pytest.raises(Exception):
            work.f()
        assert work.__name__ == "work"
        with pytest.raises(Exception):
            work.f()
    """
    assert judged(tmp_path, HOSTILE[case], test) == "passed"


def test_what_only_the_suite_can_do_is_not_swallowed_by_raises(tmp_path: Path) -> None:
    test = "def test():\n    with pytest.raises(Exception):\n        work.f(pytest)"
    assert judged(tmp_path, "def f(x): raise ValueError", test).startswith("suite: an object of type module")
