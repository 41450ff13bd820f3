"""What lies beside or under the student's modules: it is neither configuration, nor a test, nor code for anybody but itself."""

import py_compile
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.result import RunResult
from grader.source import stage_folder
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import ENGINES, HONEST, MANIFEST, by_name, engine, make_suite

pytestmark = pytest.mark.timeout(180)

EMPTY = "def victim(): return 1\n"
#: Run by whoever takes it for something of its own: says so in the output, and answers every question with yes.
TRAP = """
print("the trap was sprung")
class Yes:
    def __eq__(self, other): return True
    def __getattr__(self, name): return lambda *args, **kwargs: Yes()
import sys
sys.modules[__name__] = Yes()
"""
STANDARD = ("random", "json", "numpy", "msgpack", "socket", "traceback", "typing", "pytest", "hashlib", "struct")
START_UP = {
    "sitecustomize.py": TRAP,
    "usercustomize.py": TRAP,
    "conftest.py": TRAP + "\ndef pytest_runtest_makereport(item, call): raise SystemExit(0)\n",
    "trap.pth": "import os; os._exit(0)\n",
    "pyvenv.cfg": "home = /nowhere\n",
    "pytest.ini": "[pytest]\naddopts = -p trap --collect-only\npython_files = nothing.py\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
    "setup.py": TRAP,
    ".env": "PYTHONSTARTUP=/submission/sitecustomize.py\n",
    "Makefile": "all:\n\texit 1\n",
    "test_sums.py": "def test_add(): pass\ndef test_double(): pass\n",
    "suite.toml": "title = 'Mine'\n",
}


def grade_tree(name: str, folder: Path, files: Mapping[str, str]) -> RunResult:
    """Grade the files of a submission against the small suite of sums."""
    for path, text in files.items():
        (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / path).write_text(text)
    return grade(stage_folder(folder / "tree"), make_suite(folder / "suite"), engine(name), seed=1)


def earned(result: RunResult) -> list[str]:
    """Return the tests that gave points."""
    return [test for test, check in by_name(result).items() if check.points]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("own", [EMPTY, HONEST], ids=["empty", "honest"])
def test_t31_modules_named_like_the_librarys_serve_nobody_else(name: str, own: str, tmp_path: Path) -> None:
    result = grade_tree(name, tmp_path, {"sums.py": own, **{f"{module}.py": TRAP for module in STANDARD}})
    assert earned(result) == (["test_victim"] if own is EMPTY else ["test_add", "test_victim", "test_double"])
    assert not any("trap" in check.output for check in result.checks)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("own", [EMPTY, HONEST], ids=["empty", "honest"])
def test_t32_t33_nothing_in_a_submission_configures_tests_or_builds(name: str, own: str, tmp_path: Path) -> None:
    result = grade_tree(name, tmp_path, {"sums.py": own, **START_UP})
    assert earned(result) == (["test_victim"] if own is EMPTY else ["test_add", "test_victim", "test_double"])
    assert not any("trap" in check.output for check in result.checks)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("place", ["__pycache__/sums.cpython-311.pyc", "sums.pyc"])
def test_t34_compiled_code_does_not_stand_in_for_its_source(name: str, place: str, tmp_path: Path) -> None:
    source = tmp_path / "elsewhere.py"
    source.write_text(HONEST)
    target = tmp_path / "tree" / place
    target.parent.mkdir(parents=True)
    py_compile.compile(
        str(source), cfile=str(target), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    result = grade_tree(name, tmp_path, {"sums.py": EMPTY})
    assert earned(result) == ["test_victim"]
    assert by_name(result)["test_add"].verdict is Verdict.FAILED


ALIASING = """
import numpy as np
import sums
from gradescope_utils.autograder_utils.decorators import weight

@weight(1)
def test_adds_one():
    x = np.zeros(4)
    y = sums.add_one(x)
    assert not x.any()
    assert (np.asarray(y) == x + 1).all()

@weight(1)
def test_keeps_its_answer():
    first = sums.add_one(np.zeros(4))
    sums.add_one(np.full(4, 7.0))
    assert (np.asarray(first) == 1).all()
"""


@pytest.mark.parametrize("name", ENGINES)
def test_t16_what_the_judge_holds_changes_as_the_suite_has_it(name: str, tmp_path: Path) -> None:
    """The first changes its input instead of answering; the second overwrites the array it has returned before.

    That shows as in one process, and not at all where arguments are copies.
    """
    overwriting = "kept[:] = x + 1\n    return kept"
    for number, (line, body, expected) in enumerate(
        (
            ("", "x += 1\n    x -= 1\n    return x", []),
            ("", overwriting, ["test_adds_one"]),
            ('arguments = "copies"\n', overwriting, ["test_adds_one", "test_keeps_its_answer"]),
        )
    ):
        suite = make_suite(tmp_path / f"suite{number}", ALIASING, MANIFEST.replace("[limits]", f"{line}[limits]"))
        folder = tmp_path / f"tree{number}"
        folder.mkdir()
        (folder / "sums.py").write_text(f"import numpy as np\nkept = np.zeros(4)\ndef add_one(x):\n    {body}\n")
        assert earned(grade(stage_folder(folder), suite, engine(name), seed=1)) == expected


@pytest.mark.parametrize("name", ENGINES)
def test_t52_native_code_that_was_brought_along_is_not_loaded(name: str, tmp_path: Path) -> None:
    """Libraries are left out of the staged tree, and a process that becomes another program has left its test."""
    body = """
import os, shutil, sys

def victim():
    return int(os.path.exists("/submission/evil.so"))

def add(a, b):
    import evil
    return a + b

def double(a):
    shutil.copy(os.path.realpath(sys.executable), "/tmp/run")
    os.chmod("/tmp/run", 0o700)
    os.execv("/tmp/run", ["run", "-c", "pass"])
"""
    library = tmp_path / "tree" / "evil.so"
    library.parent.mkdir()
    library.write_bytes(b"\x7fELF" + bytes(100))
    checks = by_name(grade_tree(name, tmp_path, {"sums.py": body}))
    assert [check.points for check in checks.values()] == [0, 0, 0]
    assert "assert 0 == 1" in checks["test_victim"].message
    assert "No module named 'evil'" in checks["test_add"].message
    assert checks["test_double"].verdict is (Verdict.FAILED if name == "docker" else Verdict.CRASHED)
