"""Small constructs of tests as courses write them: each ends over the socket as in one process, for a right and a wrong student.

The tables lie in `constructs/`, a file a subject. A row that plain Python does not tell apart is refused.
"""

from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain, rows

TABLES = {
    path.stem: rows(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "constructs").glob("*.txt"))
}
ROWS = {f"{table}: {name}": row for table, found in TABLES.items() for name, row in found.items()}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of students who leave a file open, as most do
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.slow
def test_the_verdict_is_that_of_one_process(row: Row, tmp_path: Path) -> None:
    for name, student in (("right", row.right), ("wrong", row.wrong)):
        (tmp_path / name).mkdir()
        expected = plain(tmp_path / name, student, row.test)
        assert (expected == "passed") is (name == "right"), expected
        found = judged(tmp_path / name, student, row.test)
        assert found.partition(":")[0] == expected.partition(":")[0], f"{name}: {found}"


#: What would need the test's own class on the student's side: refused as the suite's fault, whatever is handed in.
REFUSED = {
    "derived from another as well": "class Own: pass\ndef test():\n    class B(work.A, Own): pass\n    assert B().go() == 1",
    "with a class in it": "def test():\n    class B(work.A):\n        class C: pass\n    assert B().go() == 1",
    "with a descriptor in it": ("def test():\n    class B:\n        x = work.D()\n    assert B().x == 1"),
    "with a decorated method": (
        "def test():\n    class B:\n        @work.D\n        def x(self): return 1\n    assert B().x == 1"
    ),
    "of an exception with methods, that the student's code makes": (
        "class Own(Exception):\n    def __init__(self, n): self.n = n\n"
        "def test():\n    with pytest.raises(Own):\n        work.made(Own)"
    ),
    "handed over": "def test():\n    class B: pass\n    assert work.used(B) == 1",
}


@pytest.mark.medium
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize(
    "student",
    [
        "class A:\n    def go(self): return 1\ndef used(c): return 1\ndef made(c): raise c(1)\nclass D:\n"
        "    def __init__(self, *_): pass\n    def __get__(self, held, owner=None): return 1",
        "class A: pass\ndef used(c): pass\ndef made(c): c(1)\nclass D:\n"
        "    def __init__(self, *_): pass\n    def __get__(self, held, owner=None): return 2",
    ],
)
def test_a_class_of_the_tests_is_the_suites_fault(student: str, case: str, tmp_path: Path) -> None:
    found = judged(tmp_path, student, REFUSED[case])
    assert found.startswith("suite: ")
    assert "@in_candidate" in found


def test_no_memory_is_read_that_the_students_array_interface_names(tmp_path: Path) -> None:
    student = (
        "class A:\n    __array_interface__ = {'shape': (4,), 'typestr': '|u1', 'data': (4096, False), 'version': 3}"
    )
    assert judged(tmp_path, student, "import numpy as np\ndef test():\n    np.asarray(work.A())").startswith(
        "failed: an A object"
    )
