"""A container that a test and the student's code both hold is one container; hostile talk of it ends the test."""

import os
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import msgpack
import pytest

from grader.judge.exceptions import CandidateEnded
from grader.wire import values
from grader.wire.holding import MOST_ITEMS, MOST_KEPT
from grader.wire.kinds import VIEW
from tests.grader.judge.remote.verdicts import Row, judged, plain
from tests.grader.judge.test_connection import candidate, frame, read_request

STACK = """
class Stack:
    default = []
    def __init__(self, items):
        self.items = {held}
    def push(self, x): self.items.append(x)
    def size(self): return len(self.items)
    def mine(self): return {given}
"""
ROWS = {
    "sorted in place": Row(
        "def f(xs):\n    xs.sort()",
        "def f(xs):\n    return sorted(xs)",
        "def test():\n    xs = [3, 1, 2]\n    assert work.f(xs) is None\n    assert xs == [1, 2, 3]",
    ),
    "an argument is left alone": Row(
        "def f(xs): return sorted(xs)",
        "def f(xs):\n    xs.sort()\n    return xs",
        "def test():\n    xs = [3, 1, 2]\n    assert work.f(xs) == [1, 2, 3]\n    assert xs == [3, 1, 2]",
    ),
    "a new list": Row(
        "def f(xs): return list(xs)",
        "def f(xs): return xs",
        "def test():\n    xs = [1]\n    ys = work.f(xs)\n    assert ys == xs and ys is not xs",
    ),
    "the same list": Row(
        "def f(xs):\n    xs.append(1)\n    return xs",
        "def f(xs): return xs + [1]",
        "def test():\n    xs = []\n    assert work.f(xs) is xs\n    assert xs == [1]",
    ),
    "an accumulator": Row(
        "def f(x, seen):\n    seen[x] = seen.get(x, 0) + 1",
        "def f(x, seen):\n    seen = dict(seen, x=1)",
        "def test():\n    seen = {}\n    for x in 'abca': work.f(x, seen)\n    assert seen == {'a': 2, 'b': 1, 'c': 1}",
    ),
    "a set": Row(
        "def f(s): s.discard(2)",
        "def f(s): return s - {2}",
        "def test():\n    s = {1, 2}\n    work.f(s)\n    assert s == {1}",
    ),
    "nested rows": Row(
        "def f(g):\n    g[0], g[1] = g[1], g[0]\n    g[0][0] = 9",
        "def f(g):\n    g[0], g[1] = list(g[1]), list(g[0])\n    g[0][0] = 9",
        "def test():\n    a, b = [1], [2]\n    g = [a, b]\n    work.f(g)\n    assert g[0] is b and g[1] is a and b == [9]",
    ),
    "rows that are one row": Row(
        "def f(g):\n    g[0][0] = 1\n    return g[1][0]",
        "def f(g):\n    g[0] = [1]\n    return g[1][0]",
        "def test():\n    g = [[0]] * 2\n    assert work.f(g) == 1\n    assert g == [[1], [1]]",
    ),
    "one list twice": Row(
        "def f(a, b): return a is b",
        "def f(a, b): return list(a) is b",
        "def test():\n    a = []\n    assert work.f(a, a)\n    assert not work.f([], [])",
    ),
    "a list in itself": Row(
        "def f(a): return a[0] is a",
        "def f(a): return a[0] == 0",
        "def test():\n    a = []\n    a.append(a)\n    assert work.f(a)",
    ),
    "a keyword": Row(
        "def f(*, out): out.append(1)",
        "def f(*, out): return out + [1]",
        "def test():\n    xs = []\n    work.f(out=xs)\n    assert xs == [1]",
    ),
    "keywords of its own": Row(
        "def f(**options):\n    options['a'] = 2\n    return options",
        "def f(**options): return {}",
        "def test():\n    mine = {'a': 1}\n    assert work.f(**mine) == {'a': 2}\n    assert mine == {'a': 1}",
    ),
    "changed before an error": Row(
        "def f(xs):\n    xs.clear()\n    raise ValueError",
        "def f(xs):\n    raise ValueError",
        "def test():\n    xs = [1]\n    with pytest.raises(ValueError): work.f(xs)\n    assert xs == []",
    ),
    "a method's argument": Row(
        "class C:\n    def f(self, xs): xs.reverse()",
        "class C:\n    def f(self, xs): xs[::-1]",
        "def test():\n    xs = [1, 2]\n    work.C().f(xs)\n    assert xs == [2, 1]",
    ),
    "an operator's": Row(
        "class C:\n    def __iadd__(self, xs):\n        xs.append(1)\n        return self",
        "class C:\n    def __iadd__(self, xs): return self",
        "def test():\n    xs = []\n    c = work.C()\n    c += xs\n    assert xs == [1]",
    ),
    "it keeps a copy": Row(
        STACK.format(held="list(items)", given="list(self.items)"),
        STACK.format(held="items", given="list(self.items)"),
        "def test():\n    xs = [1]\n    s = work.Stack(xs)\n    xs.append(2)\n    assert s.size() == 1",
    ),
    "it keeps the very list": Row(
        STACK.format(held="items", given="self.items"),
        STACK.format(held="list(items)", given="self.items"),
        """
        def test():
            xs = [1]
            s = work.Stack(xs)
            s.push(2)
            assert xs == [1, 2]
            xs += [3]
            assert s.size() == 3 and s.mine() is xs
        """,
    ),
    "it does not leak its list": Row(
        STACK.format(held="list(items)", given="list(self.items)"),
        STACK.format(held="list(items)", given="self.items"),
        "def test():\n    s = work.Stack([1])\n    s.mine().append(2)\n    assert s.size() == 1",
    ),
    "a list that is its own": Row(
        STACK.format(held="items", given="0"),
        STACK.format(held="tuple(items)", given="0"),
        """
        def test():
            s = work.Stack([])
            s.items.append(3)
            assert s.size() == 1 and s.items == [3] and s.items is s.items
            got = s.items
            s.push(4)
            assert got == [3, 4]
        """,
    ),
    "a result of the test's own": Row(
        "def f(): return [3, 1, 2]",
        "def f(): return [3, 1]",
        "def test():\n    got = work.f()\n    got.sort()\n    assert got == [1, 2, 3]",
    ),
    "a default that is shared": Row(
        "def f(x, into=None):\n    into = [] if into is None else into\n    into.append(x)\n    return into",
        "def f(x, into=[]):\n    into.append(x)\n    return into",
        "def test():\n    a = work.f(1)\n    b = work.f(2)\n    assert a == [1] and b == [2]",
    ),
    "a table of the module": Row(
        "TABLE = {}\ndef f(x): return TABLE[x]",
        "TABLE = {}\ndef f(x): return 0",
        "from work import TABLE, f\ndef test():\n    TABLE['a'] = 5\n    work.TABLE['b'] = 6\n    assert f('a') + f('b') == 11",
    ),
    "a generator's list": Row(
        "def f():\n    for x in range(3): yield [x]",
        "def f():\n    out = []\n    for x in range(3):\n        out.append(x)\n        yield out",
        "def test():\n    assert list(work.f()) == [[0], [1], [2]]",
    ),
    "an array": Row(
        "def f(a): a *= 2",
        "def f(a): a = a * 2",
        "import numpy as np\ndef test():\n    a = np.arange(3.0)\n    work.f(a)\n    assert a.tolist() == [0, 2, 4]",
    ),
    "an attribute that is set": Row(
        "class C:\n    def go(self): self.xs.append(1)",
        "class C:\n    def go(self): self.xs = self.xs + [1]",
        "def test():\n    xs = []\n    c = work.C()\n    c.xs = xs\n    c.go()\n    assert xs == [1] and c.xs is xs",
    ),
    "objects put into it": Row(
        "class C: pass\ndef f(xs):\n    xs.append(C())\n    return xs[0]",
        "class C: pass\ndef f(xs):\n    xs.append(C())\n    return C()",
        "def test():\n    xs = []\n    assert work.f(xs) is xs[0]\n    assert isinstance(xs[0], work.C)",
    ),
    "exceptions, their classes and texts put into it": Row(
        "class No(ValueError): pass\nclass Name(str): pass\ndef f(xs): xs += [No('no'), No, Name('a')]",
        "class No(ValueError): pass\nclass Name(str): pass\ndef f(xs): xs += [No('na'), No, Name('a')]",
        """
        def test():
            xs = []
            work.f(xs)
            with pytest.raises(xs[1], match="no"): raise xs[0]
            assert xs[2] == "a" and isinstance(xs[2], work.Name)
        """,
    ),
    "what the test puts in later": Row(
        "kept = []\ndef f(xs): kept.append(xs)\ndef g(): return kept[0][0](kept[0][1].a, kept[0][2]([str(kept[0][3])]))",
        "kept = []\ndef f(xs): kept.append(list(xs))\ndef g(): return kept[0][0](kept[0][1].a, kept[0][2]([str(kept[0][3])]))",
        """
        class Mine: a = 5
        def test():
            xs = [1]
            work.f(xs)
            xs[:] = [lambda *got: got, Mine(), len, ValueError("x")]
            assert work.g() == (5, 1)
            xs[2] = max
            assert work.g() == (5, "x")
        """,
    ),
    "a list made inside": Row(
        "def f(rows): rows.append([0])\ndef g(rows): rows[0].append(1)",
        "def f(rows): rows.append([0])\ndef g(rows): rows[0] = [0, 1]",
        """
        def test():
            rows = []
            work.f(rows)
            inner = rows[0]
            inner.append(5)
            work.g(rows)
            assert rows[0] == [0, 5, 1]
            assert rows == [[0, 5, 1]]
        """,
    ),
    "ordinary memory": Row(
        """
        def fib(n, memo):
            if n not in memo:
                memo[n] = n if n < 2 else fib(n-1, memo) + fib(n-2, memo)
            return memo[n]
        """,
        "def fib(n, memo): return n if n < 2 else fib(n-1, memo) + fib(n-2, memo)",
        "def test():\n    memo = {}\n    assert work.fib(20, memo) == 6765\n    assert len(memo) == 21 and memo[10] == 55",
    ),
    "an OrderedDict": Row(
        "def f(d): d.pop('a')",
        "def f(d): d = {}",
        """
        from collections import OrderedDict
        def test():
            d = OrderedDict(a=1, b=2)
            work.f(d)
            assert d == OrderedDict(b=2)
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


def reply(call_id: object, value: object, changes: object, kept: object) -> bytes:
    return frame(msgpack.packb([values.LIST, call_id, 0, value, changes, kept]))


def part(*place: Any, root: Any = None) -> Any:
    """Return the node of a part of an array of four numbers, which both sides hold."""
    whole = [values.SHARED, 1, [values.ARRAY, "<f8", [4], bytes(32), "w"]] if root is None else root
    return [values.SHARED, 3, [VIEW, whole, *place]]


#: Places in four numbers of eight bytes that are none: offset, shape, steps, whether it may be written to.
OUTSIDE: dict[str, Any] = {
    "behind its end": (8, [4], [8], True),
    "before its beginning": (0, [2], [-8], True),
    "by its steps": (0, [2, 2], [24, 16], True),
    "larger than it": (0, [5], [0], True),
    "of no size": (0, [0], [8], True),
    "between its elements": (4, [2], [8], True),
    "in steps between them": (0, [2], [4], True),
    "with a step too few": (0, [2, 2], [8], True),
    "of numbers that are none": (0, [2.0], [8], True),
    "of truth values": (0, [True], [8], True),
    "with a mark that is none": (0, [2], [8], 1),
    "without a mark": (0, [2], [8]),
    "of too many axes": (0, [1] * 40, [8] * 40, True),
    "far away": (2**62, [1], [8], True),
}
CHANGE = [values.LIST, [values.LIST, 0, [values.LIST, 9]]]
NONE, KEPT = [values.LIST], [values.LIST, 0]
HOSTILE: dict[str, Any] = {
    "a container never passed": lambda i: reply(i, None, [values.LIST, [values.LIST, 8, [values.LIST]]], NONE),
    "another kind": lambda i: reply(i, None, [values.LIST, [values.LIST, 0, [values.SET, 1]]], NONE),
    "no kind": lambda i: reply(i, None, [values.LIST, [values.LIST, 0, 5]], NONE),
    "changes that are none": lambda i: reply(i, None, 5, NONE),
    "a change of three parts": lambda i: reply(i, None, [values.LIST, [values.LIST, 0, 1, 2]], NONE),
    "kept by name": lambda i: reply(i, None, NONE, [values.LIST, "0"]),
    "kept too many times": lambda i: reply(i, None, NONE, [values.LIST, *[0] * (MOST_KEPT + 1)]),
    "an alias of nothing": lambda i: reply(i, [values.SHARED, 4], NONE, NONE),
    "a new one under the judge's index": lambda i: reply(i, [values.SHARED, 2, [values.LIST]], NONE, NONE),
    "a new one under a used index": lambda i: reply(i, [values.SHARED, 0, [values.LIST]], NONE, NONE),
    "a new one that is a number": lambda i: reply(i, [values.SHARED, 1, 5], NONE, NONE),
    "a new one that is a tuple of what can change": lambda i: reply(
        i, [values.SHARED, 1, [values.TUPLE, [values.LIST]]], NONE, NONE
    ),
    "a tuple that was never sent": lambda i: reply(i, [values.SHARED, 1], NONE, NONE),
    "more at the end of a list that is none": lambda i: reply(
        i, None, [values.LIST, [values.LIST, 0, [values.SET, 1], True]], NONE
    ),
    **{
        f"a part of an array that lies {where}": lambda i, place=place: reply(i, part(*place), NONE, NONE)
        for where, place in OUTSIDE.items()
    },
    "a part of a list": lambda i: reply(i, part(0, [1], [8], True, root=[values.SHARED, 0]), NONE, NONE),
    "a part of what is not shared": lambda i: reply(
        i, part(0, [1], [8], True, root=[values.ARRAY, "<f8", [4], bytes(32)]), NONE, NONE
    ),
    "an array in an order that is none": lambda i: reply(i, [values.ARRAY, "<f8", [4], bytes(32), "x"], NONE, NONE),
    "half of it": lambda i: frame(msgpack.packb([values.LIST, i, 0, None, NONE])),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_talk_of_shared_containers_ends_the_test(case: str) -> None:
    def script(channel: socket.socket, _output: int) -> None:
        channel.sendall(HOSTILE[case](read_request(channel)[0]))
        channel.recv(1)

    mine = [1, 2]
    with candidate(script) as connection, pytest.raises(CandidateEnded, match="no answer"):
        connection.request("len", mine)
    assert mine == [1, 2]


def test_a_container_is_changed_only_while_it_is_passed_or_held() -> None:
    def script(channel: socket.socket, _output: int) -> None:
        channel.sendall(reply(read_request(channel)[0], None, CHANGE, NONE))
        channel.sendall(reply(read_request(channel)[0], None, CHANGE, NONE))
        channel.recv(1)

    mine, other = [1, 2], [1]
    with candidate(script) as connection:
        connection.request("len", mine)
        assert mine == [9]
        mine[:] = [1, 2]
        with pytest.raises(CandidateEnded, match="not shared"):
            connection.request("len", other)
    assert (mine, other) == ([1, 2], [1])


def test_what_is_of_no_concern_to_anybody_is_not_kept(tmp_path: Path) -> None:
    from grader.judge import remote
    from tests.grader.judge.local_candidate import local_candidate

    (tmp_path / "work.py").write_text("kept = []\ndef f(xs): return [xs, [1]]\ndef g(xs): kept.append(xs)\n")
    with local_candidate(tmp_path, "work") as connection:
        assert connection.sharing is not None
        f, g = remote.RemoteName("work", "f"), remote.RemoteName("work", "g")
        for _ in range(3):
            f([1, [2]])
        assert connection.sharing.held == {}
        g([1, [2]])
        assert Counter(map(type, connection.sharing.held.values())) == {list: 2}
        g(list(range(MOST_ITEMS + 1)))  # too long to be looked at with every request
        assert Counter(map(type, connection.sharing.held.values())) == {list: 2}


def test_where_arguments_are_copies_nothing_comes_back(tmp_path: Path) -> None:
    from grader.judge import remote
    from tests.grader.judge.local_candidate import local_candidate

    (tmp_path / "work.py").write_text("kept = []\ndef f(xs):\n    xs.append(1)\n    kept.append(xs)\n    return xs\n")
    with local_candidate(tmp_path, "work") as connection:
        connection.sharing = None
        connection.request("begin", 5, False)
        mine: list[int] = []
        returned = remote.RemoteName("work", "f")(mine)
        assert (returned, mine) == ([1], [])
        assert returned is not mine


def test_a_shared_container_where_nothing_is_shared_is_no_answer() -> None:
    def script(channel: socket.socket, _output: int) -> None:
        call_id = read_request(channel)[0]
        channel.sendall(frame(msgpack.packb([values.LIST, call_id, 0, [values.SHARED, 1, [values.LIST]]])))
        channel.recv(1)

    with candidate(script) as connection:
        connection.sharing = None
        with pytest.raises(CandidateEnded, match="nothing is shared"):
            connection.request("len", os.devnull)
