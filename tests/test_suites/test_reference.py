"""Every suite of the course, as students meet it: the reference gets all points in the sandbox and at home, the starter nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.source import Tree, stage_folder
from grader.suite.authoring.starter import starter_tree
from grader.suite.manifest import load_suite
from grader.suite.order import Order
from grader.supervisor.batch import grade_all
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.drawing import drawn
from tests.grader.engines import engine

ROOT = Path(__file__).resolve().parents[2]
SUITES = sorted(path.parent for path in (ROOT / "test_suites").glob("*/suite.toml"))
REFERENCE = ROOT / "reference_impl"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
each_suite = pytest.mark.parametrize("folder", SUITES, ids=lambda folder: folder.name)
MODULES = [folder for folder in SUITES if load_suite(folder).topic]  # a milestone has no starter of its own


@pytest.mark.bubblewrap
@each_suite
def test_the_reference_gets_every_point(folder: Path) -> None:
    suite = load_suite(folder)
    result = grade(stage_folder(REFERENCE), suite, engine("bubblewrap"), seed=11)
    assert [(check.id, check.message) for check in result.checks if check.verdict is not Verdict.PASSED] == []
    assert result.score == result.max_score == 100
    assert len(result.checks) >= (
        40 if suite.topic not in ("", "readiness") else 1
    )  # milestones and readiness have few
    assert result.provenance["boxes"] == 1


@pytest.mark.bubblewrap
@pytest.mark.parametrize("folder", drawn(MODULES, 2), ids=lambda folder: folder.name)
def test_the_published_starter_gets_nothing(folder: Path) -> None:
    suite = load_suite(folder)
    files = starter_tree(suite.topic, with_earlier=True)
    tree = Tree.of({path: text.encode() for path, text in files.items()})
    result = grade(tree, suite, engine("bubblewrap"), seed=12, order=Order(without="test_budgets.py"))
    assert [check.id for check in result.checks if check.points] == []


@pytest.mark.parametrize("folder", drawn(SUITES, 3), ids=lambda folder: folder.name)
def test_the_same_files_pass_at_home_in_one_process(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REFERENCE), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", str(folder), "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.bubblewrap
def test_a_broken_module_costs_its_own_points_and_is_named_where_it_is_needed(tmp_path: Path) -> None:
    suites = [load_suite(folder) for folder in SUITES if folder.name in ("m01_tensor", "m02_activations", "m03_layers")]
    reference = stage_folder(REFERENCE)
    activations = "tinytorch/core/activations.py"
    broken = (
        reference.read(activations)
        .decode()
        .replace("import numpy as np", "import numpy as np\nraise RuntimeError('broken')", 1)
    )
    tree = Tree.of({**reference.contents(), activations: broken.encode()})
    tensor, activation, layers = grade_all(tree, suites, engine("bubblewrap"), seed=13, without="test_budgets.py")
    assert tensor.score == tensor.max_score
    assert activation.score == 0
    assert not any("needs the module" in note for note in activation.notes)
    needs_it = "activations" in suites[2].needs
    assert any("needs the module Activations" in note for note in layers.notes) == (
        needs_it and layers.score < layers.max_score
    )
