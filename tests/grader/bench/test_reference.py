"""`bench reference` counts what the reference loses of its own budgets, faults of its yardstick included, with the seed."""

import json
from pathlib import Path

import pytest

from grader.cli.main import main
from tests.grader.engines import make_suite, make_tree

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(180)]

MANIFEST = 'title = "Signs"\npackage = "signs"\nmodules = ["signs"]\nreference = "{reference}"\n'
#: The answer hangs on the draw: a kink that every other draw meets.
SUITE = """
import signs
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate

@in_candidate
def halved(x):
    return signs.halved(x)

@weight(1)
@budget(lines=50.0)
def test_kink(measure):
    measure(halved, inputs=lambda rng: (int(rng.integers(2)),), answer=lambda x: 0)

@weight(1)
@budget(lines=50.0)
def test_smooth(measure):
    measure(halved, inputs=lambda rng: (2 * int(rng.integers(9)),), answer=lambda x: x // 2)

@weight(1)
def test_plain():
    assert signs.halved(2) == 2
"""
REFERENCE = "def halved(x):\n    return x / 2 if x % 2 else x // 2\n"


@pytest.mark.slow
def test_what_hangs_on_the_draw_is_found_with_its_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference = make_tree(tmp_path / "reference", {"signs.py": REFERENCE})
    suite = make_suite(tmp_path / "suite", SUITE, MANIFEST.format(reference=reference))
    out = tmp_path / "figures.json"
    command = ["bench", "reference", "--suite", str(suite.folder), "--sandbox", "bubblewrap", "--json", str(out)]
    assert main([*command, "-n", "4", "--seed", "1"]) == 1
    (row,) = json.loads(out.read_text())["rows"]
    assert (row["tests"], row["runs"]) == (2, 8)
    assert {failure["test"] for failure in row["failures"]} == {"test_sums.py::test_kink"}
    seeds = {failure["seed"] for failure in row["failures"]}
    assert seeds < {1, 2, 3, 4}
    steady = str(min({1, 2, 3, 4} - seeds))
    assert f"{len(seeds)} failures in 8 runs" in capsys.readouterr().out
    assert main([*command, "-n", "1", "--seed", steady]) == 0


@pytest.mark.medium
def test_a_suite_without_a_reference_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = make_suite(tmp_path / "suite")
    assert main(["bench", "reference", "--suite", str(suite.folder), "--sandbox", "bubblewrap"]) == 2
    assert "has no reference" in capsys.readouterr().err
