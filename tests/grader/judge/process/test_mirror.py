"""What a test sets in its own process holds for the student's code, as in one process, and is undone with the test."""

from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain

ASKS = "def f():\n    name = input('Name? ')\n    print('Hello', name)\n    return name\n"
DEAF = "def f():\n    print('Hello')\n    return 'x'\n"
ROWS = {
    "input by a function": Row(
        ASKS,
        DEAF,
        """
        def test():
            said = []
            with pytest.MonkeyPatch.context() as m:
                m.setattr("builtins.input", lambda prompt="": said.append(prompt) or "Ada")
                assert work.f() == "Ada"
            assert said == ["Name? "]
        """,
    ),
    "input by a mock": Row(
        ASKS,
        DEAF,
        """
        from unittest import mock
        def test():
            with mock.patch("builtins.input", side_effect=["Ada", "Bob"]) as asked:
                assert [work.f(), work.f()] == ["Ada", "Bob"]
            assert asked.call_count == 2
        """,
    ),
    "input by a text": Row(
        ASKS,
        DEAF,
        """
        import io
        def test():
            with pytest.MonkeyPatch.context() as m:
                m.setattr("sys.stdin", io.StringIO("Ada\\nBob\\n"))
                assert [work.f(), work.f()] == ["Ada", "Bob"]
        """,
    ),
    "lines of the input": Row(
        "import sys\ndef f(): return sum(int(line) for line in sys.stdin)",
        "def f(): return 0",
        """
        import io
        def test():
            with pytest.MonkeyPatch.context() as m:
                m.setattr("sys.stdin", io.StringIO("1\\n2\\n"))
                assert work.f() == 3
        """,
    ),
    "no input": Row(
        "def f():\n    try:\n        return input()\n    except (EOFError, OSError):\n        return None",
        "def f(): return input()",
        "def test():\n    assert work.f() is None",
    ),
    "output that is redirected": Row(
        "import sys\ndef f():\n    print('a')\n    sys.stdout.write('b')",
        "import sys\ndef f():\n    print('a')\n    sys.stderr.write('b')",
        """
        import contextlib, io
        def test():
            with contextlib.redirect_stdout(io.StringIO()) as out:
                print("0")
                work.f()
                print("1")
            assert out.getvalue() == "0\\na\\nb1\\n"
        """,
    ),
    "output that is patched": Row(
        "def f(): print('a', 'b')",
        "def f(): print('a b')",
        """
        from unittest import mock
        def test():
            with mock.patch("builtins.print") as said:
                work.f()
            said.assert_called_once_with("a", "b")
        """,
    ),
    "output of the second half": Row(
        "def f(x): print(x)",
        "def f(x): print(x + 1)",
        """
        import contextlib, io
        def test():
            work.f(0)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                work.f(1)
            work.f(2)
            assert out.getvalue() == "1\\n"
        """,
    ),
    "output before an error": Row(
        "def f():\n    print('a')\n    raise ValueError",
        "def f():\n    raise ValueError",
        """
        import contextlib, io
        def test():
            with contextlib.redirect_stdout(io.StringIO()) as out, pytest.raises(ValueError):
                work.f()
            assert out.getvalue() == "a\\n"
        """,
    ),
    "output among calls of the test's": Row(
        "def f(g):\n    print('a')\n    g()\n    print('c')",
        "def f(g):\n    g()\n    print('a')\n    print('c')",
        """
        import contextlib, io
        def test():
            with contextlib.redirect_stdout(io.StringIO()) as out:
                work.f(lambda: print("b"))
            assert out.getvalue() == "a\\nb\\nc\\n"
        """,
    ),
    "a warning": Row(
        "import warnings\ndef f(): warnings.warn('old', DeprecationWarning)",
        "import warnings\ndef f(): warnings.warn('old', UserWarning)",
        "def test():\n    with pytest.warns(DeprecationWarning, match='old'):\n        work.f()",
    ),
    "a warning of the student's own": Row(
        "import warnings\nclass W(UserWarning): pass\ndef f(): warnings.warn(W('odd'))",
        "import warnings\nclass W(UserWarning): pass\ndef f(): pass",
        "from work import W, f\ndef test():\n    with pytest.warns(W):\n        f()",
    ),
    "no warning": Row(
        "def f(): pass",
        "import warnings\ndef f(): warnings.warn('x')",
        """
        import warnings
        def test():
            with warnings.catch_warnings(record=True) as w:
                warnings.simplefilter("always")
                work.f()
            assert w == []
        """,
    ),
    "sleep": Row(
        "import time\ndef f():\n    time.sleep(100)\n    return 1",
        "def f(): return 1",
        """
        def test():
            slept = []
            with pytest.MonkeyPatch.context() as m:
                m.setattr("time.sleep", slept.append)
                assert work.f() == 1
            assert slept == [100]
        """,
    ),
    "chance that is patched": Row(
        "import random\ndef f(): return random.randint(1, 6)",
        "def f(): return 5",
        """
        from unittest import mock
        def test():
            with mock.patch("random.randint", return_value=4):
                assert work.f() == 4
            with mock.patch("work.random.randint", lambda a, b: 3):
                assert work.f() == 3
        """,
    ),
    "a seed": Row(
        "import random\ndef f(): return random.random()",
        "import random\nr = random.Random(9)\ndef f(): return r.random()",
        "import random\ndef test():\n    random.seed(7)\n    a = work.f()\n    random.seed(7)\n    assert a == work.f()",
    ),
    "a seed of NumPy's": Row(
        "import numpy as np\ndef f(): return np.random.rand(3)",
        "import numpy as np\ndef f(): return np.random.default_rng().random(3)",
        """
        import numpy as np
        def test():
            np.random.seed(7)
            a = work.f()
            np.random.seed(7)
            assert (a == work.f()).all()
        """,
    ),
    "the environment": Row(
        "import os\ndef f(): return os.environ.get('MODE', 'none')",
        "import os\nMODE = os.environ.get('MODE', 'none')\ndef f(): return MODE",
        """
        def test():
            with pytest.MonkeyPatch.context() as m:
                m.setenv("MODE", "fast")
                assert work.f() == "fast"
            assert work.f() == "none"
        """,
    ),
    "arguments of a program": Row(
        "import sys\ndef f(): return sys.argv[1:]",
        "import sys\ndef f(): return []",
        """
        def test():
            with pytest.MonkeyPatch.context() as m:
                m.setattr("sys.argv", ["work.py", "a"])
                assert work.f() == ["a"]
        """,
    ),
    "a table that is patched": Row(
        "PRICES = {'tea': 3}\ndef f(x): return PRICES[x]",
        "PRICES = {'tea': 3}\ndef f(x): return {'tea': 3}.get(x, 0)",
        """
        from unittest import mock
        def test():
            with mock.patch.dict(work.PRICES, {"tea": 9}):
                assert work.f("tea") == 9
            assert work.f("tea") == 3
        """,
    ),
}


@pytest.mark.medium
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        found = judged(tmp_path, student, row.test)
        assert found.partition(":")[0] == verdict, found
