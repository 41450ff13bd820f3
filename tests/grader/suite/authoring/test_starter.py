"""Starters: nothing of ours is needed to run one, it earns nothing as it stands, and the reference passes all of it."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.suite.authoring import starter
from grader.suite.authoring.starter import helper_modules, modules, starter_tree, write_starter
from grader.suite.authoring.starter_files import REQUIREMENTS

ROOT = Path(__file__).parents[4]
READY = [number for number, row in modules().items() if (starter.SUITES / row["suite"] / "suite.toml").is_file()]

#: Runs pytest where importing anything of ours, or the real gradescope-utils, fails.
ALONE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("grader", "msgpack", "rich", "celery", "django", "redis"):
            raise ImportError(f"{name} is not installed at a student's desk")
sys.meta_path.insert(0, Refuse())
import pytest
code = pytest.main(sys.argv[1:])
import gradescope_utils
assert gradescope_utils.__file__.startswith(sys.argv[-1]), gradescope_utils.__file__
sys.exit(code)
"""


def run_tests(folder, *arguments):
    """Run pytest in a starter as a student does; return its exit status and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "-q", "--tb=line", *arguments, f"--rootdir={folder}", str(folder)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def write(tree, folder):
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("number", READY)
@pytest.mark.slow
def test_a_starter_offers_every_name_and_no_hidden_test(number):
    row, tree = modules()[number], starter_tree(number)
    defined = {getattr(node, "name", "") for node in ast.walk(ast.parse(tree[row["file"]]))}
    assert set(row["names"]) <= defined
    assert all(re.search(rf"^{name}\b", tree[row["file"]], re.MULTILINE) for name in row["constants"])
    assert 'visibility("hidden")' not in "".join(tree.values())
    assert any(path.startswith("tests/test_") for path in tree)
    assert {"README.md", ".github/workflows/tests.yml", "requirements.txt", "tests/asserts.py"} <= tree.keys()
    earlier = {other["file"] for other in modules().values()} - {row["file"]}
    assert not earlier & tree.keys()


@pytest.mark.slow
@pytest.mark.parametrize("number", READY)
def test_a_starter_imports_only_what_its_reader_has(number):
    """The reference's own helper files are nobody's homework: neither are they imported, nor what they define named."""
    row, tree = modules()[number], starter_tree(number)
    files = {need["file"] for need in modules().values()}
    for node in ast.walk(ast.parse(tree[row["file"]])):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinytorch."):
            assert f"{node.module.replace('.', '/')}.py" in files


@pytest.mark.parametrize(("file", "helpers"), [("autograd", ["graph"]), ("spatial", ["windows"]), ("training", [])])
def test_helpers_of_the_reference_are_known(file, helpers):
    """Mutants are made of them as of the module itself, so that its suite answers for both."""
    source = (ROOT / "reference_impl" / "tinytorch" / "core" / f"{file}.py").read_text(encoding="utf-8")
    assert helper_modules(source, ROOT / "reference_impl") == [f"tinytorch.core.{name}" for name in helpers]


@pytest.mark.medium
def test_a_starter_shows_no_internals_of_the_reference():
    text = starter_tree("05")["tinytorch/core/autograd.py"]
    classes = {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    assert classes == set(modules()["05"]["names"]) - {"enable_autograd"}
    methods = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    assert methods == {"__init__", "apply", "enable_autograd"}


@pytest.mark.parametrize("number", READY)
@pytest.mark.slow
def test_a_readme_names_what_to_write_and_what_to_bring(number):
    row, readme = modules()[number], starter_tree(number)["README.md"]
    assert row["file"] in readme
    assert all(f"`{name}`" in readme for name in row["names"])
    assert all(modules()[need]["file"] in readme for need in row["needs"])
    assert ("earlier" in readme) == bool(row["needs"])
    assert "{" not in readme
    visible, total = re.search(r"worth ([\d.]+) of ([\d.]+) points", readme).groups()
    assert 0 < float(visible) < float(total) == 100


@pytest.mark.slow
def test_needs_are_followed_through_other_modules():
    assert '"tinytorch/core/activations.py": "module 02, Activations"' in starter_tree("07")["conftest.py"]


@pytest.mark.slow
@pytest.mark.parametrize("number", READY)
def test_a_starter_fails_and_the_reference_passes_with_nothing_of_ours_installed(number, tmp_path):
    row = modules()[number]
    write(starter_tree(number, with_earlier=True), tmp_path)
    status, printed = run_tests(tmp_path)
    assert status == 1, printed
    assert "is yours to write" in printed
    # What passes on an untouched starter is the one check of PATH, which is worth no points.
    summary = r"\d+ failed, 1 passed" if number == "00" else r"\d+ failed"
    assert re.fullmatch(rf"{summary} in [\d.]+s", printed.strip().splitlines()[-1]), printed
    (tmp_path / row["file"]).write_text((ROOT / "reference_impl" / row["file"]).read_text(encoding="utf-8"))
    status, printed = run_tests(tmp_path)
    assert status == 0, printed


@pytest.mark.slow
@pytest.mark.parametrize(("number", "passed"), [("00", "1 passed"), ("08", "")])
def test_a_starter_earns_nothing_in_the_whole_suite_either(number, passed, tmp_path):
    write(starter_tree(number, with_earlier=True), tmp_path)
    suite = ROOT / "test_suites" / modules()[number]["suite"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(suite), "-q", "--tb=no", "-p", "no:cacheprovider"],
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    summary = done.stdout.strip().splitlines()[-1]
    assert "failed" in summary
    assert (passed in summary) if passed else ("passed" not in summary), summary


@pytest.mark.slow
def test_missing_earlier_files_are_named_in_one_sentence(tmp_path):
    write(starter_tree("08"), tmp_path)
    status, printed = run_tests(tmp_path)
    assert status != 0
    sentence = "Copy it here first: tinytorch/core/tensor.py (from module 01, Tensor)."
    assert printed.startswith(f"ERROR: This module builds on your own earlier work. {sentence}")


def test_the_running_average_is_handed_out_with_its_bugs():
    text = starter_tree("00")["readiness.py"]
    assert "averages.append(total // i)" in text
    assert "fixed_running_average is yours" not in text
    assert "**B**, focused systems engineer" in starter_tree("00")["README.md"]


@pytest.mark.slow
def test_a_starter_is_written_into_an_empty_folder_only(tmp_path):
    paths = write_starter("8", tmp_path / "new" / "starter")
    assert all((tmp_path / "new" / "starter" / path).is_file() for path in paths)
    with pytest.raises(UsageError, match="is not empty"):
        write_starter("08", tmp_path / "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_starter("08", tmp_path / "file")


def test_a_module_without_a_starter_is_named(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="there is no module '99'; the course has 00, 01"):
        starter_tree("99")
    (tmp_path / "modules.toml").write_text((ROOT / "test_suites" / "modules.toml").read_text(encoding="utf-8"))
    monkeypatch.setattr(starter, "SUITES", tmp_path)
    with pytest.raises(UsageError, match="module 03 has no suite yet"):
        starter_tree("03")


def test_the_versions_are_those_of_the_project():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert set(REQUIREMENTS.split()) <= set(wanted)
