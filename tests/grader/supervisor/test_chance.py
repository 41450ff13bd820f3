"""Chance in a run: hash order and all generators, seeded or not, are the same in every box of it and in a replay."""

import ast
from pathlib import Path

import pytest

from grader.sandbox.base import PYTHON_FLAGS
from grader.source import Tree
from grader.supervisor.run import grade
from tests.grader.engines import ENGINES, MANIFEST, by_name, engine, make_suite

pytestmark = pytest.mark.timeout(120)

#: What is drawn, from generators that everybody shares and from such as are made without a seed.
DRAWN = """
def drawn():
    seeded = [random.random(), float(np.random.rand())]
    unseeded = [random.Random().random(), np.random.default_rng().random(), float(np.random.RandomState().rand())]
    return seeded + unseeded + [np.random.Generator(np.random.PCG64()).random(), float(np.random.SeedSequence().entropy)]
"""
SUITE = """
import hashlib, os, random, sys
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
import sums

{drawn}
COLLECTED = drawn()
of_the_student = in_candidate(drawn)

@in_candidate
def facts():
    return [sys.flags.hash_randomization, hash("assay"), list({"ab", "cd", "ef", "gh", "ij"}), sums.DRAWN]

@in_candidate
def draw(x):
    return sums.draw(x)

@weight(1)
def test_first():
    here = [sys.flags.hash_randomization, hash("assay"), list({"ab", "cd", "ef", "gh", "ij"}), drawn(), COLLECTED]
    hashes = facts()
    raise AssertionError("FACTS" + repr([here, [*hashes[:3], of_the_student(), hashes[3]]]) + "END")

@weight(1)
def test_second():
    raise AssertionError("FACTS" + repr([drawn(), [of_the_student(), facts()[3]]]) + "END")

@weight(1)
@budget(memory=2.0)
def test_measured(measure):
    own = hashlib.sha256(f"candidate {os.environ['ASSAY_SEED']} test_sums.py::test_measured".encode()).digest()
    first = np.random.RandomState(int.from_bytes(own[:4], "big")).rand()
    measure(draw, inputs=lambda rng: (0,), answer=lambda x: first, rtol=1e-9, atol=1e-9)
"""
PACKAGE = f"""
import random
import numpy as np
{DRAWN}
DRAWN = drawn()
def draw(x):
    return float(np.random.rand())
"""
#: Starts a thread while it is imported, so that every test imports it for itself; a measured process may start none.
IMPORTED_ANEW = (
    PACKAGE
    + """
import threading, time
try:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError:
    pass
"""
)


def facts(name: str, folder: Path, package: str = PACKAGE, seed: int = 5) -> dict[str, list[object]]:
    """Grade in fresh boxes and return what both sides said of chance, by test."""
    (folder / "reference").mkdir(parents=True)
    (folder / "reference" / "sums.py").write_text(PACKAGE)
    manifest = MANIFEST.replace("[limits]", 'reference = "../../reference"\n[limits]')
    suite = make_suite(folder / "suite", SUITE.replace("{drawn}", DRAWN), manifest)
    checks = by_name(grade(Tree.of({"sums.py": package.encode()}), suite, engine(name), seed=seed))
    assert checks["test_measured"].points == 1, checks["test_measured"].message
    said = {test: checks[test].message for test in ("test_first", "test_second")}
    return {test: ast.literal_eval(text.partition("FACTS")[2].partition("END")[0]) for test, text in said.items()}


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.slow
def test_every_box_of_a_run_and_of_a_replay_draws_and_orders_alike(name: str, tmp_path: Path) -> None:
    first, again = (facts(name, tmp_path / place) for place in ("first", "again"))
    assert first == again
    here, there = first["test_first"]
    assert (here[0], there[0]) == (0, 0)  # hash randomisation
    assert here[1:3] == there[1:3]
    assert here[3] != there[3]  # what the suite draws tells nothing of what the student's code will
    assert first["test_second"][0] != here[3]
    assert first["test_second"][1] != there[3:]


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_another_seed_draws_others_and_a_package_that_is_imported_anew_the_same(tmp_path: Path) -> None:
    usual = facts("bubblewrap", tmp_path / "usual")
    assert facts("bubblewrap", tmp_path / "anew", IMPORTED_ANEW) == usual
    other = facts("bubblewrap", tmp_path / "other", seed=6)
    assert other["test_first"][1][3] != usual["test_first"][1][3]
    assert other["test_first"][1][4] == usual["test_first"][1][4]  # what is drawn while it is imported


def test_no_flag_makes_python_ignore_the_hash_seed() -> None:
    assert not {"-I", "-E"} & set(PYTHON_FLAGS)
