"""The same tree under the same suite: one grade on every way to one, with thirds, a part of a budget, and a student who draws.

Ways: the command line with and without a seed, its replay, each engine, a worker's warm boxes, several suites in one command, tests
in another order, and what runs in Gradescope's container.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.autograder.judge_submission import judge
from grader.cli.main import main
from grader.result import RunResult
from grader.sandbox.limits import Limits
from grader.seeds import derived_seed
from grader.source import Tree, pack_archive, stage_folder, stage_limited, unpack_archive
from grader.suite.bundle import REFERENCE, pack_suite
from grader.suite.manifest import Suite, load_packed_suite, load_suite
from grader.suite.order import Order
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade
from tests.grader.engines import ENGINES, engine, make_tree

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SUITE = {
    "suite.toml": """
title = "Draws"
package = "draws"
modules = ["draws"]
reference = "reference"
points = 6
""",
    "reference/draws.py": "def cost(x):\n    for _ in range(300_000): pass\n    return 2 * x\n",
    "test_draws.py": """
import numpy as np
import pytest
from gradescope_utils.autograder_utils.decorators import partial_credit, visibility, weight
from marks import budget, in_candidate
import draws


@in_candidate
def work(x):
    return draws.cost(x)


@weight(1 / 3)
def test_drawn_by_the_suite(rng):
    assert draws.doubled(int(rng.integers(2**40))) == 0


@weight(1 / 3)
def test_drawn_by_the_student():
    assert draws.drawn() == []


@weight(1 / 3)
@visibility("hidden")
def test_order_of_texts():
    assert draws.order() == []


@partial_credit(2)
def test_a_part(set_score):
    set_score(2 * draws.share())


@weight(1)
@pytest.mark.parametrize("x", [1, 2, 3])
def test_cases(x, rng):
    assert draws.lucky() > 0.5, f"{x} {rng.integers(2**40)}"


@weight(2)
@budget(cpu=1.25)
def test_cost(measure):
    measure(work, inputs=lambda rng: (int(rng.integers(1000)),), answer=lambda x: 2 * x)
""",
}
#: Draws from every kind of generator that is not the system's own, and is 2.2 times as dear: 1.76 times the budget.
MODULE = """
import random
import numpy as np
AT_IMPORT = [random.random(), float(np.random.rand()), np.random.default_rng().random()]
def doubled(x): return 2 * x
def drawn():
    found = [random.random(), float(np.random.rand()), random.Random().random(), np.random.default_rng().random()]
    return AT_IMPORT + found + [random.sample(range(100), 3), np.random.permutation(9).tolist()]
def order(): return list({"ab", "cd", "ef", "gh", "ij"}) + list({b"x", b"y", b"z"}) + [hash("assay"), hash((1, "a"))]
def share(): return random.random()
def lucky(): return np.random.default_rng().random()
def cost(x):
    for _ in range(660_000): pass
    return 2 * x
"""
BUDGET = "test_draws.py::test_cost"


def outcome(result: RunResult) -> dict[str, tuple[object, ...]]:
    """Return everything of a result that must not differ; of a budget not its sentence, which tells what was measured."""
    return {
        check.id: (check.verdict, check.points, check.max_points, "" if check.id == BUDGET else check.message)
        for check in result.checks
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("draws")
    make_tree(place / "m_draws", SUITE)
    make_tree(place / "tree", {"draws.py": MODULE})
    return place


@pytest.fixture(scope="module")
def suite(folder: Path) -> Suite:
    return load_suite(folder / "m_draws")


@pytest.fixture(scope="module")
def tree(folder: Path) -> Tree:
    return stage_folder(folder / "tree")


@pytest.fixture(scope="module")
def first(suite: Suite, tree: Tree) -> RunResult:
    """The grade that all others are held against."""
    return grade(tree, suite, engine("bubblewrap"), seed=derived_seed("", suite.digest, tree.digest))


def run(folder: Path, *more: str) -> Iterator[RunResult]:
    out = folder / "result.json"
    suites = ["--suite", str(folder / "m_draws")] * (2 if "twice" in more else 1)
    options = [word for word in more if word != "twice"]
    assert main(["run", str(folder / "tree"), *suites, "--json", str(out), "--sandbox", "bubblewrap", *options]) == 0
    document = json.loads(out.read_text())
    for each in document if isinstance(document, list) else [document]:
        yield RunResult.from_json(json.dumps(each))


@pytest.mark.bubblewrap
def test_the_grade_has_thirds_and_a_part_of_a_budget(first: RunResult) -> None:
    earned = {check.id.partition("::")[2]: (check.verdict.value, check.points) for check in first.checks}
    assert earned["test_cost"] == ("over_budget", 1.0)
    assert {points for name, (_verdict, points) in earned.items() if name.startswith("test_cases")} <= {0, 0.33, 0.34}
    assert 0 < earned["test_a_part"][1] < 2
    assert all(round(points, 2) == points for _verdict, points in earned.values())


@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_gives_the_same_grade(name: str, suite: Suite, tree: Tree, first: RunResult) -> None:
    again = grade(tree, suite, engine(name), seed=int(first.provenance["seed"]))
    assert outcome(again) == outcome(first)
    assert again.score == first.score


@pytest.mark.bubblewrap
def test_the_command_line_gives_the_same_grade_with_and_without_a_seed(folder: Path, first: RunResult) -> None:
    for result in [*run(folder), *run(folder, "--seed", str(first.provenance["seed"])), *run(folder, "twice")]:
        assert outcome(result) == outcome(first)
        assert result.provenance["seed"] == first.provenance["seed"]


@pytest.mark.bubblewrap
def test_a_replay_agrees(folder: Path, first: RunResult, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "first.json").write_text(first.to_json())
    command = ["replay", str(folder / "first.json"), str(folder / "tree"), "--suite", str(folder / "m_draws")]
    assert main([*command, "--sandbox", "bubblewrap"]) == 0
    assert "The replay gives the same points" in capsys.readouterr().out


@pytest.mark.bubblewrap
def test_warm_boxes_and_packed_archives_give_the_same_grade(
    suite: Suite, tree: Tree, first: RunResult, tmp_path: Path
) -> None:
    """As a worker does it: the tree from its archive, the suite from its own, judges and boxes kept warm."""
    stage_limited(lambda: unpack_archive(pack_suite(suite))).write_to(tmp_path / "kept")
    kept = load_packed_suite(tmp_path / "kept" / suite.name, tmp_path / "kept" / REFERENCE)
    assert kept.digest == suite.digest
    unpacked = unpack_archive(pack_archive(tree))
    with Pool(engine("bubblewrap")) as pool:
        pool.warm(Limits().override(kept.limits))
        for _ in range(3):
            again = grade(
                unpacked,
                kept,
                pool.engine,
                seed=int(first.provenance["seed"]),
                judge=pool.judge(kept),
                open_candidate=pool.candidate,
            )
            assert outcome(again) == outcome(first)


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    "order",
    [Order(shuffle=1), Order(shuffle=2), Order(only=["test_draws.py::test_a_part"])],
    ids=["one", "two", "alone"],
)
def test_another_order_gives_the_same_grade(suite: Suite, tree: Tree, first: RunResult, order: Order) -> None:
    again = outcome(grade(tree, suite, engine("bubblewrap"), seed=int(first.provenance["seed"]), order=order))
    assert again == {check: outcome(first)[check] for check in again}
    assert again


@pytest.mark.root
def test_what_runs_in_gradescope_gives_the_same_grade(folder: Path, suite: Suite, tree: Tree, first: RunResult) -> None:
    """Its seed is drawn with a key of the archive's; a run with that seed has the same points, test by test."""
    document = judge(folder / "tree", suite, engine("separate-user"), "key")
    seed = document["extra_data"]["seed"]
    assert seed == derived_seed("key", suite.digest, tree.digest) != first.provenance["seed"]
    again = grade(tree, suite, engine("bubblewrap"), seed=seed)
    shown = {test["name"]: (test["score"], test["output"]) for test in document["tests"]}
    for check in again.checks:
        points, text = shown[check.name]
        assert points == check.points
        assert check.visibility == "hidden" or check.id == BUDGET or text.startswith(check.message[:200])
    assert document["score"] == again.score
