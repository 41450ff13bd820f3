"""The student's objects answer for themselves, as in one process; what would be their word about the test's values is refused."""

import re
from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain

POINT = """
class Point:
    def __init__(self, x, y): self.x, self.y = x, y
    def __eq__(self, other):
        if not isinstance(other, Point): return NotImplemented
        return {eq}
    def __lt__(self, other): return {lt}
    def __hash__(self): return hash({key})
"""
RIGHT = POINT.format(eq="(self.x, self.y) == (other.x, other.y)", lt="self.x < other.x", key="(self.x, self.y)")
WRONG = POINT.format(eq="self.x == other.x", lt="self.x > other.x", key="id(self)")
UNEQUAL = POINT.format(eq="self is other", lt="False", key="id(self)")
CAREFUL = "def test():\n    a, b, c = work.Point(1, 2), work.Point(1, 2), work.Point(1, 3)\n    "
LINKED = "class N:\n    def __init__(self, x, n=None): self.x, self.next = x, n\n"
ARRAY = "import numpy as np\nclass T:\n    def __eq__(self, o): return self.d == o\n    def __init__(self, d):\n"
ROWS = {
    "==": Row(RIGHT, WRONG, CAREFUL + "assert a == b and not (a == c)"),
    "!=": Row(RIGHT, WRONG, CAREFUL + "assert a != c and not (a != b)"),
    "<": Row(RIGHT, WRONG, CAREFUL + "assert work.Point(1, 0) < work.Point(2, 0)"),
    "in": Row(RIGHT, UNEQUAL, CAREFUL + "assert a in [c, b] and a not in [c]"),
    "index": Row(RIGHT, UNEQUAL, CAREFUL + "assert [c, b].index(a) == 1"),
    "lists of them": Row(RIGHT, UNEQUAL, CAREFUL + "assert [a, c] == [b, c]"),
    "a set": Row(RIGHT, WRONG, CAREFUL + "assert len({a, b, c}) == 2"),
    "a key": Row(RIGHT, WRONG, CAREFUL + "assert {a: 5}[b] == 5"),
    "sorted": Row(
        RIGHT,
        WRONG,
        "def test():\n    ps = [work.Point(2, 0), work.Point(1, 0)]\n    assert [p.x for p in sorted(ps)] == [1, 2]",
    ),
    "assertEqual": Row(RIGHT, UNEQUAL, CAREFUL + "import unittest\n    unittest.TestCase().assertEqual(a, b)"),
    "with None": Row(
        RIGHT, "def Point(x, y): return None", CAREFUL + "assert a != None and not (a == None) and a is not None"
    ),
    "itself": Row(
        RIGHT, "def Point(x, y): return object.__new__(object)", CAREFUL + "assert a == a and hash(a) == hash(b)"
    ),
    "a named tuple": Row(
        "from collections import namedtuple\nPoint = namedtuple('Point', 'x y')",
        "from collections import namedtuple\nPoint = namedtuple('Point', 'x y z', defaults=[0])",
        CAREFUL + "assert a == (1, 2) and a == b and a.x == 1 and a < c and isinstance(a, work.Point) and (1, 3) == c",
    ),
    "members of an enum": Row(
        "import enum\nclass C(enum.Enum):\n    RED = 1\n    BLUE = 2\ndef f(): return C.RED",
        "import enum\nclass C(enum.Enum):\n    RED = 1\n    BLUE = 2\ndef f(): return C.BLUE",
        "from work import f, C\ndef test():\n    assert f() == C.RED and f() is C.RED and f() != C.BLUE and f().value == 1",
    ),
    "members that are numbers": Row(
        "import enum\nclass C(enum.IntEnum):\n    OK = 200",
        "import enum\nclass C(enum.IntEnum):\n    OK = 201",
        "def test():\n    assert work.C.OK == 200 and 200 == work.C.OK and work.C.OK < 201 and work.C(200) is work.C.OK",
    ),
    "a text of its own": Row(
        "class Name(str): pass",
        "class Name(str):\n    def __new__(cls, s): return str.__new__(cls, s + ' ')",
        "from work import Name\ndef test():\n    assert Name('a') == 'a' and 'a' == Name('a') and Name('a') != 'b'",
    ),
    "truth": Row(
        "class L:\n    def __init__(self, n): self.n = n\n    def __len__(self): return self.n",
        "class L:\n    def __init__(self, n): self.n = n",
        "def test():\n    assert work.L(1) and not work.L(0)",
    ),
    "a linked list": Row(
        LINKED + "def f(xs):\n    n = None\n    for x in reversed(xs): n = N(x, n)\n    return n",
        LINKED + "def f(xs): return N(xs[0])",
        """
        def test():
            n, out = work.f([1, 2, 3]), []
            while n:
                out.append(n.x)
                n = n.next
            assert out == [1, 2, 3]
        """,
    ),
    "an array's own ==": Row(
        ARRAY + "        self.d = np.array(d)",
        ARRAY + "        self.d = np.array(d) + 1",
        "def test():\n    assert (work.T([1, 2]) == 1).tolist() == [True, False]",
    ),
    "a name that is None": Row(
        "nothing = None",
        "nothing = 0",
        "from work import nothing\ndef test():\n    assert nothing is None and work.nothing is None",
    ),
    "a name that is a number": Row(
        "size = 3",
        "size = 3.0",
        "from work import size\ndef test():\n    assert type(size) is int and isinstance(work.size, int)",
    ),
    "a name that is not there": Row(
        "def f(): pass", "f = None", "def test():\n    assert not hasattr(work, 'g') and work.f is not None"
    ),
    "a trusted class": Row(
        "class Money:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return self.n == getattr(o, 'n', o)",
        "class Money:\n    def __init__(self, n): self.n = n + 1\n    def __eq__(self, o): return self.n == getattr(o, 'n', o)",
        "def test():\n    assert work.Money(3) == 3 and 3 == work.Money(3) and work.Money(3) != 4",
        True,
    ),
    "membership in an object": Row(
        "class Bag:\n    def __init__(self, xs): self.xs = xs\n    def __contains__(self, x): return x in self.xs",
        "class Bag:\n    def __init__(self, xs): self.xs = xs\n    def __contains__(self, x): return True",
        "def test():\n    assert 3 in work.Bag([3]) and 4 not in work.Bag([3])",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        found = judged(tmp_path, student, row.test, trusts_equality=row.trusts_equality)
        assert found.partition(":")[0] == verdict, found


EVERYTHING = """
class Point:
    def __init__(self, *args): self.x = self.y = self
    def __eq__(self, other): return True
    def __ne__(self, other): return {ne}
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __hash__(self): return 0
    def __getattr__(self, name): return Point()
    def __call__(self, *args): return Point()
def f(*args): return Point()
"""
LYING = "class Point(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\ndef f(*a): return Point()"
FORGED = {
    "a value": "assert work.f() == 3",
    "a value on the left": "assert 3 == work.f()",
    "a text": "assert work.f() == 'a'",
    "among values": "assert work.f() in [1, 2, 3]",
    "a list": "assert [work.f()] == [3]",
    "a dictionary": "assert {'a': work.f()} == {'a': 3}",
    "an order": "assert work.f() < 3",
    "two of its own": "assert work.f() == work.Point(1, 2)",
    "two of its own, through any": "assert any(each == work.f() for each in [work.Point(1, 2)])",
    "an attribute": "assert work.f().x == 5",
    "an object of the test's": "assert work.f() == object()",
    "not unequal": "assert not (work.f() != 3)",
    "unequal, and equal to another value": "assert work.f() != 4 and work.f() == 3",
    "unequal, and equal": "assert work.f() == work.Point(1) and not (work.f() == work.Point(2))",
    "caught": "try:\n        assert work.f() == 3\n    except BaseException:\n        pass",
}


@pytest.mark.parametrize("case", FORGED)
@pytest.mark.slow
def test_a_class_that_is_equal_to_everything_gains_nothing(case: str, tmp_path: Path) -> None:
    test = "def test():\n    " + FORGED[case]
    for student in (EVERYTHING.format(ne="False"), EVERYTHING.format(ne="True"), LYING):
        assert judged(tmp_path, student, test).partition(":")[0] in ("failed", "suite")


NEAR = """
import numbers
import numpy as np
class E:
    seen = []
    def __eq__(self, other): return np.ones(2, bool)
    def __ne__(self, other): return np.zeros(2, bool)
    def __sub__(self, other): return 0.0
    def __truediv__(self, other): return 1.0
    def __abs__(self): return 0.0
    def difference(self, other):
        self.seen[:] = other
        return set()
    def __iter__(self): return iter(self.seen)
    def all(self): return True
    def __xor__(self, other): return set()
    def __bool__(self): return False
    __rxor__ = __xor__
    def __isub__(self, other): return 0.0
    __rsub__, __hash__ = __sub__, object.__hash__
class Farther(E):
    def __eq__(self, other): return self
    def __sub__(self, other): return self
    def __abs__(self): return 1e-9
    def __xor__(self, other): return 0
    __rxor__ = __isub__ = __xor__
    __float__ = __rsub__ = __round__ = __pow__ = lambda self, *other: 0.0
numbers.Complex.register(E)
def f(): return {near}()
"""
CASE = "import unittest; unittest.TestCase()"
DISTANCES = (
    "assert abs(work.f() - 3.25) < 1e-6",
    "assert abs(3.25 - work.f()) < 1e-6",
    "assert (work.f() - 3.25) ** 2 < 1e-6",
    "assert round(work.f() - 3.25, 7) == 0",
    "assert float(work.f() - 3.25) == 0",
    "assert abs(work.f() / 3.25 - 1) < 1e-6",
    "assert not (work.f() - 3.25)",
    "assert not abs(3.25 - work.f())",
    "distance = work.f(); distance -= 3.25; assert abs(distance) < 1e-6",
    "assert not {1, 2} ^ work.f()",
    "assert work.f() ^ {1, 2} == set()",
    "assert work.f() ^ 3 == 0",
    "assert pytest.approx(3.25) == work.f()",
    "assert work.f() == pytest.approx(3.25)",
    "assert [work.f()] == [pytest.approx(3.25)]",
    "assert pytest.approx(3.25) in work.f()",
    f"{CASE}.assertAlmostEqual(work.f(), 3.25)",
    f"{CASE}.assertAlmostEqual(3.25, work.f(), delta=0.1)",
    f"{CASE}.assertSetEqual(work.f(), {{1, 2}})",
    "import numpy as np; assert (work.f() == np.arange(2)).all()",
    "import numpy as np; assert not (work.f() != np.arange(2)).any()",
    "import numpy as np; assert np.all(work.f() == np.arange(2))",
)


@pytest.mark.medium
def test_what_is_near_everything_gains_nothing_and_is_nobody_elses_fault(tmp_path: Path) -> None:
    cases = [
        (near, asked) for near in ("E", "Farther", "object") for asked in DISTANCES if near != "object" or "[p" in asked
    ]
    found = {
        (near, asked): judged(tmp_path, NEAR.replace("{near}", near), f"def test():\n    {asked}")
        for near, asked in cases
    }
    assert {key: outcome for key, outcome in found.items() if not outcome.startswith("failed: ")} == {}


def test_what_is_computed_from_objects_counts_where_it_is_no_distance_from_a_value(tmp_path: Path) -> None:
    student = """
    class Celsius(float): pass
    class Tags(set): pass
    class Few:
        def __init__(self, x): self.x = set(x)
        def __sub__(self, o): return Few(self.x - o)
        def __xor__(self, o): return self.x ^ o
        def __bool__(self): return bool(self.x)
    class V:
        def __init__(self, x): self.x = x
        def __sub__(self, o): return V(self.x - getattr(o, "x", o))
        def __mul__(self, o): return self.x * o.x if type(o) is V else V(self.x * o)
        def __abs__(self): return abs(self.x)
        def __rpow__(self, o): return o ** self.x
    """
    test = """
    def test():
        a, b = work.V(3.0), work.V(5.0)
        assert abs(a - b) == 2.0 and a * b == 15.0 and 8 ** a == 512 and abs(a) == 3.0
        assert (a - 1).x == 2.0 and ((b - 2) * 2).x == 6.0
        assert not {1} ^ work.Tags([1]) and work.Tags([1, 2]) - {1} == {2} and work.Tags([1]) - {1} == set()
        assert not work.Few([1]) - {1} and work.Few([1]) - {2} and work.Few([1]) ^ {2} == {1, 2}
        assert abs(work.Celsius(3.5) - 3.5) < 1e-9 and work.Celsius(3.5) == pytest.approx(3.5)
    """
    assert judged(tmp_path, student, test) == "passed"
    trusted = "def test():\n    assert abs(work.V(3.0) - 3.0) < 1e-9"
    assert judged(tmp_path, student, trusted, trusts_equality=True) == "passed"
    assert judged(tmp_path, student, trusted).startswith("failed: ")


def test_an_exception_brings_no_method_of_its_own(tmp_path: Path) -> None:
    student = """
    def f(kind):
        error = ValueError("own")
        error.with_traceback = error.add_note = kind
        raise error
    """
    for kind in ("NameError", "KeyboardInterrupt", "len", "5"):
        outcome = judged(tmp_path, student, f"def test():\n    work.f({kind})")
        assert re.fullmatch("failed: .*own.*", outcome), outcome
    copied = judged(
        tmp_path, "class E(Exception): pass", "import copy\ndef test():\n    copy.copy(work.E(1)).append(2)"
    )
    assert copied.startswith("failed: ")


def test_a_class_is_asked_once_and_about_nonsense_once(tmp_path: Path) -> None:
    student = """
    seen = []
    class P:
        def __eq__(self, other):
            seen.append(type(other).__name__)
            return type(other) is P
    """
    test = "def test():\n    for i in range(3): assert work.P() == work.P()\n    assert work.seen == ['str', 'P', 'P', 'P']"
    assert judged(tmp_path, student, test) == "passed"


def test_a_function_in_whose_place_a_number_stands_is_the_students_fault(tmp_path: Path) -> None:
    from grader.judge import remote
    from tests.grader.judge.local_candidate import local_candidate
    from tests.grader.judge.remote.verdicts import remote_work

    (tmp_path / "work.py").write_text("f = 5\n")
    with remote_work(), local_candidate(tmp_path, "work") as connection:
        space = {"f": remote.RemoteName("work", "f")}
        remote.Given(tmp_path).fill(connection, tmp_path / "work.py", space)
        assert space == {"f": 5}
        assert connection.is_asked


#: What a class may answer instead of yes, so that it counts as one.
YES = {
    "an object": "class Yes:\n    def __bool__(self): return True\nANSWER = Yes()",
    "the object itself": "ANSWER = None",
    "a number": "ANSWER = 1",
    "a text": "ANSWER = 'yes'",
    "an array of one": "import numpy as np\nANSWER = np.array([True])",
    "NumPy's yes": "import numpy as np\nANSWER = np.True_",
    "a class": "ANSWER = int",
}
ASKED = (
    "assert work.f() == 3",
    "assert 3 in [work.f()]",
    "assert [work.f()] == [3]",
    "assert work.f() == None",
    "assert work.f() < 3",
    "assert work.f().__eq__(3)",
    "assert work.f() == work.Other()",
)


@pytest.mark.medium
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("yes", YES)
def test_no_answer_but_a_plain_yes_of_the_suites_own_values_counts(yes: str, asked: str, tmp_path: Path) -> None:
    student = (
        f"{YES[yes]}\nclass Other: pass\nclass E:\n    def f(self, other): return self if ANSWER is None else ANSWER\n"
    )
    student += "    __eq__ = __lt__ = f\ndef f(): return E()"
    assert judged(tmp_path, student, f"def test():\n    {asked}").startswith("failed: ")


def test_what_an_answer_holds_is_compared_where_it_is_no_yes_or_no(tmp_path: Path) -> None:
    student = "import numpy as np\nclass T:\n    def __eq__(self, o): return np.array([1, 2]) == o\ndef f(): return T()"
    assert judged(tmp_path, student, "def test():\n    assert (work.f() == 2).tolist() == [False, True]") == "passed"


def test_a_class_that_cannot_be_compared_with_none_fails_as_in_one_process(tmp_path: Path) -> None:
    student = "class P:\n    def __eq__(self, o): return self.n == o.n\n    n = 1"
    found = judged(tmp_path, student, "def test():\n    assert work.P() != None")
    assert found.startswith("failed: ")
    assert "AttributeError" in found
