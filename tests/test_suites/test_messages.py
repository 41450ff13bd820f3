"""What students read of their own mistakes: listed mutants of every suite, and words that must reach nobody.

A sample is drawn by ASSAY_SWEEP_SEED (0 by default), which the test's name records; `ASSAY_SWEEP_EACH` mutants of each suite.
"""

import os
import random
import re
from pathlib import Path

import pytest

from grader.suite.check.grading import BUDGET_FILE, Grading
from grader.suite.check.listed_mutants import load_mutants
from grader.suite.manifest import load_suite
from grader.supervisor.run import Order
from tests.grader.engines import engine

SUITES = Path(__file__).resolve().parents[2] / "test_suites"
SEED = int(os.environ.get("ASSAY_SWEEP_SEED", "0"))
EACH = int(os.environ.get("ASSAY_SWEEP_EACH", "1"))

#: pytest's own words, objects at addresses, kinds of objects in place of names, marks of ours.
UNREADABLE = re.compile(
    r"DID NOT RAISE|Regex pattern|<class '|<bound method|<built-in|\bat 0x[0-9a-f.]+|memoryview|\ba (bound )?method\b|\(S\)"
)


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.parametrize("folder", sorted(SUITES.glob("m*_*")), ids=lambda folder: folder.name)
def test_no_student_reads_what_only_python_understands(folder: Path, seed: int) -> None:
    grading = Grading(load_suite(folder), engine("bubblewrap"))
    mutants = load_mutants(folder)
    with grading.lanes:
        for mutant in random.Random(seed).sample(mutants, min(EACH, len(mutants))):
            result = grading.grade(mutant.apply(grading.reference), Order(without=BUDGET_FILE))
            found = {check.id: check.message for check in result.checks if UNREADABLE.search(check.message)}
            assert not found, f"{mutant.name}: {found}"
