"""`suite check`: a sound suite passes, and each kind of unsound one fails the rule it breaks."""

import re
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.result import Check
from grader.source import stage_folder
from grader.suite.authoring.scaffold import new_suite
from grader.suite.check.checker import Checker
from grader.suite.check.effort import Effort
from grader.suite.check.generated_mutants import generate, read_equivalent
from grader.suite.check.listed_mutants import load_mutants, read_mutant
from grader.suite.check.report import SuiteReport, is_lost
from grader.suite.manifest import load_suite
from grader.verdict import Verdict
from tests.grader.engines import engine

ROOT = Path(__file__).resolve().parents[4]
EXAMPLE = ROOT / "tests" / "example_course" / "w1_words"


def check(folder: Path) -> SuiteReport:
    return Checker(load_suite(folder), engine("bubblewrap")).check()


def failing(report: SuiteReport) -> list[str]:
    """Return the name of every rule that does not hold."""
    return [rule.name for rule in report.rules if not rule.holds]


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_course_that_has_nothing_to_do_with_ours_passes() -> None:
    report = check(EXAMPLE)
    assert report.holds, report.as_json()
    assert report.generated > 5
    assert report.killed == report.generated


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_new_suite_passes_its_own_check(tmp_path: Path) -> None:
    assert check(new_suite("week_1", tmp_path)).holds


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_check_without_points_kills_mutants_too_and_is_counted_apart(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    tests = (folder / "test_values.py").read_text()
    first, second, third = tests.split("@weight(4)")
    (folder / "test_values.py").write_text(f"{first}@weight(8){second}@weight(0){third}")
    report = check(folder)
    assert report.holds, report.as_json()
    (summary,) = [rule.summary for rule in report.rules if "generated" in rule.name]
    assert re.search(r", [1-9]\d* by checks without points", summary), summary


WEAK = """
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import weight
from work import clamp

SEEN = []


@weight(4)
def test_passes_for_anybody():
    SEEN.append(1)
    assert True


@weight(3)
def test_depends_on_the_order():
    assert SEEN
    clamp(1, 0, 2)


@weight(3)
def test_depends_on_the_seed(rng):
    assert_equal(clamp(1, 0, 2), 1)
    assert rng.random() < 0.9
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_weak_suite_fails_the_rules_it_breaks(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "test_values.py").write_text(WEAK)
    mutant = folder / "mutants" / "forgets_the_upper_limit.mutant"
    mutant.write_text(mutant.read_text().replace("test_clamps_numbers_on_both_sides", "test_depends_on_the_order"))
    report = check(folder)
    assert not report.holds
    broken = " ".join(failing(report))
    for words in ("starter", "nothing for nothing", "listed mutant", "generated mutants", "seeds"):
        assert words in broken
    assert report.survivors
    assert all(survivor["diff"] and survivor["line"] for survivor in report.survivors)


RIVALS = """
import os

from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from work import clamp


@weight(3)
@number("1")
@visibility("hidden")
def test_clamps_above():
    assert_equal(clamp(12, 0, 10), 10)


@weight(1)
@number("2")
def test_clamps_above_once_more():
    assert_equal([clamp(x, 0, 10) for x in (14, -1)], [10, 0])


@weight(6)
@visibility("hidden")
def test_depends_on_the_draw():
    high = 10 if os.environ["ASSAY_SEED"] == "1" else 20
    assert_equal([clamp(12, 0, high), clamp(-3, 0, 5)], [min(12, high), 0])
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_dear_slip_a_hidden_rule_and_a_lucky_draw_are_findings(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "test_values.py").write_text(RIVALS)
    mutant = folder / "mutants" / "forgets_the_upper_limit.mutant"
    slip = mutant.read_text().replace("test_clamps_numbers_on_both_sides", "test_clamps_above")
    mutant.write_text(f"# also: test_values.py::*\n{slip}")
    report = check(folder)
    found = {rule.name.partition(":")[0]: rule.findings for rule in report.rules}
    assert found["publication"] == ["test_values.py::test_depends_on_the_draw cites no section: @number(...)"]
    assert found["stability"] == [
        "forgets_the_upper_limit: test_values.py::test_depends_on_the_draw is failed with seed 1, passed with 2"
    ]
    (finding,) = found["one slip, one loss"]
    assert finding.startswith("forgets_the_upper_limit costs 100.0 % of the points: test_values.py::test_depends_on")
    assert [(loss["percent"], loss["at_most"]) for loss in report.as_json()["losses"]] == [(100.0, 60.0)]


BUDGET = """
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
from work import clamp


@in_candidate
def clamp_many(numbers):
    return np.array([clamp(x, 0, 10) for x in numbers])


@weight(3)
@budget(cpu=20.0)
def test_clamping_is_quick(measure):
    measure(clamp_many, inputs=lambda rng: (rng.integers(-5, 20, 400).tolist(),), answer=lambda numbers: np.clip(numbers, 0, 10))
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_mistake_costs_the_budgets_too_whose_answers_it_spoils(tmp_path: Path) -> None:
    """It names none of them, and no clock is asked: a wrong answer is as wrong for being quick."""
    folder = new_suite("week_1", tmp_path)
    tests = (folder / "test_values.py").read_text()
    (folder / "test_values.py").write_text(tests.replace("@weight(4)", "@weight(3.5)", 1))
    manifest = folder / "suite.toml"
    points = sum(map(float, re.findall(r"@weight\(([\d.]+)\)", (folder / "test_values.py").read_text()))) + 3
    manifest.write_text(re.sub(r"(?m)^points = .*$", f"points = {points:g}", manifest.read_text()))
    (folder / "test_budgets.py").write_text(BUDGET)
    effort = Effort(draws=1, seeds=1, generated=1)
    report = Checker(load_suite(folder), engine("bubblewrap"), effort=effort).check()
    first, result = report.read[0]
    lost = {check.id: check.max_points - check.points for check in result.checks if is_lost(check)}
    assert lost["test_budgets.py::test_clamping_is_quick"] == 3
    assert report.losses[0].percent == round(100 * sum(lost.values()) / points, 2)
    assert not [each for rule in report.rules if "listed mutant" in rule.name for each in rule.findings], first.name
    assert all(check.budget is None for check in result.checks)


EASY = """
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import weight
from work import clamp


@weight(10)
def test_clamps_numbers_on_both_sides():
    for x, want in ((5, 5), (12, 10), (-3, 0)):
        assert_equal(clamp(x, 0, 10), want)
"""
ANY_PACKAGE = "@weight(10)\ndef test_any_package():\n    import work\n"


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_only_a_milestone_is_spared_the_starter_and_the_generated_mutants(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "test_values.py").write_text(EASY)
    report = check(folder)
    assert failing(report) == ["of the generated mutants at least 97% are killed"], report.as_json()
    manifest = folder / "suite.toml"
    manifest.write_text('needs = ["tensor"]\n' + manifest.read_text())
    report = check(folder)
    assert report.holds, report.as_json()
    assert report.generated == 0
    assert [rule.name for rule in report.rules if "gets nothing" in rule.name] == ["an empty package gets nothing"]


UNPAID = """

@weight(0)
def test_that_no_solution_passes():
    assert_equal(clamp(1, 0, 2), 2)
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_check_without_points_that_the_reference_fails_is_a_finding(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    tests = folder / "test_values.py"
    tests.write_text(tests.read_text() + UNPAID)
    (finding, *_), *_ = (rule.findings for rule in check(folder).rules if "reference" in rule.name)
    assert "test_that_no_solution_passes is failed" in finding


MUTANTS = {
    "no test named": ("# file: a.py\n<<<<<<<\na\n=======\nb\n>>>>>>>\n", ":1: a mutant names the test"),
    "no file named": ("# caught-by: t.py::test_a\n<<<<<<<\na\n=======\nb\n>>>>>>>\n", ":1: a mutant names one file"),
    "an unknown header": ("# caught by: t\n", ":1: a header is one of"),
    "no hunk": ("# caught-by: t.py::test_a\n# file: a.py\n", "a hunk is written"),
    "a hunk without an end": ("# caught-by: t\n# file: a.py\n<<<<<<<\na\n=======\nb\n", "a hunk is written"),
    "text outside a hunk": ("# caught-by: t\n# file: a.py\nx = 1\n", ":3: a hunk begins"),
}


@pytest.mark.parametrize("case", MUTANTS)
def test_a_broken_mutant_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    text, sentence = MUTANTS[case]
    path = tmp_path / "wrong.mutant"
    path.write_text(text)
    with pytest.raises(SuiteError, match=sentence):
        read_mutant(path)


def test_a_mutant_that_the_reference_has_outgrown_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.mutant"
    path.write_text("# caught-by: t\n# file: words.py\n<<<<<<<\n    nothing of the kind\n=======\nx\n>>>>>>>\n")
    with pytest.raises(SuiteError, match="occurs 0 times"):
        read_mutant(path).apply(stage_folder(EXAMPLE.parent / "reference"))


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_mutant_that_names_no_test_of_the_suite_is_refused(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    path = folder / "mutants" / "forgets_the_upper_limit.mutant"
    path.write_text(path.read_text().replace("both_sides", "no_side"))
    with pytest.raises(SuiteError, match=r"forgets_the_upper_limit.mutant:1: the suite has no test"):
        check(folder)


SOURCE = """
import numpy as np

SIZE = 4


def f(x, axis=0):
    total = x.sum(axis=1, keepdims=True) + 2
    if total > 3 and not x:
        raise ValueError(f"{x} + 1")
    return total
"""


def test_generated_mutants_change_one_thing_each_and_keep_their_ids_when_lines_move() -> None:
    made = generate("m.py", SOURCE)
    kinds = {mutant.id for mutant in made}
    assert {
        "f Add->Sub 1",
        "f Gt->GtE 1",
        "f And->Or 1",
        "f axis changed 1",
        "f keepdims changed 1",
        "constant 4 changed 1",
    } <= kinds
    assert len(kinds) == len(made) == len({mutant.source for mutant in made})
    assert {mutant.id for mutant in generate("m.py", "\n\n" + SOURCE)} == kinds
    assert all(
        "ValueError(f'{x} + 1')" in mutant.source
        for mutant in made
        if "Raise" not in mutant.id and "If" not in mutant.id
    )


def test_equivalent_mutants_need_a_reason(tmp_path: Path) -> None:
    (tmp_path / "equivalent.txt").write_text("f Add->Sub 1: both give 0 here\n")
    assert read_equivalent(tmp_path) == {"f Add->Sub 1": "both give 0 here"}
    (tmp_path / "equivalent.txt").write_text("f Add->Sub 1\n")
    with pytest.raises(SuiteError, match=r"equivalent.txt:1"):
        read_equivalent(tmp_path)


@pytest.mark.medium
@pytest.mark.parametrize("folder", sorted((ROOT / "test_suites").glob("m*_*")), ids=lambda folder: folder.name)
def test_every_listed_mutant_of_the_course_still_applies(folder: Path) -> None:
    suite = load_suite(folder)
    assert suite.reference is not None
    reference = stage_folder(suite.reference)
    for mutant in load_mutants(folder):
        assert mutant.apply(reference).digest != reference.digest


@pytest.mark.parametrize(
    ("verdict", "points", "max_points", "lost"),
    [("passed", 1, 1, False), ("skipped", 0, 0, False), ("skipped", 0, 1, True), ("failed", 0, 0, True)],
)
def test_the_reference_may_leave_out_only_what_its_author_has_skipped(
    verdict: str, points: float, max_points: float, lost: bool
) -> None:
    assert is_lost(Check("t", "t", points, max_points, Verdict(verdict))) is lost
