"""Listed mistakes of every suite, a few in each run: each is caught, under two draws, and its student understands what is said.

They are drawn by ASSAY_SWEEP_SEED (0 by default), which the test's name records; `ASSAY_SWEEP_EACH` of each suite. `make suites`
grades all of them.
"""

import os
from pathlib import Path

import pytest

from grader.suite.check.effort import Effort
from grader.suite.check.grading import Grading
from grader.suite.check.mutant_rules import ListedMutants
from grader.suite.manifest import load_suite
from tests.grader.engines import engine

SUITES = Path(__file__).resolve().parents[2] / "test_suites"
SEED = int(os.environ.get("ASSAY_SWEEP_SEED", "0"))
EACH = int(os.environ.get("ASSAY_SWEEP_EACH", "1"))


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.parametrize("folder", sorted(SUITES.glob("m*_*")), ids=lambda folder: folder.name)
def test_a_drawn_mistake_keeps_every_rule_of_mistakes(folder: Path, seed: int) -> None:
    grading = Grading(load_suite(folder), engine("bubblewrap"))
    with grading.lanes:
        grading.collect()
        ListedMutants(grading, 2 + seed, Effort(listed=EACH, sample=seed)).try_all()
    assert [(rule.name, rule.findings) for rule in grading.report.rules if not rule.holds] == []
    assert len(grading.report.losses) == EACH
