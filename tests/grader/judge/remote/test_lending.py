"""What a test hands to the student's code to be called works as in one process; nothing else of the judge can be reached by it."""

import socket
from pathlib import Path
from typing import Any

import msgpack
import pytest

from grader.judge import remote
from grader.judge.connection import MOST_ASKS
from grader.judge.exceptions import CandidateEnded
from grader.verdict import Verdict
from grader.wire import values
from tests.grader.judge.local_candidate import local_candidate
from tests.grader.judge.remote.verdicts import Row, judged, plain, remote_work
from tests.grader.judge.test_connection import candidate, frame, read_request

MAP = "def f(g, xs): return [g(x) for x in xs]"
NO_MAP = "def f(g, xs): return list(xs)"
ROWS = {
    "a lambda": Row(MAP, NO_MAP, "def test():\n    assert work.f(lambda x: x * 2, [1, 2]) == [2, 4]"),
    "a built-in": Row(MAP, NO_MAP, "def test():\n    assert work.f(str, [1]) == ['1'] and work.f(len, ['ab']) == [2]"),
    "a method of a built-in class": Row(MAP, NO_MAP, "def test():\n    assert work.f(str.upper, ['a']) == ['A']"),
    "a function of the library": Row(
        MAP, NO_MAP, "import math\ndef test():\n    assert work.f(math.factorial, [4]) == [24]"
    ),
    "an operator": Row(
        "import functools\ndef f(g, xs): return functools.reduce(g, xs)",
        "def f(g, xs): return 0",
        "import operator\ndef test():\n    assert work.f(operator.mul, [2, 3, 4]) == 24",
    ),
    "a function of NumPy": Row(
        MAP,
        NO_MAP,
        "import numpy as np\ndef test():\n    assert work.f(np.sqrt, [4.0]) == [2.0] and work.f(np.sum, [[1, 2]]) == [3]",
    ),
    "a class of the library": Row(
        MAP, NO_MAP, "from fractions import Fraction\ndef test():\n    assert str(work.f(Fraction, [0.5])[0]) == '1/2'"
    ),
    "a nested function with state": Row(
        MAP,
        "def f(g, xs):\n    for x in xs: g(x); g(x)",
        """
        def test():
            calls = []
            def g(x):
                calls.append(x)
                return len(calls)
            work.f(g, "abc")
            assert calls == list("abc")
        """,
    ),
    "a bound method": Row(
        "def f(g): g(1); g(2)",
        "def f(g): g(2)",
        "def test():\n    out = []\n    work.f(out.append)\n    assert out == [1, 2]",
    ),
    "keywords": Row(
        "def f(g): return g(1, b=2)",
        "def f(g): return g(2, b=1)",
        "def test():\n    assert work.f(lambda a, b: (a, b)) == (1, 2)",
    ),
    "an error of the test's": Row(
        """
        def f(g):
            try:
                g()
            except ValueError as e:
                return str(e)
        """,
        "def f(g): g()",
        """
        def test():
            def g(): raise ValueError("no")
            assert work.f(g) == "no"
        """,
    ),
    "an error that goes through": Row(
        "def f(g):\n    try:\n        g()\n    finally:\n        pass",
        "def f(g):\n    try:\n        g()\n    except Exception:\n        pass",
        """
        class Own(Exception): pass
        def test():
            own = Own("a")
            def g(): raise own
            with pytest.raises(Own) as e:
                work.f(g)
            assert e.value is own
        """,
    ),
    "an error of the student's through it": Row(
        "class E(Exception): pass\ndef f(g):\n    try: g()\n    except E: return 'mine'\ndef h(): raise E",
        "class E(Exception): pass\ndef f(g): g()\ndef h(): raise E",
        "def test():\n    assert work.f(lambda: work.h()) == 'mine'",
    ),
    "objects of the student's in it": Row(
        "class P:\n    def __init__(self, age): self.age = age\ndef f(ps, key): return sorted(ps, key=key)",
        "class P:\n    def __init__(self, age): self.age = age\ndef f(ps, key): return ps",
        """
        def test():
            ps = [work.P(3), work.P(1)]
            assert [p.age for p in work.f(ps, lambda p: p.age)] == [1, 3]
            assert work.f(ps, lambda p: p.age)[0] is ps[1]
        """,
    ),
    "it calls back again": Row(
        "def f(n, g): return 1 if n == 0 else n * g(n - 1)",
        "def f(n, g): return n",
        "def test():\n    def g(n): return work.f(n, g)\n    assert g(5) == 120",
    ),
    "a decorator": Row(
        """
        import functools
        def memo(f):
            known = {}
            @functools.wraps(f)
            def inner(*args):
                if args not in known: known[args] = f(*args)
                return known[args]
            return inner
        """,
        "def memo(f): return f",
        """
        def test():
            calls = []
            @work.memo
            def slow(x):
                "Slow."
                calls.append(x)
                return x + 1
            assert [slow(1), slow(1), slow(2)] == [2, 2, 3]
            assert calls == [1, 2] and slow.__name__ == "slow"
        """,
    ),
    "the same function comes back": Row(
        "def f(g): return g",
        "def f(g): return lambda: g()",
        "def test():\n    g = lambda: 1\n    assert work.f(g) is g",
    ),
    "its parameters": Row(
        "import inspect\ndef f(g): return list(inspect.signature(g).parameters)",
        "import inspect\ndef f(g): return len(inspect.signature(g).parameters)",
        "def test():\n    assert work.f(lambda a, b=2, *c: 0) == ['a', 'b', 'c']",
    ),
    "a generator": Row(
        "def f(xs): return sum(xs)",
        "def f(xs): return 0",
        "def test():\n    assert work.f(x * x for x in range(5)) == 30",
    ),
    "a generator that has no end": Row(
        "import itertools\ndef f(xs, n): return list(itertools.islice(xs, n))",
        "def f(xs, n): return [next(xs)] * n",
        """
        import itertools
        def test():
            xs = itertools.count(3)
            assert work.f(xs, 3) == [3, 4, 5]
            assert next(xs) == 6
        """,
    ),
    "an iterator": Row(
        "def f(xs): return next(xs)",
        "def f(xs): return list(xs)[0]",
        "def test():\n    xs = iter([1, 2])\n    assert work.f(xs) == 1\n    assert next(xs) == 2",
    ),
    "a file": Row(
        "def f(out): print('a', 1, file=out)",
        "def f(out): print('a', 1)",
        "import io\ndef test():\n    out = io.StringIO()\n    work.f(out)\n    assert out.getvalue() == 'a 1\\n'",
    ),
    "a file that is read": Row(
        "def f(lines): return [line.strip() for line in lines]",
        "def f(lines): return lines.read()",
        "import io\ndef test():\n    assert work.f(io.StringIO('a\\nb\\n')) == ['a', 'b']",
    ),
    "a mock": Row(
        "def f(m): return m.get('a', b=1)",
        "def f(m): return m.get('b', b=1)",
        """
        from unittest import mock
        def test():
            m = mock.Mock()
            m.get.return_value = 7
            assert work.f(m) == 7
            m.get.assert_called_once_with("a", b=1)
        """,
    ),
    "an object of the test's": Row(
        "def f(a, x):\n    a.deposit(x)\n    a.owner = 'me'\n    return a.balance + len(a)",
        "def f(a, x): return 6",
        """
        class Account:
            def __init__(self): self.balance = 0
            def deposit(self, x): self.balance += x
            def __len__(self): return 3
        def test():
            a = Account()
            assert work.f(a, 2) == 5
            assert a.balance == 2 and a.owner == "me"
        """,
    ),
    "an object that is kept": Row(
        "class S(list):\n    def push(self, x): self.append(x)\n    def pop(self, at=-1): return list.pop(self, at)",
        "class S(list):\n    def push(self, x): self.append(x)\n    def pop(self, at=0): return list.pop(self, at)",
        """
        class Thing: pass
        def test():
            s, a, b = work.S(), Thing(), Thing()
            s.push(a)
            s.push(b)
            assert s.pop() is b and s.pop() is a
        """,
    ),
    "a with statement of the student's": Row(
        "def f(cm):\n    with cm as x: return x",
        "def f(cm): return 3",
        """
        import contextlib
        def test():
            seen = []
            @contextlib.contextmanager
            def cm():
                seen.append("in")
                yield 3
                seen.append("out")
            assert work.f(cm()) == 3 and seen == ["in", "out"]
        """,
    ),
    "an order of the test's": Row(
        "def f(xs): return max(xs)",
        "def f(xs): return xs[0]",
        """
        import functools
        @functools.total_ordering
        class Card:
            def __init__(self, n): self.n = n
            def __eq__(self, other): return self.n == other.n
            def __lt__(self, other): return self.n < other.n
        def test():
            cards = [Card(2), Card(9), Card(4)]
            assert work.f(cards) is cards[1]
        """,
    ),
    "a list of the test's changed in it": Row(
        "def f(xs, g):\n    g()\n    return len(xs)",
        "def f(xs, g):\n    n = len(xs)\n    g()\n    return n",
        "def test():\n    xs = []\n    assert work.f(xs, lambda: xs.append(1)) == 1",
    ),
    "a list of the student's changed in it": Row(
        "def f(g):\n    xs = [3]\n    g(xs)\n    return xs",
        "def f(g):\n    xs = [3]\n    g(list(xs))\n    return xs",
        "def test():\n    assert work.f(lambda xs: xs.append(1)) == [3, 1]",
    ),
    "a function in the module's place": Row(
        "def helper(): return 1\ndef f(): return helper()",
        "def helper(): return 1\ndef f(): return 1",
        """
        def test(monkeypatch=pytest.MonkeyPatch()):
            with monkeypatch.context() as m:
                m.setattr(work, "helper", lambda: 5)
                assert work.f() == 5
            assert work.f() == 1
        """,
    ),
    "a method in an object's place": Row(
        "class C:\n    def ask(self): return 1\n    def f(self): return self.ask()",
        "class C:\n    def ask(self): return 1\n    def f(self): return 1",
        "def test():\n    c = work.C()\n    c.ask = lambda: 5\n    assert c.f() == 5",
    ),
    "in threads": Row(
        """
        import threading
        def f(g, xs):
            ts = [threading.Thread(target=g, args=(x,)) for x in xs]
            for t in ts: t.start()
            for t in ts: t.join()
        """,
        "def f(g, xs): pass",
        "def test():\n    seen = []\n    work.f(seen.append, [1, 2, 3])\n    assert sorted(seen) == [1, 2, 3]",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        assert judged(tmp_path, student, row.test).partition(":")[0] == verdict


REACHING = """
SECRET = 12345
class Own:
    _hidden = SECRET
    def seen(self): return 1
def expected(): return SECRET
def test():
    assert work.f(expected, Own(), Own().seen, (x for x in [SECRET])) == []
"""


@pytest.mark.medium
def test_nothing_that_hangs_on_what_is_lent_can_be_reached(tmp_path: Path) -> None:
    student = """
    NAMES = ("__globals__", "__closure__", "__code__", "__self__", "__func__", "__wrapped__", "__defaults__", "gi_frame", "gi_code",
             "_hidden", "__reduce__", "__getattribute__", "__init__", "__subclasses__", "__getstate__")
    def f(*things):
        found = []
        for thing in things:
            for name in NAMES:
                for ask in (getattr(thing, "_assay_use", None), thing.__dict__.get("_assay_use")):
                    if ask is not None:
                        try:
                            found.append(ask("getattr", (name,), {}))
                        except AttributeError:
                            pass
            for at in vars(thing).values():
                if "12345" in repr(at): found.append(at)
        for thing in things[:1]:
            import gc
            for each in gc.get_objects():
                if type(each) is int and each == 12345: found.append(each)
        return found
    """
    assert judged(tmp_path, student, REACHING) == "passed"


def asked(*parts: Any) -> Any:
    """Answer every request by asking for something, whatever comes."""

    def script(channel: socket.socket, _output: int) -> None:
        while True:
            call_id = read_request(channel)[0]
            channel.sendall(frame(msgpack.packb([values.LIST, call_id, 3, *parts])))

    return script


EMPTY, NO_ARGUMENTS = [values.LIST], [values.TUPLE]
HOSTILE = {
    "a thing never lent": asked(7, "()", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "a thing by name": asked("f", "()", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "arguments that are none": asked(0, "()", 5, NO_ARGUMENTS, EMPTY),
    "changes that are none": asked(0, "()", NO_ARGUMENTS, NO_ARGUMENTS, 5),
    "too few parts": asked(0, "()", NO_ARGUMENTS),
    "a special method of a function": asked(0, "__get__", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "its globals": asked(0, "__globals__", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "its attribute": asked(0, "getattr", [values.TUPLE, "__globals__"], NO_ARGUMENTS, EMPTY),
    "its class": asked(1, "__class__", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "a method that its class has not": asked(1, "__len__", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY),
    "an attribute of two names": asked(1, "getattr", [values.TUPLE, "a", "b"], NO_ARGUMENTS, EMPTY),
}


class Own:
    secret = 1


@pytest.mark.parametrize("case", HOSTILE)
def test_what_no_honest_candidate_asks_ends_the_test(case: str) -> None:
    with candidate(HOSTILE[case]) as connection, pytest.raises(CandidateEnded, match="no answer"):
        connection.request("f", lambda: 1, Own())


def test_where_nothing_is_lent_nothing_can_be_asked_for() -> None:
    script = asked(0, "()", NO_ARGUMENTS, NO_ARGUMENTS, EMPTY)
    with candidate(script) as connection, pytest.raises(CandidateEnded, match="nothing was lent"):
        connection.request("f", 1)


def test_calls_without_end_have_one(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def f(g):\n    return g()\ndef h(g):\n    while True: g()\n")
    with remote_work(), local_candidate(tmp_path, "work") as connection:
        f = remote.RemoteName("work", "f")

        def g() -> Any:
            return f(g)

        with pytest.raises(CandidateEnded, match="too often") as ended:
            g()
        assert ended.value.verdict is Verdict.OUTPUT_EXCEEDED
        assert connection.ended is not None
    with remote_work(), local_candidate(tmp_path, "work") as connection:
        connection.left_asks = 100
        with pytest.raises(CandidateEnded, match="too often"):
            remote.RemoteName("work", "h")(lambda: None)
    assert MOST_ASKS >= 10_000


@pytest.mark.parametrize("thing", ["pytest", "Own"])
def test_what_is_not_lent_is_the_suites_fault(thing: str, tmp_path: Path) -> None:
    test = f"class Own: pass\ndef test():\n    with pytest.raises(Exception):\n        work.f({thing})"
    assert "mark the code that needs it @in_candidate" in judged(tmp_path, "def f(x): raise ValueError", test)


def test_a_call_back_that_cannot_be_sent_leaves_the_next_ones_right(tmp_path: Path) -> None:
    student = """
    class V: a = 1
    def f(g):
        try:
            g(V(), range(2**40))
        except Exception:
            g(V())
    """
    assert (
        judged(tmp_path, student, "def test():\n    got = []\n    work.f(got.append)\n    assert got[0].a == 1")
        == "passed"
    )


def test_a_failure_in_a_lent_function_is_told_without_what_was_expected(tmp_path: Path) -> None:
    student = "def f(g):\n    try:\n        g(1)\n    except AssertionError as e:\n        return str(e), e.args"
    test = "def test():\n    def g(x): assert x == 98765, 'expected 98765'\n    assert work.f(g) == ('', ())"
    assert judged(tmp_path, student, test) == "passed"
