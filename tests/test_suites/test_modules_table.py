"""The table of modules is complete and consistent: numbers in order, needs that exist and come earlier, real paths."""

import re
import tomllib
from pathlib import Path

import pytest

SUITES = Path(__file__).parents[2] / "test_suites"
MODULES = tomllib.loads((SUITES / "modules.toml").read_text())["module"]
KEYS = {"number", "title", "suite", "tier", "module", "file", "names", "constants", "needs", "also_at"}


def test_the_numbers_run_from_00_to_20():
    assert [row["number"] for row in MODULES] == [f"{n:02}" for n in range(21)]


@pytest.mark.parametrize("row", MODULES, ids=lambda row: row["suite"])
def test_a_row_is_consistent(row):
    assert set(row) == KEYS
    assert row["suite"].startswith(f"m{row['number']}_")
    assert row["file"] == row["module"].replace(".", "/") + ".py"
    assert row["tier"] in {"readiness", "foundation", "architecture", "optimization", "capstone"}
    assert all("01" <= need < row["number"] for need in row["needs"])
    assert row["needs"] == sorted(set(row["needs"]))
    assert len(set(row["names"] + row["constants"])) == len(row["names"] + row["constants"]) > 0


@pytest.mark.parametrize("suite", sorted(SUITES.glob("*/suite.toml")), ids=lambda path: path.parent.name)
def test_a_suite_agrees_with_its_row(suite):
    manifest = tomllib.loads(suite.read_text())
    rows = {row["number"]: row for row in MODULES}
    if "module" not in manifest:  # a milestone, of all the modules that it needs
        assert re.fullmatch(r"ms[1-6]_[a-z]+", suite.parent.name)
        assert manifest["needs"] == sorted(manifest["needs"])
        assert set(manifest["needs"]) <= set(rows)
        homes = {rows[need]["module"] for need in manifest["needs"]}
        assert set(manifest["modules"]) <= homes
        return
    row = rows[manifest["module"]]
    assert suite.parent.name == row["suite"]
    assert row["module"] in manifest["modules"]
    assert row["file"] in manifest["required_files"]
