"""Values of the library, passed and returned, give the verdict of one process."""

from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain

IMPORTS = """
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from collections import Counter, OrderedDict, deque
from pathlib import Path, PurePosixPath
import array, enum, dataclasses, collections, uuid
"""
#: What a right and a wrong student return for x, and what a test says of it.
SHORT = {
    "a date": ("x + timedelta(days=1)", "x", "work.f(date(2024, 2, 28)) == date(2024, 2, 29)"),
    "a moment": ("x.replace(hour=3)", "x.date()", "work.f(datetime(2024, 1, 1)) == datetime(2024, 1, 1, 3)"),
    "a difference": (
        "x - date(2024, 1, 1)",
        "(x - date(2024, 1, 1)).days",
        "work.f(date(2024, 1, 3)) == timedelta(days=2)",
    ),
    "a decimal number": (
        "x * 3",
        "float(x * 3)",
        "str(work.f(Decimal('0.10'))) == '0.30' and isinstance(work.f(Decimal(1)), Decimal)",
    ),
    "a fraction": ("x / 2", "0.5", "work.f(Fraction(1, 3)) == Fraction(1, 6)"),
    "a complex number": ("x.conjugate()", "x", "work.f(1 + 2j) == 1 - 2j"),
    "a range": ("x[::2]", "list(x[::2])", "work.f(range(10)) == range(0, 10, 2)"),
    "a frozen set": ("x | {3}", "set(x)", "work.f(frozenset({1})) == frozenset({1, 3})"),
    "a counter": ("Counter(x)", "Counter()", "work.f('abca').most_common(1) == [('a', 2)]"),
    "an ordered dictionary": (
        "OrderedDict(sorted(x.items()))",
        "OrderedDict(x)",
        "work.f({'b': 1, 'a': 2}) == OrderedDict(a=2, b=1)",
    ),
    "a deque": ("deque(x, 2)", "list(x)[-2:]", "work.f([1, 2, 3]) == deque([2, 3])"),
    "views": ("x.keys()", "list(x)", "work.f({1: 2}) == {1} and work.f({1: 2}) | {2} == {1, 2}"),
    "views of values": ("x.values()", "x.keys()", "sorted(work.f({1: 2, 3: 4})) == [2, 4]"),
    "a view that is passed": ("sum(x)", "len(x)", "work.f({1: 2, 3: 4}.values()) == 6"),
    "an identifier": ("x.hex", "str(x)", "work.f(uuid.UUID(int=1)) == '0' * 31 + '1'"),
    "a path": ("x.suffix", "x.name", "work.f(PurePosixPath('a/b.txt')) == '.txt'"),
    "a path that is returned": (
        "Path(x).parent",
        "Path(x)",
        "work.f('/a/b') == Path('/a') and work.f('/a/b').name == 'a'",
    ),
    "bytes that change": ("bytearray(x)", "bytes(x)", "type(work.f(b'ab')) is bytearray"),
    "an array of numbers": ("array.array('i', x)", "array.array('i')", "list(work.f([1, 2])) == [1, 2]"),
}
ROWS = {
    case: Row(
        f"{IMPORTS}\ndef f(x): return {right}",
        f"{IMPORTS}\ndef f(x): return {wrong}",
        f"{IMPORTS}\ndef test():\n    assert {said}",
    )
    for case, (right, wrong, said) in SHORT.items()
} | {
    "bytes changed in place": Row(
        "def f(b): b.extend(b'c')",
        "def f(b): b + b'c'",
        "def test():\n    b = bytearray(b'ab')\n    work.f(b)\n    assert b == b'abc'",
    ),
    "a queue changed in place": Row(
        "def f(q): return q.popleft()",
        "def f(q): return q[0]",
        "from collections import deque\ndef test():\n    q = deque([1, 2])\n    assert work.f(q) == 1 and q == deque([2])",
    ),
    "a counter changed in place": Row(
        "def f(c): c['a'] += 1",
        "def f(c): c['a'] = 1",
        "from collections import Counter\ndef test():\n    c = Counter('a')\n    work.f(c)\n    assert c == Counter(a=2)",
    ),
    "a member of the test's enum": Row(
        "def f(c): return {c: c.name.lower()}[c], c",
        "def f(c): return c.value, c",
        """
        import enum
        class C(enum.Enum):
            RED = 1
        def test():
            assert work.f(C.RED) == ("red", C.RED) and work.f(C.RED)[1] is C.RED
        """,
    ),
    "a record of the test's": Row(
        "def f(p): return p.x + p.y",
        "def f(p): return p.x",
        """
        import dataclasses
        @dataclasses.dataclass
        class P:
            x: int
            y: int
        def test():
            assert work.f(P(1, 2)) == 3
        """,
    ),
    "a named tuple of the test's": Row(
        "def f(p):\n    x, y = p\n    return x + p.y + p[0]",
        "def f(p): return 0",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef test():\n    assert work.f(P(1, 2)) == 4",
    ),
    "keys of the test's own": Row(
        "def f(d, k): return d[k]",
        "def f(d, k): return len(d)",
        "import enum\nC = enum.Enum('C', 'A B')\ndef test():\n    assert work.f({C.A: 5, C.B: 6}, C.B) == 6",
    ),
    "a generator that is returned": Row(
        "def f(n):\n    while True:\n        yield n\n        n += 1",
        "def f(n): return [n, n + 1]",
        "def test():\n    g = work.f(3)\n    assert next(g) == 3 and next(g) == 4 and iter(g) is g",
    ),
    "a generator that is sent to": Row(
        "def f():\n    x = yield 1\n    yield x * 2",
        "def f():\n    yield 1\n    yield 2",
        "def test():\n    g = work.f()\n    next(g)\n    assert g.send(5) == 10\n    g.close()\n    assert list(g) == []",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        found = judged(tmp_path, student, row.test)
        assert found.partition(":")[0] == verdict, found


def test_a_file_of_the_students_is_not_looked_for_here(tmp_path: Path) -> None:
    test = "def test():\n    assert work.f().exists()"
    found = judged(tmp_path, "import pathlib\ndef f(): return pathlib.Path('/')", test)
    assert found.startswith("failed")
    assert "names no file of the test's" in found
