"""What a test asks about the student's functions, classes and modules is answered by them."""

import doctest
import os
from pathlib import Path

import pytest

from grader.judge.remote.asking import doctests
from tests.grader.judge.remote.verdicts import Row, judged, plain

SHORT = {
    "parameters": ("def f(a, b=2): pass", "def f(a): pass", "list(inspect.signature(work.f).parameters) == ['a', 'b']"),
    "a default": ("def f(a=2): pass", "def f(a=3): pass", "inspect.signature(work.f).parameters['a'].default == 2"),
    "no default": (
        "def f(a): pass",
        "def f(a=3): pass",
        "inspect.signature(work.f).parameters['a'].default is inspect.Parameter.empty",
    ),
    "a kind": (
        "def f(*, a): pass",
        "def f(a): pass",
        "inspect.signature(work.f).parameters['a'].kind == inspect.Parameter.KEYWORD_ONLY",
    ),
    "an annotation": ("def f(a) -> int: pass", "def f(a): pass", "inspect.signature(work.f).return_annotation is int"),
    "a signature's text": ("def f(a, *b): pass", "def f(a): pass", "str(inspect.signature(work.f)) == '(a, *b)'"),
    "a class's": (
        "class f:\n    def __init__(self, n): pass",
        "class f: pass",
        "len(inspect.signature(work.f).parameters) == 1",
    ),
    "a docstring": (
        "def f():\n    'Adds.'",
        "def f(): pass",
        "work.f.__doc__ == 'Adds.' and inspect.getdoc(work.f) == 'Adds.'",
    ),
    "an object's docstring": (
        "class f:\n    'A box.'",
        "class f: pass",
        "work.f().__doc__ == 'A box.' and work.f.__doc__ == 'A box.'",
    ),
    "a module's docstring": ("'Sums.'", "", "work.__doc__ == 'Sums.'"),
    "a name": ("def f(): pass", "f = lambda: 0", "work.f.__name__ == 'f' and work.f.__qualname__ == 'f'"),
    "a version": ("__version__ = '1.0'", "__version__ = '2'", "work.__version__ == '1.0'"),
    "a generator function": (
        "def f(): yield",
        "def f(): return iter([0])",
        "inspect.isgeneratorfunction(work.f) and inspect.isgenerator(work.f())",
    ),
    "a class": ("class f: pass", "def f(): pass", "inspect.isclass(work.f) and not inspect.isfunction(work.f)"),
    "a function": ("def f(): pass", "class f: pass", "inspect.isfunction(work.f) and callable(work.f)"),
    "its source": (
        "def f(): return sum(range(3))",
        "def f():\n    for i in range(3): pass",
        "'for' not in inspect.getsource(work.f)",
    ),
    "attributes": (
        "class f:\n    def __init__(self): self.a = 1",
        "class f:\n    __slots__ = ('a',)\n    def __init__(self): self.a = 1",
        "vars(work.f()) == {'a': 1}",
    ),
    "annotations": ("def f(a: int): pass", "def f(a: float): pass", "work.f.__annotations__ == {'a': int}"),
}
ROWS = {
    case: Row(right, wrong, f"import inspect\ndef test():\n    assert {said}")
    for case, (right, wrong, said) in SHORT.items()
}


@pytest.mark.medium
@pytest.mark.parametrize("case", ROWS)
def test_the_verdict_is_the_one_of_one_process(case: str, tmp_path: Path) -> None:
    row = ROWS[case]
    for student, verdict in ((row.right, "passed"), (row.wrong, "failed")):
        assert plain(tmp_path, student, row.test).partition(":")[0] == verdict
        found = judged(tmp_path, student, row.test)
        assert found.partition(":")[0] == verdict, found


DOCUMENTED = """
class C:
    '''
    >>> import os
    >>> os.environ["STUDENTS"] = "ran"
    '''
"""
#: How a test may have a docstring run, with the docstring of a class: each ran it in the judge's process.
DOCTESTS = {
    "found": "tests = doctest.DocTestFinder().find(work.C, 'C', globs={})",
    "found, of a module": "tests = doctest.DocTestFinder().find(work)",
    "made of the text": "tests = [doctest.DocTestParser().get_doctest(work.C.__doc__, {}, 'C', '', 0)]",
}


@pytest.mark.parametrize("made", DOCTESTS)
def test_no_docstring_of_the_students_is_run_here(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDENTS", "waits")
    test = (
        f"import doctest\ndef test():\n    {DOCTESTS[made]}\n    assert [doctest.DocTestRunner().run(t) for t in tests]"
    )
    found = judged(tmp_path, DOCUMENTED, test)
    assert os.environ["STUDENTS"] == "waits"
    assert found == "passed" if made != "made of the text" else found.startswith("suite: a doctest was made of a text")


def test_examples_of_the_suites_own_are_run_in_the_test(tmp_path: Path) -> None:
    (tmp_path / "examples.txt").write_text(">>> 1 + 1\n2\n")
    doctests.forward(tmp_path)
    try:
        found = doctest.testfile(str(tmp_path / "examples.txt"), module_relative=False)
    finally:
        doctests.restore()
    assert (found.failed, found.attempted) == (0, 1)


def test_whether_a_large_copy_shares_memory_is_refused(tmp_path: Path) -> None:
    student = "import numpy as np\nKEPT = np.ones(90_000)\ndef f(): return KEPT[:]"
    test = "import numpy as np\ndef test():\n    assert np.shares_memory(work.KEPT, work.f())"
    assert judged(tmp_path, student, test).startswith(
        "suite: whether a large or an earlier array that came back shares memory"
    )


def test_a_class_of_the_tests_in_the_place_of_pythons_is_refused_if_it_is_not_derived_from_it(tmp_path: Path) -> None:
    student = "import datetime\ndef f(): return datetime.datetime.now()"
    test = """
        import datetime
        from unittest import mock
        def test():
            class Fake:
                pass
            with mock.patch("datetime.datetime", Fake):
                work.f()
    """
    assert judged(tmp_path, student, test).startswith("suite: an object of type type cannot cross")
