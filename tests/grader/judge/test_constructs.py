"""Every construct comes to the verdict of plain pytest in one process, for a right and for a wrong submission."""

import itertools
import textwrap

import pytest

from grader.result import RunResult
from grader.suite.manifest import Suite, load_suite
from grader.verdict import Verdict
from tests.grader.engines import grade_files
from tests.grader.judge import constructs
from tests.grader.judge.construct_files import FILES
from tests.grader.judge.one_process import outcomes

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]

SUBMISSIONS = {"right": constructs.RIGHT, "wrong": constructs.WRONG}
#: pytest's word for a test, and the verdict that is the same.
VERDICTS = {"PASSED": Verdict.PASSED, "XFAIL": Verdict.PASSED, "XPASS": Verdict.PASSED, "SKIPPED": Verdict.SKIPPED}
#: Constructs that no submission fails: their tests are skipped.
SAME_FOR_ALL = {"skipTest", "a test that skips itself by raising", "a skip in setUp", "a skip in setUpClass"}


def file_of(name: str) -> str:
    return f"test_{'_'.join(name.replace(chr(39), '').replace('.', ' ').split())}.py"


def sources() -> dict[str, str]:
    """Return every construct as a file."""
    methods = {name: constructs.METHOD + textwrap.indent(body, " " * 8) for name, body in constructs.METHODS.items()}
    return {**methods, **{name: textwrap.dedent(text) for name, text in FILES.items()}}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("constructs") / "constructs"
    folder.mkdir()
    (folder / "suite.toml").write_text('title = "Constructs"\npackage = "work"\n')
    for name, text in sources().items():
        (folder / file_of(name)).write_text(text)
    return load_suite(folder)


@pytest.fixture(scope="module")
def graded(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunResult]:
    folder = tmp_path_factory.mktemp("graded")
    return {
        name: grade_files("bubblewrap", folder / name, {"work.py": text}, suite) for name, text in SUBMISSIONS.items()
    }


@pytest.fixture(scope="module")
def plain(
    suite: Suite, graded: dict[str, RunResult], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("plain")
    found = {}
    for name, text in SUBMISSIONS.items():
        (folder / name).mkdir()
        (folder / name / "work.py").write_text(text)
        found[name] = outcomes(suite, folder / name, folder / f"{name}_suite")
    return found


def of(name: str, result: RunResult) -> dict[str, Verdict]:
    start = f"{file_of(name)}::"
    return {check.id: check.verdict for check in result.checks if check.id.startswith(start)}


@pytest.mark.slow
def test_the_verdict_is_that_of_one_process(
    graded: dict[str, RunResult], plain: dict[str, dict[str, str]], subtests: pytest.Subtests
) -> None:
    for submission, name in itertools.product(SUBMISSIONS, sources()):  # in one test, so that one process grades them
        found = of(name, graded[submission])
        said = {check: plain[submission][check] for check in found}
        with subtests.test(submission=submission, construct=name):
            assert {check: VERDICTS.get(word, Verdict.FAILED) for check, word in said.items()} == found


@pytest.mark.medium
def test_the_construct_tells_right_from_wrong(graded: dict[str, RunResult], subtests: pytest.Subtests) -> None:
    for name in sources().keys() - SAME_FOR_ALL:
        with subtests.test(construct=name):
            assert of(name, graded["right"]) != of(name, graded["wrong"])


@pytest.mark.medium
def test_every_test_that_plain_pytest_finds_is_judged(
    graded: dict[str, RunResult], plain: dict[str, dict[str, str]]
) -> None:
    assert {check.id for check in graded["right"].checks} == plain["right"].keys()


@pytest.mark.medium
def test_marked_tests_leave_their_points_to_the_others(graded: dict[str, RunResult]) -> None:
    by_id = {check.id: check for check in graded["right"].checks}
    assert sum(check.max_points for check in by_id.values()) == pytest.approx(100)
    marked = ["test_marks_of_skipping.py::SkippedTest::test_never", "test_an_expected_failure.py::HalfTest::test_fails"]
    marked += [
        f"test_marks_of_pytest.py::{name}" for name in ("test_skip", "test_skipif", "test_xfail", "test_cases[5]")
    ]
    assert {by_id[name].max_points for name in marked} == {0}
    skipping = by_id["test_skipTest.py::ItTest::test_it"]
    assert skipping.points == 0 < skipping.max_points
