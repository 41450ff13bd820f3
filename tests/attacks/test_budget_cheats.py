"""No cheat on a budget gets more than the plain slow package, which gets nothing; an honest package gets everything."""

from pathlib import Path

import pytest

from grader.sandbox import cgroup
from grader.supervisor import judge_box
from grader.verdict import Verdict
from tests.attacks.cheats import REFERENCE, Cheat, Shortcut, cheats, shortcuts
from tests.grader.engines import ENGINES, by_turns

pytestmark = pytest.mark.timeout(300)
#: Cheats that a host without control groups must see through as well.
WITHOUT_A_GROUP = (
    "works_in_a_child",
    "works_while_inputs_are_prepared",
    "hides_memory_in_a_child",
    "hides_memory_in_files",
    "hides_memory_in_shared_pages",
    "hides_memory_in_a_memfd",
    "hides_memory_in_dev_zero",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibration")


@pytest.mark.parametrize(("name", "cheat"), by_turns(cheats()))
def test_a_cheat_gains_nothing(name: str, cheat: Cheat, folder: Path) -> None:
    found = cheat.measured(name, folder)
    assert found.findings == []
    assert [len(result.checks) for result in found.results] == [len(cheat.measures)]


@pytest.mark.bubblewrap
@pytest.mark.parametrize("cheat", [cheat for cheat in cheats() if cheat.name in WITHOUT_A_GROUP], ids=lambda c: c.label)
def test_a_cheat_gains_nothing_without_a_control_group(
    cheat: Cheat, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "create", lambda *args, **kwargs: None)
    assert cheat.findings(cheat.run("bubblewrap", folder).checks) == []


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("cheat", [cheat for cheat in cheats() if cheat.name in WITHOUT_A_GROUP], ids=lambda c: c.label)
def test_a_cheat_gains_nothing_without_namespaces(cheat: Cheat, folder: Path) -> None:
    assert cheat.findings(cheat.run("separate-user", folder).checks) == []


@pytest.mark.bubblewrap
@pytest.mark.parametrize("shortcut", shortcuts(), ids=lambda shortcut: shortcut.name)
def test_a_shortcut_through_a_suite_gains_nothing(shortcut: Shortcut) -> None:
    assert shortcut.findings(shortcut.run("bubblewrap")) == []


@pytest.mark.parametrize("name", ENGINES)
def test_an_honest_package_gets_everything(name: str, folder: Path) -> None:
    honest = Cheat("honest", "", frozenset(), ("cpu", "wall", "memory"), REFERENCE)
    checks = honest.run(name, folder).checks
    assert [(check.verdict, check.points) for check in checks] == [(Verdict.PASSED, 1)] * 3, checks


@pytest.mark.bubblewrap
def test_a_package_that_dawdles_everywhere_is_judged_and_makes_no_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_box, "SPARE_SECONDS", 2.0)
    dawdler = next(cheat for cheat in cheats() if cheat.name == "sleeps_when_measured")
    kinds = ("cpu", "wall", "memory")
    limits = {"run_wall_seconds": 1, "test_wall_seconds": 1, "budget_wall_seconds": 4}
    checks = dawdler.run("bubblewrap", folder, kinds, **limits).checks
    assert [check.verdict for check in checks] == [Verdict.TIMED_OUT] * 3
