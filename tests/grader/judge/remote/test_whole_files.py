"""Files of tests as courses write them, with fixtures, classes and patches: each test ends over the socket as in one process.

The tables lie in `whole_files/`: a right and a wrong module of a student's, and a file of tests. All of them are one suite, each
with a package of its own, so that they cost two runs. A row that plain pytest does not tell apart is refused.
"""

import itertools
import re
from pathlib import Path

import pytest

from grader.suite.manifest import load_suite
from grader.verdict import Verdict
from tests.grader.engines import grade_files
from tests.grader.judge.one_process import outcomes
from tests.grader.judge.remote.verdicts import Row, rows

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(300)]

TABLES = sorted((Path(__file__).parent / "whole_files").glob("*.txt"))
ROWS = {f"{path.stem}: {name}": row for path in TABLES for name, row in rows(path.read_text("utf-8")).items()}
PACKAGES = {name: f"work{number:03}" for number, name in enumerate(ROWS)}
MANIFEST = """
title = "Whole files"
packages = {packages}
[limits]
test_wall_seconds = 8
lost_wall_seconds = 200
"""
Found = dict[str, dict[str, str]]  # by submission and test


def _renamed(text: str, package: str) -> str:
    return re.sub(r"\bwork\b", package, text)


def _file(row: Row) -> str:
    has_import = re.search(r"^(import|from) work|^    import work$", row.test, re.MULTILINE)
    return row.test if has_import else "import pytest\nimport work\n" + row.test


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found, dict[str, str]]:
    """Return what plain pytest and the judge say of every test, and the judge's messages."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "suite").mkdir()
    (folder / "suite" / "suite.toml").write_text(MANIFEST.format(packages=list(PACKAGES.values())))
    for name, row in ROWS.items():
        (folder / "suite" / f"test_{PACKAGES[name]}.py").write_text(_renamed(_file(row), PACKAGES[name]))
    suite = load_suite(folder / "suite")
    plain: Found = {}
    judged: Found = {}
    messages = {}
    for student in ("right", "wrong"):
        files = {f"{PACKAGES[name]}.py": _renamed(getattr(row, student), PACKAGES[name]) for name, row in ROWS.items()}
        tree = folder / f"{student}_tree"
        tree.mkdir()
        for path, text in files.items():
            (tree / path).write_text(text)
        said = outcomes(suite, tree, folder / f"{student}_suite")
        plain[student] = {test: "passed" if word in ("PASSED", "XFAIL") else "failed" for test, word in said.items()}
        result = grade_files("bubblewrap", folder / student, files, suite)
        judged[student] = {
            check.id: "passed" if check.verdict == Verdict.PASSED else "failed" for check in result.checks
        }
        messages |= {f"{student} {check.id}": check.message for check in result.checks}
    return plain, judged, messages


def test_every_verdict_is_that_of_one_process(
    found: tuple[Found, Found, dict[str, str]], subtests: pytest.Subtests
) -> None:
    plain, judged, messages = found
    for name, student in itertools.product(ROWS, ("right", "wrong")):  # in one test, so that one process grades them
        start = f"test_{PACKAGES[name]}.py::"
        expected = {test: word for test, word in plain[student].items() if test.startswith(start)}
        with subtests.test(file=name, student=student):
            assert (set(expected.values()) == {"passed"}) is (student == "right"), expected
            for test, word in expected.items():
                assert judged[student].get(test) == word, f"{student} {test}: {messages.get(f'{student} {test}')}"
