"""No submission makes a fault of a run: whatever it is or returns, the run ends with a verdict on every test.

The other way round, too: what fails on our side is no student's verdict.
"""

import re
import textwrap
from pathlib import Path

import pytest

from grader.errors import GraderError, SuiteError, YardstickStalled
from grader.result import RunResult
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import ENGINES, by_name, engine, make_suite

pytestmark = pytest.mark.timeout(180)

MANIFEST = """
title = "Keys"
package = "keys"
modules = ["keys"]
reference = "{reference}"

[limits]
test_wall_seconds = 5
budget_wall_seconds = 5
frame_bytes = 4194304
"""
SUITE = """
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import leaderboard, partial_credit, weight
from marks import budget, in_candidate
from keys import GELU, Holder, key, number, numbers

@in_candidate
def activated(x):
    return GELU(x)

@weight(1)
def test_constant():
    assert_equal(activated(2.0), 2.0)

@weight(1)
def test_attribute():
    assert_equal(Holder().held, 3)

@weight(1)
def test_shown():
    assert_equal(Holder().held, 4)

@weight(1)
def test_lookup():
    assert_equal({"a": 1}[key()], 1)

@weight(1)
@leaderboard("steps", "asc")
def test_leaderboard(set_leaderboard_value):
    set_leaderboard_value(number())

@partial_credit(1)
def test_score(set_score):
    set_score(number())

@weight(1)
def test_iteration():
    assert_equal(len(list(numbers())), 3)

@weight(1)
def test_context():
    with Holder():
        assert_equal(number(), 1)
"""
HONEST = """
class GELU:
    def __new__(cls, x):
        return x

class Holder:
    held = 3
    def __enter__(self): return self
    def __exit__(self, *error): return False

def key(): return "a"
def number(): return 1
def numbers(): return iter([1, 2, 3])
"""
EVERY = set(re.findall(r"test_\w+", SUITE))
#: A deed: what is written below the honest module, and which tests it may cost.
DEEDS = {
    "is named like a proxy": ("class RemoteName(Holder): pass\nHolder = RemoteName", set()),
    "is named like a function": ("class RemoteFunction(Holder): pass\nHolder = RemoteFunction", set()),
    "refuses with a megabyte": (
        """
        import sys, msgpack
        agent = sys.modules["grader.candidate.serve"]
        def answer(conversation, body):
            reply = [msgpack.unpackb(body, unicode_errors="surrogatepass")[1], 2, "x" * 1_000_000]
            frame = agent.values.encode(reply, conversation.session.hold, conversation.max_bytes)
            conversation.channel.sendall(agent.values.FRAME_HEADER.pack(len(frame)) + frame)
        agent.Conversation.answer = answer
        """,
        EVERY,
    ),
    "is no constant": ("GELU = [object()]", {"test_constant"}),
    "returns a text of its own kind": (
        "class Name(str): pass\ndef key(): return Name('a')",
        {"test_lookup"},
    ),
    "shows itself by ending Python": (
        "import os\nclass Name(str):\n    def __repr__(self): os._exit(0)\ndef key(): return Name('a')",
        {"test_lookup"},
    ),
    "returns an endless number": ("def number(): return 10**400", {"test_leaderboard", "test_score", "test_context"}),
    "raises a group": ("def key(): raise ExceptionGroup('x', [ValueError('y')])", {"test_lookup"}),
    "never ends": (
        "def numbers():\n    while True: yield chr(0x1F600) + 'a' * 3_000_000",
        {"test_iteration"},
    ),
    "returns arrays that take no memory": (
        """
        import numpy as np
        GELU = lambda x: np.broadcast_to(np.float64(x), (10**9,))
        def number(): return np.zeros((0, 2**60))
        def key(): return np.zeros(1, dtype="U2000000")
        def numbers(): return np.lib.stride_tricks.as_strided(np.zeros(1), (2**20, 2**20), (0, 0))
        """,
        {"test_constant", "test_lookup", "test_leaderboard", "test_score", "test_iteration", "test_context"},
    ),
    "shows classes and texts that cannot be shown": (
        """
        class Odd(type):
            __name__ = property(lambda cls: "x" * 10**7)
            __module__ = property(lambda cls: 3)
            __mro__ = property(lambda cls: 3)
        class Error(Exception, metaclass=Odd):
            def __str__(self): raise SystemExit
            args = property(lambda self: 1 / 0)
            __cause__ = property(lambda self: self)
        class Value(metaclass=Odd):
            def __getattribute__(self, name): raise SystemExit(name)
        def key(): raise Error
        def number(): return Value()
        GELU = lambda x: "\\ud800" * 1000
        """,
        {"test_constant", "test_lookup", "test_leaderboard", "test_score", "test_context"},
    ),
    "has Python raise whatever it does": (
        "import sys, signal\ndef trap(*args): raise SystemExit\nsys.addaudithook(trap)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)",
        EVERY,
    ),
    "swallows assertions": (
        "def number(): return 7\nHolder.__exit__ = lambda self, *error: True",
        {"test_context"},
    ),
}
#: What no honest module passes here; its message shows the last calls.
NEVER = {"test_shown"}


def judged(name: str, folder: Path, module: str, suite: str = SUITE, reference: str = HONEST) -> RunResult:
    """Judge one module against a suite whose reference lies beside it."""
    (folder / "reference").mkdir()
    (folder / "reference" / "keys.py").write_text(reference)
    loaded = make_suite(folder / "suite", suite, MANIFEST.format(reference=folder / "reference"))
    return grade(Tree.of({"keys.py": module.encode()}), loaded, engine(name), seed=1)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_a_verdict(name: str, deed: str, tmp_path: Path) -> None:
    text, cost = DEEDS[deed]
    checks = by_name(judged(name, tmp_path, HONEST + textwrap.dedent(text)))
    lost = {test for test, check in checks.items() if check.verdict is not Verdict.PASSED}
    assert lost - NEVER <= cost, {test: checks[test].message for test in lost}
    assert "test_shown" in lost
    assert all(len(check.message) < 8_500 for check in checks.values())
    if deed == "swallows assertions":
        assert checks["test_context"].points == 0
    if deed == "refuses with a megabyte":
        assert "cannot be handed over: xxx" in checks["test_shown"].message
    if deed == "never ends":
        assert checks["test_iteration"].verdict is Verdict.OUTPUT_EXCEEDED


@pytest.mark.bubblewrap
def test_the_honest_module_passes(tmp_path: Path) -> None:
    checks = by_name(judged("bubblewrap", tmp_path, HONEST))
    assert {test for test, check in checks.items() if check.verdict is not Verdict.PASSED} == NEVER


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("failing", "fault", "sentence"),
    [
        ("raise ZeroDivisionError('of the reference')", SuiteError, "the yardstick of run failed"),
        ("return 2 * x", SuiteError, "the yardstick of run failed"),
        ("os.abort()", YardstickStalled, "the yardstick of run ended before it answered"),
        ("time.sleep(11)", YardstickStalled, "the yardstick of run ended before it answered"),
    ],
)
def test_a_reference_that_fails_is_no_students_verdict(
    failing: str, fault: type[GraderError], sentence: str, tmp_path: Path
) -> None:
    suite = """
    from gradescope_utils.autograder_utils.decorators import weight
    from marks import budget, in_candidate
    from keys import GELU

    @in_candidate
    def run(x):
        return GELU(x)

    @weight(1)
    @budget(cpu=3)
    def test_cost(measure):
        measure(run, inputs=lambda rng: (float(rng.random()),), answer=lambda x: x)
    """
    reference = HONEST.replace("        return x\n", f"        {failing}\n")
    with pytest.raises(fault, match=sentence):
        judged("bubblewrap", tmp_path, HONEST, suite, f"import os, time\n{reference}")
