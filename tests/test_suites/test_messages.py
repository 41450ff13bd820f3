"""Listed mistakes of every suite, a few in each run: each is caught where it says, and its student understands what is said.

They are drawn by ASSAY_SWEEP_SEED (0 by default), which the test's name records; `ASSAY_SWEEP_EACH` of each suite. `make suites`
grades all of them, under many draws, and holds every rule against them.
"""

import os
from pathlib import Path

import pytest

from grader.suite.check.effort import Effort
from grader.suite.check.grading import BUDGET_FILE, Grading
from grader.suite.check.mutant_rules import ListedMutants
from grader.suite.manifest import load_suite
from tests.drawing import SEED
from tests.grader.engines import engine

SUITES = Path(__file__).resolve().parents[2] / "test_suites"
EACH = int(os.environ.get("ASSAY_SWEEP_EACH", "1"))
HELD = ("every listed mutant", "messages")  # the rules that one mistake alone can break


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.parametrize("folder", sorted(SUITES.glob("m*_*")), ids=lambda folder: folder.name)
def test_a_drawn_mistake_is_caught_and_its_student_understands_why(folder: Path, seed: int) -> None:
    grading = Grading(load_suite(folder), engine("bubblewrap"))
    with grading.lanes:
        grading.collect()
        effort = Effort(draws=1, listed=EACH, sample=seed)
        listed = ListedMutants(grading, 2, effort)
        plain = [mutant for mutant in listed.known if not any(BUDGET_FILE in name for name in mutant.caught_by)]
        listed.mutants = effort.drawn(plain, EACH)  # budgets measure time, and wait for `make suites`
        listed.try_all()
    held = [rule for rule in grading.report.rules if rule.name.startswith(HELD)]
    assert len(held) == len(HELD)
    assert [finding for rule in held for finding in rule.findings] == []
    assert len(grading.report.losses) == EACH
