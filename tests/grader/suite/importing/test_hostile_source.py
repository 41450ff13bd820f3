"""Whatever a source holds: a suite or one sentence, nothing written by halves, nothing executed."""

import json
import zipfile
from pathlib import Path

import pytest

from grader.cli.main import main
from grader.errors import UsageError
from grader.suite.importing.writing import import_suite
from tests.grader.suite.importing.samples import NBGRADER, WORKFLOW, archive, cell, notebook, write

TESTS = "from work import f\n\ndef test_f():\n    assert f(1) == 1\n"


def refused(source: Path, tmp_path: Path) -> str:
    """Import a source that is refused, and return the sentence."""
    folder = tmp_path / "imported"
    with pytest.raises(UsageError) as caught:
        import_suite(source, folder)
    assert not folder.exists()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_a_zip_that_inflates_without_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("run_autograder", "")
        for number in range(8):
            packed.writestr(f"tests/test_{number}.py", b"#" * (4 << 20))
    assert "larger than 20 MiB" in refused(tmp_path / "bomb.zip", tmp_path)


@pytest.mark.parametrize("name", ["../test_out.py", "/etc/test_out.py", "tests/../../test_out.py"])
def test_a_zip_that_climbs_out(name: str, tmp_path: Path) -> None:
    source = archive(tmp_path / "climbs.zip", {"run_autograder": "", name: TESTS})
    assert "'" in refused(source, tmp_path)


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "tests.zip").write_bytes(b"PK\x03\x04 and nothing else")
    assert "archive" in refused(tmp_path / "tests.zip", tmp_path)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(TESTS)
    source = write(tmp_path / "source", {"run_autograder": ""})
    (source / "tests").mkdir()
    (source / "tests" / "test_a.py").symlink_to(tmp_path / "secret.py")
    assert "no file tests/test*.py" in refused(source, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"tests": 3}', '{"tests": [3]}', "[" * 100_000, '{"tests": [{"run": 1, "points": {}}]}'],
    ids=["cut", "list", "number", "row", "deep", "kinds"],
)
def test_an_autograding_json_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "autograding.json").write_text(text)
    assert "autograding.json" in refused(tmp_path / "autograding.json", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW.replace("      with:", "      with: {a: b}", 1),
        WORKFLOW.replace('"3\\n"', '"3'),
        WORKFLOW.replace("        max-score: 4", "           max-score: 4"),
        WORKFLOW.replace("        max-score: 4", "        &a max-score 4"),
    ],
    ids=["flow", "open text", "indentation", "anchor"],
)
def test_a_workflow_written_in_another_way_is_refused_with_its_line(text: str, tmp_path: Path) -> None:
    assert text != WORKFLOW
    (tmp_path / "classroom.yml").write_text(text)
    assert "classroom.yml:" in refused(tmp_path / "classroom.yml", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"cells": 3}',
        '{"cells": [{"cell_type": "code"}]}',
        NBGRADER.replace('"metadata": {"nbgrader"', '"metadata": [{"nbgrader"', 1),
        notebook([cell("x = 1")]),
        notebook([cell("x = 1", {"grade": False, "solution": True})]),
        notebook([cell("assert f(", {"grade": True, "points": "many"})]),
    ],
    ids=["cut", "cells", "source", "metadata", "no tests", "released", "no Python"],
)
def test_a_notebook_that_holds_no_tests(text: str, tmp_path: Path) -> None:
    (tmp_path / "week.ipynb").write_text(text)
    refused(tmp_path / "week.ipynb", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "test = __import__('os').system('touch ran')",
        "test = {'suites': 3}",
        "test = (",
        "test = {**1}",
        "OK_FORMAT = 1",
    ],
)
def test_a_file_of_otters_that_is_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = write(tmp_path / "source", {"tests/q1.py": f"OK_FORMAT = True\n{text}\n"})
    assert "No test of otter's" in refused(source, tmp_path)
    assert not (tmp_path / "ran").exists()


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch = "import os\nos.system('touch ran')\n"
    source = write(
        tmp_path / "source",
        {
            "run_autograder": "touch ran\n",
            "setup.sh": "touch ran\n",
            "setup.py": touch,
            "tests/test_a.py": touch + TESTS,
        },
    )
    (source / "run_autograder").chmod(0o755)
    import_suite(source, tmp_path / "imported")
    assert not (tmp_path / "ran").exists()
    assert (tmp_path / "imported" / "test_a.py").read_text() == touch + TESTS


@pytest.mark.parametrize(
    ("run", "says"),
    [("python3 time.py", "time is a module that Python"), ("python3 my-script.py", "nothing can be imported")],
)
def test_a_program_whose_name_no_package_can_have(run: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "autograding.json").write_text(json.dumps({"tests": [{"name": "a", "run": run, "points": 1}]}))
    assert says in refused(tmp_path / "autograding.json", tmp_path)


def test_names_are_written_as_texts(tmp_path: Path) -> None:
    rows = {
        "tests": [{"name": 'a"""\nimport os # \\', "run": "python3 a.py", "output": "'''\"\"\"\\", "points": 1e300}]
    }
    (tmp_path / "autograding.json").write_text(json.dumps(rows))
    import_suite(tmp_path / "autograding.json", tmp_path / "imported")
    text = (tmp_path / "imported" / "test_programs.py").read_text()
    compile(text, "test_programs.py", "exec")
    assert "\nimport os #" not in text


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"test_a.py": TESTS})
    (tmp_path / "imported").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        import_suite(source, tmp_path / "imported")
    assert list((tmp_path / "imported").iterdir()) == []


def test_tests_of_nothing_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"test_a.py": "import math\n\ndef test_f():\n    assert math.pi\n"})
    assert "import nothing that could be a student's" in refused(source, tmp_path)


def test_a_module_named_as_a_library_is_named_in_the_notes(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"test_a.py": "import calendar\n" + TESTS, "calendar.py": "x = 1\n"})
    import_suite(source, tmp_path / "imported")
    assert "`import calendar` means that one" in (tmp_path / "imported" / "NOTES.md").read_text()


def test_the_command_says_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "source", {"test_a.py": TESTS})
    assert main(["suite", "import", str(source), "-o", str(tmp_path / "imported")]) == 0
    assert "NOTES.md first" in " ".join(capsys.readouterr().out.split())
    assert main(["suite", "import", str(source), "-o", str(tmp_path / "imported")]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("error: ")
    assert complaint.count("\n") == 1
