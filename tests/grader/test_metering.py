"""What a later module is measured on: the reference's earlier ones, unless it works with its own only."""

from pathlib import Path

import pytest

from grader.metering import on_reference
from grader.result import Check
from grader.run import grade
from grader.source import Tree
from grader.verdict import Verdict
from tests.grader.engines import engine, make_suite

pytestmark = pytest.mark.timeout(120)

MANIFEST = """
title = "Nets"
package = "nets"
modules = ["nets.first", "nets.second"]
reference = "{folder}"
"""
SUITE = """
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
from nets.second import double_product

@in_candidate
def run(x):
    return double_product(x)

@weight(1)
@budget(cpu=3.0)
def test_cost(measure):
    measure(run, inputs=lambda rng: (rng.standard_normal((150, 150)),), answer=lambda x: 2 * (x @ x), rtol=1e-6, atol=1e-6)
"""
FIRST = "def product(x):\n    return x @ x\n"
SLOW_FIRST = "def product(x):\n    for _ in range(20):\n        y = x @ x\n    return y\n"
SECOND = "from nets.first import product\ndef double_product(x):\n    return 2 * product(x)\n"
SLOW_SECOND = SECOND.replace("return", "[product(x) for _ in range(20)]\n    return")
OWN_SECOND = "from nets.first import own\ndef double_product(x):\n    return 2 * own(x)\n"


def tree(first: str, second: str) -> Tree:
    return Tree.of({"nets/__init__.py": b"", "nets/first.py": first.encode(), "nets/second.py": second.encode()})


def judged(folder: Path, first: str, second: str) -> Check:
    tree(FIRST, SECOND).write_to(folder / "reference")
    suite = make_suite(folder / "suite", SUITE, MANIFEST.format(folder=folder / "reference"))
    (check,) = grade(tree(first, second), suite, engine("bubblewrap"), seed=1).checks
    return check


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (SLOW_FIRST, SECOND, Verdict.PASSED),
        (FIRST, SLOW_SECOND, Verdict.OVER_BUDGET),
        (FIRST + FIRST.replace("product", "own"), OWN_SECOND, Verdict.PASSED),
        (FIRST + SLOW_FIRST.replace("product", "own"), OWN_SECOND, Verdict.OVER_BUDGET),
    ],
    ids=["a slow earlier module", "a slow module", "a module of its own kind", "a slow module of its own kind"],
)
def test_a_slow_earlier_module_is_paid_for_once(first: str, second: str, verdict: Verdict, tmp_path: Path) -> None:
    check = judged(tmp_path, first, second)
    assert check.verdict is verdict, check.message


def test_what_only_the_submission_has_comes_along() -> None:
    theirs = Tree.of(
        {"nets/first.py": b"mine", "nets/second.py": b"mine", "nets/helpers.py": b"mine", "notes.md": b"mine"}
    )
    mixed = on_reference(
        theirs, Tree.of({"nets/first.py": b"ref", "nets/second.py": b"ref", "nets/third.py": b"ref"}), "nets.second"
    )
    assert mixed.contents() == {
        "nets/first.py": b"ref",
        "nets/helpers.py": b"mine",
        "nets/second.py": b"mine",
        "nets/third.py": b"ref",
        "notes.md": b"mine",
    }
