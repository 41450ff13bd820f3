"""Yardsticks that the accused could bend: a workload of their own, and time between two pieces that nobody compares."""

from pathlib import Path

import pytest

from grader.result import Check
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import engine, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(180)]

MANIFEST = """
title = "Nets"
package = "nets"
modules = ["nets.first", "nets.second"]
reference = "{reference}"
"""
HEAD = """
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate, scales
from nets.first import Product
from nets.second import doubled, total
"""
RIVAL = (
    HEAD
    + """
@in_candidate
def mine(x):
    return doubled(x)

@in_candidate
def rival(x):
    return 2 * Product().of(x) + total([])

@weight(1)
@budget(cpu=3.0)
def test_cost(measure):
    measure(mine, against=rival, inputs=lambda rng: (rng.standard_normal((150, 150)),), answer=lambda x: 2 * x @ x)
"""
)
GROWS = (
    HEAD
    + """
@in_candidate
def run(values):
    return total(values)

@weight(1)
@scales("n", at_most=1.4)
def test_cost(measure):
    measure.scaling(
        run,
        sizes=(500, 1000, 2000),
        inputs=lambda rng, n: (rng.integers(0, 100, n).tolist(),),
        answer=lambda values: float(sum(values)),
    )
"""
)
FIRST = "class Product:\n    def of(self, x):\n        return x @ x\n"
SECOND = """
import nets.first
def doubled(x):
    return 2 * nets.first.Product().of(x)
def total(values):
    return float(sum(values))
"""
SLOW = SECOND.replace("return 2", "[nets.first.Product().of(x) for _ in range(60)]\n    return 2")
#: Makes a product slow where the suite's own function asks for it.
SPOILS_ITS_RIVAL = (
    SLOW
    + """
honest = nets.first.Product.of
def slowed(self, x):
    import sys
    if sys._getframe(1).f_code.co_filename.startswith("<in_candidate"):
        for _ in range(40): honest(self, x)
    return honest(self, x)
nets.first.Product.of = slowed
"""
)
#: Does its work while it is prepared, and has its rival's process burn as much there, so that this seems to be usual.
WORKS_WHILE_ITS_RIVAL_BURNS = (
    SECOND
    + """
import sys
agent = sys.modules["grader.candidate.serve"]
honest = agent.Session.prepare
done = {}
def prepare(self, setup, batch, exact):
    honest(self, setup, batch, exact)
    for state in self.states:
        for _ in range(60): product = nets.first.Product().of(state[0])
        done[id(state[0])] = 2 * product
agent.Session.prepare = prepare
def doubled(x):
    found = done.pop(id(x), None)
    return 2 * nets.first.Product().of(x) if found is None else found
"""
)
#: Hides how its work grows by wasting as much time at every size: n to the power 0.
PADDED = """
def total(values):
    found = 0.0
    for value in values:
        found += value
    for _ in range(1_600_000): pass
    return found
"""
QUADRATIC = """
def quadratic(values):
    found = 0.0
    for value in values:
        for _ in values:
            found += 0.0
        found += value
    return found
"""
WHILE_PREPARED = (
    QUADRATIC
    + """
import sys
agent = sys.modules["grader.candidate.serve"]
honest = agent.Session.prepare
done = {}
def prepare(self, setup, batch, exact):
    honest(self, setup, batch, exact)
    done.update((id(state[0]), quadratic(*state)) for state in self.states)
agent.Session.prepare = prepare
def total(values):
    found = done.pop(id(values), None)
    for _ in values: pass
    return quadratic(values) if found is None else found
"""
)


def judged(folder: Path, suite: str, second: str, reference: bool = True) -> Check:
    tree = {"nets/__init__.py": b"", "nets/first.py": FIRST.encode(), "nets/second.py": SECOND.encode()}
    Tree.of(tree).write_to(folder / "reference")
    manifest = MANIFEST if reference else MANIFEST.replace("reference =", "# none:")
    loaded = make_suite(folder / "suite", suite, manifest.format(reference=folder / "reference"))
    (check,) = grade(Tree.of({**tree, "nets/second.py": second.encode()}), loaded, engine("bubblewrap"), seed=1).checks
    return check


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (SECOND, Verdict.PASSED),
        (SLOW, Verdict.OVER_BUDGET),
        (SPOILS_ITS_RIVAL, Verdict.OVER_BUDGET),
        (WORKS_WHILE_ITS_RIVAL_BURNS, Verdict.OVER_BUDGET),
    ],
    ids=["honest", "slow", "slow, and spoils its rival", "works while its rival burns"],
)
def test_a_rival_is_no_slower_than_the_reference_lets_it_be(second: str, verdict: Verdict, tmp_path: Path) -> None:
    check = judged(tmp_path, RIVAL, second)
    assert check.verdict is verdict, check.message


@pytest.mark.parametrize("reference", [True, False], ids=["with a reference", "without one"])
@pytest.mark.parametrize(
    ("total", "verdict"),
    [
        ("", Verdict.PASSED),
        (QUADRATIC + "total = quadratic\n", Verdict.OVER_BUDGET),
        (WHILE_PREPARED, Verdict.OVER_BUDGET),
    ],
    ids=["linear", "quadratic", "quadratic while it is prepared"],
)
def test_growth_is_seen_wherever_the_time_goes(total: str, verdict: Verdict, reference: bool, tmp_path: Path) -> None:
    check = judged(tmp_path, GROWS, SECOND + total, reference)
    assert check.verdict is verdict, check.message


def test_time_that_is_wasted_at_every_size_is_held_against_the_reference(tmp_path: Path) -> None:
    check = judged(tmp_path, GROWS, SECOND + PADDED)
    assert check.verdict is Verdict.OVER_BUDGET, check.message
    assert "your code needs more than 20 times the time of the reference" in check.message
