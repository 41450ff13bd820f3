"""`suite doctor`: every test of a reference is compared with plain pytest, and each difference has a sentence and a line."""

from pathlib import Path

import pytest

from grader.cli.main import main
from grader.errors import SourceError
from grader.source import Tree
from grader.suite.doctor.diagnosis import MISSING, REFUSED, Diagnosis, compare, diagnose
from grader.suite.doctor.explanations import EXPLANATIONS, PASSES_TOO_MUCH, explain
from grader.suite.doctor.plain_pytest import Outcome, plain_outcomes
from grader.suite.manifest import Suite, load_suite
from tests.grader.engines import engine
from tests.grader.suite.importing.samples import write

TESTS = """
    import threading
    import unittest

    import pytest
    from work import Box, double

    def test_double():
        assert double(2) == 4

    @pytest.mark.parametrize("n", [0, 1])
    def test_cases(n):
        assert double(n) == 2 * n

    def test_with_a_lock():
        assert double(threading.Lock()) is None

    def test_prints(capfdbinary):
        assert double(3) == 6

    def test_wrong_everywhere():
        assert double(1) == 3

    @pytest.mark.skip(reason="later")
    def test_later():
        assert double(1) == 3

    class Later(unittest.TestCase):
        def test_box(self):
            self.assertEqual(Box(3).n, 3)
"""
WORK = b"""
def double(n):
    return n + n if isinstance(n, int) else None

class Box:
    def __init__(self, n):
        self.n = n
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    files = {"suite.toml": 'title = "Work"\npackage = "work"\n', "test_work.py": TESTS}
    return load_suite(write(tmp_path / "m_work", files))


def passed(*names: str) -> dict[str, Outcome]:
    return dict.fromkeys(names, Outcome("passed", ""))


def test_what_passes_in_both_is_no_difference() -> None:
    assert compare("s", passed("t.py::a"), passed("t.py::a")) == Diagnosis("s", tests=1)
    assert compare("s", {"t.py::a": Outcome("skipped", "")}, {"t.py::a": Outcome("skipped", "")}).holds


def test_a_test_that_passes_here_alone_is_the_worst() -> None:
    found = compare("s", {"t.py::a": Outcome("failed", "assert 1 == 2\nmore")}, passed("t.py::a"))
    assert [(each.said, each.sentence) for each in found.differences] == [("assert 1 == 2", PASSES_TOO_MUCH.sentence)]
    assert not found.holds


def test_a_file_that_cannot_be_collected_fails_all_its_tests() -> None:
    found = compare("s", {"t.py": Outcome("failed", "no module")}, passed("t.py::a", "t.py::b"))
    assert [each.check for each in found.differences] == ["t.py::a", "t.py::b"]


def test_a_test_that_one_side_does_not_have_is_told_of() -> None:
    found = compare("s", passed("t.py::a"), passed("t.py::b"))
    assert [(each.check, each.plain, each.here) for each in found.differences] == [
        ("t.py::b", MISSING, "passed"),
        ("t.py::a", "passed", MISSING),
    ]


def test_what_fails_in_both_is_the_references_fault_or_the_tests() -> None:
    failed = {"t.py::a": Outcome("failed", "assert 1 == 2")}
    assert compare("s", failed, failed).fails_in_both == ["t.py::a: assert 1 == 2"]


@pytest.mark.parametrize("row", EXPLANATIONS, ids=lambda row: row.says[:20] or "anything")
def test_every_explanation_ends_in_a_line_to_write(row: object) -> None:
    assert row.sentence.endswith(".")  # type: ignore[attr-defined]
    assert row.line  # type: ignore[attr-defined]


def test_whatever_the_judge_said_has_an_explanation() -> None:
    assert explain("something that nobody has thought of") is EXPLANATIONS[-1]
    assert "@in_candidate" in explain("an object of type Lock cannot cross by value").line


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(180)
def test_plain_pytest_in_a_box_gives_what_it_gives_at_home(suite: Suite) -> None:
    found = plain_outcomes(engine("bubblewrap"), suite, Tree.of({"src/work.py": WORK}))
    assert {name.partition("::")[2]: each.outcome for name, each in found.items()} == {
        "test_double": "passed",
        "test_cases[0]": "passed",
        "test_cases[1]": "passed",
        "test_with_a_lock": "passed",
        "test_prints": "passed",
        "test_wrong_everywhere": "failed",
        "test_later": "skipped",
        "Later::test_box": "passed",
    }
    assert found["test_work.py::test_wrong_everywhere"].message.startswith("assert 2 == 3")


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(180)
def test_each_difference_is_explained_though_one_refuses_the_suite(suite: Suite) -> None:
    found = diagnose(suite, Tree.of({"work.py": WORK}), engine("bubblewrap"))
    told = {each.check.partition("::")[2]: each for each in found.differences}
    assert {name: each.here for name, each in told.items()} == {"test_prints": REFUSED}
    assert "test_work.py:" in told["test_prints"].said
    assert "fixture" in told["test_prints"].sentence
    assert found.fails_in_both == ["test_work.py::test_wrong_everywhere: assert 2 == 3"]
    assert found.tests == 8


@pytest.mark.bubblewrap
def test_a_reference_without_the_package_is_refused(suite: Suite) -> None:
    with pytest.raises(SourceError, match="work"):
        diagnose(suite, Tree.of({"other.py": WORK}), engine("bubblewrap"))


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(180)
def test_the_command_names_each_difference_with_its_line(
    suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work.py").write_bytes(WORK)
    command = [
        "suite",
        "doctor",
        str(suite.folder),
        "--reference",
        str(tmp_path / "work.py"),
        "--sandbox",
        "bubblewrap",
    ]
    assert main(command) == 1
    told = capsys.readouterr().out
    assert "test_work.py::test_prints passed under plain pytest, refused here" in told
    assert "> @pytest.fixture" in told
    assert "6 of 8 tests of m_work pass in both." in told
