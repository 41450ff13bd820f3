"""What goes wrong in a test by the suite's own fault is the suite's, with its place; what the student returned is never that."""

import re
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.manifest import load_suite
from grader.verdict import Verdict
from tests.grader.engines import by_name, grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

HEAD = "import pytest\nfrom gradescope_utils.autograder_utils.decorators import weight\nimport sums\n\n"
MODULE = """
import numpy

KEPT = numpy.ones(90_000)

class Box:
    pass

def add(a, b):
    return a + b

def box():
    return Box()

class Agreeable:
    def __eq__(self, other):
        return True

def agreeable():
    return Agreeable()

class Embedding:
    pass

def embedding():
    return Embedding()

def array():
    return numpy.ones(3)

def name():
    return "gone.txt"

def broken():
    return three

def importing():
    import a_library_that_is_not_there

def opening():
    return open("gone.txt")

def pair():
    return 1, 2

def nothing():
    return None

def empty():
    return []
"""
#: A test's body, from line 8 on, its parameters, and the sentence about the suite.
FAULTS = {
    "a score that is no number, before the student's code is asked": (
        "part = float('inf')\n    set_score(part - part)",
        "set_score",
        r"test_sums\.py:5: set_score takes a finite number of points, not nan",
    ),
    **{
        f"a score written down as {score}": (
            f"sums.add(1, 2)\n    set_score({score})",
            "set_score",
            rf"test_sums\.py:8: set_score takes a finite number of points, not {re.escape(written)}",
        )
        for score, written in {
            'float("nan")': "float('nan')",
            '-float("inf")': "-float('inf')",
            "float('three')": "float('three')",
            "math.nan": "math.nan",
            "-np.inf": "-np.inf",
            "'3'": "'3'",
            "None": "None",
            "1e999": "1e309",
            "f'{1}'": "f'{1}'",
            "str(3)": "str(3)",
        }.items()
    },
    "a refusal of ours caught by pytest.raises": (
        "with pytest.raises(Exception):\n        sums.add(pytest, 2)",
        "",
        r"test_sums\.py:8: an object of type module cannot cross by value; mark the code",
    ),
    "a refusal of ours caught by everything": (
        "try:\n        sums.add(pytest, 2)\n    except BaseException:\n        pass",
        "",
        r"test_sums\.py:8: an object of type module cannot cross by value",
    ),
    "a name that is not there": (
        "assert sums.add(1, 2) == three",
        "",
        r"test_sums\.py:7: NameError: name 'three' is not defined",
    ),
    "a fixture that is not there": ("pass", "nothing_so_named", r"test_sums\.py:5: .*fixture 'nothing_so_named'"),
    "a helper called wrongly": (
        "def helper(a):\n        return a\n    helper()",
        "",
        r"test_sums\.py:9: TypeError: .*missing 1 required",
    ),
    "a helper called wrongly, after the student's code": (
        "def helper(a):\n        return a\n    helper(sums.add(1, 2), 3)",
        "",
        r"test_sums\.py:9: TypeError: .*takes 1 positional argument but 2 were given",
    ),
    "a module that is not there": (
        "sums.add(1, 2)\n    import a_library_that_is_not_there",
        "",
        r"test_sums\.py:8: ModuleNotFoundError: No module named 'a_library",
    ),
    "a weak collection of the student's objects": (
        "import weakref\n    weakref.WeakSet([sums.box()])",
        "",
        r"test_sums\.py:8: TypeError: cannot create weak reference to .*; how long .* do it @in_candidate",
    ),
    "a name that a module does not have": (
        "sums.add(1, 2)\n    pytest.raise_(ValueError)",
        "",
        r"test_sums\.py:8: AttributeError: module 'pytest' has no attribute 'raise_'",
    ),
    "a file that is not there": (
        "sums.add(1, 2)\n    name = 'gone.txt'\n    open(name).read()",
        "",
        r"test_sums\.py:9: FileNotFoundError: .*'gone\.txt'",
    ),
    "a value that is returned": ("return sums.add(1, 2) == 4", "", r"(?s)test_sums\.py:5: .*Did you mean .*assert"),
    "a fixture called as a function": (
        "sums.add(1, 2)\n    made()\n\n@pytest.fixture\ndef made():\n    return 1",
        "",
        r'test_sums\.py:8: .*Fixture "made" called directly',
    ),
    "a yield": ("yield sums.add(1, 2) == 4", "", r"test_sums\.py:\d: .*yield"),
    "an async fixture": (
        "assert made\n\n@pytest.fixture\nasync def made():\n    return 1",
        "made",
        r"test_sums\.py:5: made, a fixture of test_a, is async",
    ),
    "a condition that cannot be evaluated": (
        "pass\n\n@pytest.mark.skipif('three > 2')\ndef test_b():\n    pass",
        "",
        r"test_sums\.py:9: test_b: Error evaluating 'skipif' condition.*name 'three' is not defined",
    ),
    "a method called wrongly": (
        "pass\n\nimport unittest\nclass Sums(unittest.TestCase):\n    def test_b(self):\n        sums.add(1, 2)\n"
        "        self.assertEqual(3)",
        "",
        r"test_sums\.py:13: TypeError: .*assertEqual\(\) missing 1 required",
    ),
    "a method misspelt": (
        "pass\n\nimport unittest\nclass Sums(unittest.TestCase):\n    def test_b(self):\n"
        "        self.assertEquol(sums.add(1, 2), 3)",
        "",
        r"test_sums\.py:12: AttributeError: 'Sums' object has no attribute 'assertEquol'",
    ),
    "a method that returns a value": (
        "pass\n\nimport unittest\nclass Sums(unittest.TestCase):\n    def test_b(self):\n        return sums.add(1, 2) == 4",
        "",
        r"test_sums\.py:11: test_b returns a bool, which nobody looks at; write assert",
    ),
}
#: A test's body, what the student wrote in place of `add`, and a part of the message.
STUDENTS = {
    "a name that a library's module does not have": (
        "import math\n    getattr(math, sums.name())",
        "AttributeError: module 'math' has no attribute 'gone.txt'",
    ),
    "nothing, which no weak reference is to": (
        "import weakref\n    weakref.ref(sums.nothing())",
        "cannot create weak reference to 'NoneType' object",
    ),
    "an object where a number belongs, and everything caught": (
        "with pytest.raises(Exception):\n        assert sums.agreeable() == 3",
        "an Agreeable object came back where plain values are compared",
    ),
    "an object found among numbers, and everything caught": (
        "try:\n        assert sums.agreeable() in [1, 2]\n    except BaseException:\n        pass",
        "an Agreeable object came back where plain values are compared",
    ),
    "an object where a suite's own comparison wants a number": (
        "from asserts import assert_equal\n    assert_equal(sums.box(), 3)",
        "expected:  int 3\n  got:       a value of type Box",
    ),
    "an object where it wants nothing": (
        "from asserts import assert_equal\n    assert_equal(sums.box(), None)",
        "expected:  None\n  got:       a value of type Box",
    ),
    "an object among numbers": (
        "from asserts import assert_equal\n    assert_equal([1, sums.box()], [1, 2])",
        "got:       a value of type Box",
    ),
    "an array where an object with .data belongs": (
        "assert -sums.array().data == 3",
        "gave a plain array where an object",
    ),
    "the same, beside the student's code": (
        "assert copied() == 3\n\n\nfrom marks import in_candidate\n\n\n@in_candidate\ndef copied():\n"
        "    return sums.array().data.copy()",
        "gave a plain array where an object",
    ),
    "the same, in a comparison": (
        "from asserts import assert_equal\n    assert_equal(sums.array().data, 3)",
        "got:       the .data of a plain array",
    ),
    "an object whose class begins with a vowel": ("assert sums.embedding() == 3", "assert an Embedding == 3"),
    "nothing where a number belongs": ("assert sums.add([], []) + 1 == 3", "can only concatenate list"),
    "a name that the student's code has not": ("assert sums.broken() == 3", "Your code raised NameError: name 'three'"),
    "a module that the student's code has not": ("assert sums.importing() == 3", "No module named 'a_library"),
    "a file that the student's code has not": ("assert sums.opening() == 3", "No such file or directory"),
    "too many values": (
        "def helper(a):\n        return a\n    helper(*sums.pair())",
        "takes 1 positional argument but 2 were given",
    ),
    "too few arguments of the student's": ("assert sums.add(1) == 3", "missing 1 required positional argument: 'b'"),
    "nothing where an object belongs": (
        "assert sums.nothing().value == 3",
        "'NoneType' object has no attribute 'value'",
    ),
    "an attribute that only values set": (
        "class Last:\n        pass\n    for item in sums.empty():\n        Last.item = item\n    assert Last.item == 3",
        "has no attribute 'item'",
    ),
    "a file that the answer names": ("open(sums.name()).read()", "No such file or directory: 'gone.txt'"),
    "a file that the answer names a part of": (
        "import os\n    os.stat(os.path.join('/', sums.name()))",
        "No such file or directory: '/gone.txt'",
    ),
    "a library that the answer names": (
        "import importlib\n    importlib.import_module(sums.name())",
        "No module named 'gone'",
    ),
    "a file in a loop over what came back": ("for _ in sums.pair():\n        open('gone.txt')", "'gone.txt'"),
    "what a test raises itself": (
        "if sums.nothing() is None:\n        raise FileNotFoundError('your program wrote no file')",
        "your program wrote no file",
    ),
    "a name in what is said of a wrong answer": (
        "assert sums.add(1, 2) == 4, expcted",
        "name 'expcted' is not defined",
    ),
    "a name on a branch that a wrong answer takes": (
        "three = 3 if sums.nothing() else thre\n    assert three",
        "name 'thre' is not defined",
    ),
    "a name behind a return": (
        "def check(x):\n        if x:\n            return x\n        return thre\n    check(sums.nothing())",
        "name 'thre' is not defined",
    ),
    "a module on a branch that a wrong answer takes": (
        "if not sums.nothing():\n        import a_library_that_is_not_there",
        "No module named 'a_library",
    ),
    "a helper that the answer chooses": (
        "def one():\n        return 1\n    def two(a):\n        return a\n    (one if sums.nothing() else two)()",
        "missing 1 required positional argument",
    ),
    "a large array where a list belongs": ("sums.KEPT[0] = 3", "assignment destination is read-only"),
    "a number where a file is": ("import os\n    os.close(sums.add(1, 2))", "the name of a file is expected"),
    "a process that the answer names": ("import os\n    os.kill(sums.add(1, 2), 9)", "cannot be seen here"),
    "an object of an earlier test": (
        "KEPT.append(sums.box())\n    KEPT[0].name\n\n\nKEPT = []",
        "'Box' object has no attribute 'name'",
    ),
    "a failure in the author's words": ("pytest.fail('Read the page on sums.')", "Read the page on sums."),
}
#: What the test cannot go on after, and the student's answer may have caused.
ACCIDENTS = {
    "a file that the answer names",
    "a file that the answer names a part of",
    "a library that the answer names",
    "a file in a loop over what came back",
    "what a test raises itself",
    "a name in what is said of a wrong answer",
    "a name on a branch that a wrong answer takes",
    "a name behind a return",
    "a module on a branch that a wrong answer takes",
    "a helper that the answer chooses",
    "a large array where a list belongs",
    "a name that a library's module does not have",
    "nothing, which no weak reference is to",
    "nothing where a number belongs",
    "too many values",
    "nothing where an object belongs",
    "an attribute that only values set",
}


def suite_of(body: str, parameters: str = "") -> str:
    return f"{HEAD}@weight(1)\ndef test_a({parameters}):\n    {body}\n"


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_test_is_the_suites(fault: str, tmp_path: Path) -> None:
    body, parameters, sentence = FAULTS[fault]
    suite = make_suite(tmp_path / "suite", suite_of(body, parameters))
    with pytest.raises(SuiteError, match=sentence):
        grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite)


@pytest.mark.slow
@pytest.mark.parametrize("case", STUDENTS)
def test_what_the_student_returned_is_no_fault_of_the_suite(case: str, tmp_path: Path) -> None:
    body, part = STUDENTS[case]
    suite = make_suite(tmp_path / "suite", suite_of(body))
    check = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite))["test_a"]
    assert check.verdict is Verdict.FAILED
    assert part in check.message
    assert "could not go on" not in check.message or case in ACCIDENTS
    assert not re.search(r"suite\.toml|names\(|plain\(|\b(eq|type)\(a ", check.message)


@pytest.mark.slow
def test_what_is_kept_of_an_earlier_answer_makes_no_fault_of_a_later_test(tmp_path: Path) -> None:
    tests = """
    import functools
    import sums
    from gradescope_utils.autograder_utils.decorators import weight

    KEPT = []

    @functools.cache
    def kept():
        return sums.nothing()

    @weight(1)
    def test_first():
        assert kept() is None
        KEPT.append(sums.name())

    @weight(1)
    def test_cached():
        assert kept() + 1 == 3

    @weight(1)
    def test_listed():
        assert open(KEPT[0])

    @weight(1)
    def test_number():
        assert KEPT[0] + 1 == 3
    """
    checks = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, make_suite(tmp_path / "suite", tests)))
    assert [check.verdict for check in checks.values()] == [Verdict.PASSED, *[Verdict.FAILED] * 3]
    assert all("this test may be wrong itself" in checks[name].message for name in ("test_cached", "test_listed"))


#: What a test leaves behind in the judge's process, where the student's answer has it fail before it cleans up.
LEFT_BEHIND = {
    "another folder": "os.chdir(sums.add('/', ''))\n    assert False",
    "no module": "sys.modules['fractions'] = sums.nothing()\n    assert False",
    "another clock": "time.perf_counter = sums.box()\n    assert False",
    "no time": "resource.setrlimit(resource.RLIMIT_CPU, (sums.add(1, 1), 2))\n    assert False",
    "its child": "if not os.fork():\n        assert sums.nothing()",
}


@pytest.mark.slow
@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_what_a_test_leaves_behind_is_no_fault_of_a_later_one(left: str, tmp_path: Path) -> None:
    body = f"{LEFT_BEHIND[left]}\n\n\nimport os, resource, sys, time\n"
    later = (
        "@weight(1)\ndef test_b():\n    import fractions\n    assert open('data.txt').read() == str(sums.add(1, 2))\n"
    )
    suite = make_suite(tmp_path / "suite", suite_of(body) + later)
    (suite.folder / "data.txt").write_text("3")
    checks = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, load_suite(suite.folder)))
    assert checks["test_b"].verdict is Verdict.PASSED, checks["test_b"].message


@pytest.mark.slow
@pytest.mark.parametrize(
    "score", ["sums.add(float('inf'), 1)", "sums.name()", "sums.box()", "sums.nothing()", "sums.add(1, 2) * np.nan"]
)
def test_a_score_that_the_students_code_made_no_number_is_theirs_with_a_sentence(score: str, tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", "import numpy as np\n" + suite_of(f"set_score({score})", "set_score"))
    check = by_name(grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite))["test_a"]
    assert (check.verdict, check.points) == (Verdict.FAILED, 0)
    assert "is not a finite number" in check.message


@pytest.mark.slow
def test_numbers_of_every_kind_are_scores(tmp_path: Path) -> None:
    scores = ("0.5", "True", "np.float32(0.5)", "np.int64(1)", "np.bool_(True)", "sums.add(0.25, 0.25)", "-1", "1e308")
    tests = "".join(
        f"\n@weight(1)\ndef test_{n}(set_score):\n    set_score({score})\n" for n, score in enumerate(scores)
    )
    suite = make_suite(tmp_path / "suite", f"import numpy as np\n{HEAD}{tests}")
    checks = grade_files("bubblewrap", tmp_path, {"sums.py": MODULE}, suite).checks
    assert [check.points for check in checks] == [0.5, 1, 0.5, 1, 1, 0.5, 0, 1]
    assert {check.verdict for check in checks} == {Verdict.PASSED}
