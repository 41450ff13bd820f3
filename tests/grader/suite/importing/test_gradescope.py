"""The newcomer's walk: an autograder of six classes, imported and graded as Gradescope's own runner grades it, without an edit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.result import RunResult, gradescope
from grader.source import stage_folder
from grader.suite.doctor.plain_pytest import plain_outcomes
from grader.suite.importing.writing import import_suite
from grader.suite.manifest import Suite, load_suite
from tests.grader.engines import engine, grade_files
from tests.grader.suite.importing.samples import archive, folder_as_zip, write

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]

SAMPLE = Path(__file__).resolve().parent / "gradescope_sample"
#: As the sample's run_tests.py does it, with other folders than those of Gradescope's container.
RUNNER = """
import sys, unittest
from gradescope_utils.autograder_utils import files
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
files.check_submitted_files.__defaults__ = (sys.argv[1],)
sys.path.insert(0, sys.argv[1])
with open(sys.argv[2], "w") as out:
    JSONTestRunner(visibility="visible", stream=out).run(unittest.defaultTestLoader.discover("tests"))
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("walk")
    (folder / "library.zip").write_bytes(folder_as_zip(SAMPLE / "autograder"))
    import_suite(folder / "library.zip", folder / "library")
    return load_suite(folder / "library")


def of_gradescope(kind: str, out: Path) -> dict[str, tuple[float, float, str]]:
    """Return what Gradescope's runner gives, by a test's number: score, maximum, visibility."""
    command = [sys.executable, "-B", "-c", RUNNER, str(SAMPLE / kind), str(out)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        command,
        cwd=SAMPLE / "autograder",
        env=environment,
        check=True,
        capture_output=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return by_number(json.loads(out.read_text(encoding="utf-8"))["tests"])


def by_number(tests: list[dict[str, object]]) -> dict[str, tuple[float, float, str]]:
    return {
        str(test["number"]): (
            round(float(str(test["score"])), 2),
            float(str(test["max_score"])),
            str(test.get("visibility", "visible")),
        )
        for test in tests
    }


def of_ours(suite: Suite, kind: str, folder: Path) -> RunResult:
    files = {path.name: path.read_text(encoding="utf-8") for path in (SAMPLE / kind).iterdir() if path.suffix == ".py"}
    return grade_files("bubblewrap", folder, files, suite)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["right", "wrong", "empty"])
def test_graded_as_gradescope_would(kind: str, suite: Suite, tmp_path: Path) -> None:
    expected = of_gradescope(kind, tmp_path / "results.json")
    assert len(expected) == 14
    assert by_number(gradescope(of_ours(suite, kind, tmp_path))["tests"]) == expected


@pytest.mark.slow
def test_plain_pytest_agrees_on_every_test(suite: Suite) -> None:
    plain = plain_outcomes(engine("bubblewrap"), suite, stage_folder(SAMPLE / "right"))
    assert len(plain) == 14
    assert {found.outcome for found in plain.values()} == {"passed"}, plain


def test_the_tests_are_as_they_were(suite: Suite) -> None:
    for path in (SAMPLE / "autograder" / "tests").glob("test_*.py"):
        assert (suite.folder / path.name).read_bytes() == path.read_bytes()


def test_the_manifest_names_what_the_tests_import(suite: Suite) -> None:
    assert suite.packages == ("library", "shelves")
    assert suite.required_files == ("library.py", "shelves.py")


def test_the_notes_say_what_needs_a_person(suite: Suite) -> None:
    page = (suite.folder / "NOTES.md").read_text(encoding="utf-8")
    assert "Nothing: the suite can be checked as it is." in page
    assert "3 test files" in page


def test_what_is_installed_and_missing_is_named(tmp_path: Path) -> None:
    source = write(
        tmp_path / "source",
        {
            "run_autograder": "#!/bin/sh\ncp -r /autograder/submission/* data\npython3 run_tests.py\n",
            "setup.sh": "apt-get install -y python3-pip graphviz # drawing\npip3 install 'networkx>=3' -r more.txt\n",
            "requirements.txt": "# ours\ngradescope-utils==0.5\nscipy[extra]>=1 ; python_version > '3'\n-e .\n",
            "run_tests.py": "JSONTestRunner(visibility='hidden')",
            "tests/test_a.py": "import subprocess\nimport pandas\nimport work\n\ndef test_a():\n    subprocess.run(['ls'])\n",
        },
    )
    import_suite(source, tmp_path / "imported")
    page = (tmp_path / "imported" / "NOTES.md").read_text(encoding="utf-8")
    for words in (
        "`networkx` (setup.sh)",
        "`graphviz` (setup.sh)",
        "`scipy` (requirements.txt)",
        "`gradescope-utils` (requirements.txt) is part of every judge",
        "`test_a.py:2` imports `pandas`",
        "`test_a.py:6` starts a program beside the tests",
        "`run_autograder` moves files",
        "sets one visibility for all tests",
    ):
        assert words in page
    assert "python3-pip" not in page
    assert "more.txt" not in page


def test_packages_of_tests_and_other_names_that_the_runner_looks_for(tmp_path: Path) -> None:
    test = "import work\n\ndef test_it():\n    assert work.f() == 1\n"
    runner = (
        "for pattern in ('test_*.py', 'check_*.py'):\n    suite.addTests(loader.discover('tests', pattern=pattern))\n"
    )
    files = {
        "run_autograder": "#!/bin/sh\npython3 run_tests.py\n",
        "run_tests.py": runner,
        "tests/part/__init__.py": "",
    }
    files |= {f"tests/{name}.py": test for name in ("part/test_a", "part/check_b", "check_c", "loose/check_d")}
    import_suite(write(tmp_path / "source", files), tmp_path / "imported")
    imported = load_suite(tmp_path / "imported")
    assert imported.tests == ("check_c.py", "part/check_b.py")
    assert "3 test files" in (tmp_path / "imported" / "NOTES.md").read_text(encoding="utf-8")


def test_an_autograder_without_python_tests_is_refused(tmp_path: Path) -> None:
    source = archive(tmp_path / "java.zip", {"run_autograder": "java Tests", "tests/Tests.java": "class Tests {}"})
    with pytest.raises(UsageError, match="only Python tests can be imported"):
        import_suite(source, tmp_path / "imported")
