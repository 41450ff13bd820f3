"""The command line: one clear line and exit 2 for wrong usage, 3 for faults of ours, 0 for anything graded."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from grader.cli.terminal import print_course
from grader.result import Check, RunResult
from grader.suite.suite_folders import whole_course
from grader.verdict import Verdict
from tests.grader.engines import HONEST, MANIFEST, SUITE, make_tree

ROOT = Path(__file__).resolve().parents[3]


def grader(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "m_sums"
    folder.mkdir()
    (folder / "suite.toml").write_text(MANIFEST)
    (folder / "test_sums.py").write_text(SUITE)
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree", {"sums.py": HONEST})


def make_check(verdict: Verdict, points: float) -> Check:
    return Check(id="t", name="t", verdict=verdict, points=points, max_points=1.0)


def fails(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """Assert one line on standard error, with these words, nothing on standard output, and this exit status."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_graded_folder_exits_0_whatever_its_score(suite: Path, tree: Path, tmp_path: Path) -> None:
    good = grader("run", str(tree), "--suite", str(suite), "--sandbox", "bubblewrap", "--json", "-", "--seed", "3")
    assert good.returncode == 0, good.stderr
    result = RunResult.from_json(good.stdout)
    assert (result.score, result.provenance["seed"]) == (3, 3)
    assert "3 / 3" in good.stderr
    (tree / "sums.py").write_text("")
    bad = grader(
        "run", str(tree), "--suite", str(suite), "--sandbox", "bubblewrap", "--json", str(tmp_path / "out.json")
    )
    assert bad.returncode == 0
    assert RunResult.from_json((tmp_path / "out.json").read_text()).score == 0


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_replay_gives_the_same_points_and_refuses_another_tree(suite: Path, tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    common = ["--suite", str(suite), "--sandbox", "bubblewrap"]
    assert grader("run", str(tree), *common, "--json", str(out)).returncode == 0
    again = grader("replay", str(out), str(tree), *common)
    assert again.returncode == 0, again.stderr
    assert "same points: 3 of 3" in again.stdout
    (tree / "sums.py").write_text(HONEST + "\n")
    fails_with = grader("replay", str(out), str(tree), *common)
    assert fails_with.returncode == 2
    assert "another tree" in fails_with.stderr


WRONG = {
    "no command": ([], "required"),
    "an unknown command": (["dance"], "dance"),
    "no suite": (["run", "."], "--suite"),
    "a missing folder": (["run", "/nowhere/at/all", "--suite", "{suite}"], "does not exist"),
    "a missing suite": (["run", "{tree}", "--suite", "/nowhere"], "not a folder"),
    "a folder that is no suite": (["run", "{tree}", "--suite", "{tree}"], "no suite.toml"),
    "a file that is no archive": (["run", "{suite}/suite.toml", "--suite", "{suite}"], "suite.toml"),
    "a seed that is no number": (["run", "{tree}", "--suite", "{suite}", "--seed", "x"], "--seed"),
    "a sandbox that is none": (["run", "{tree}", "--suite", "{suite}", "--sandbox", "vm"], "--sandbox"),
    "a result folder that is missing": (
        ["run", "{tree}", "--suite", "{suite}", "--json", "/nowhere/x.json"],
        "/nowhere",
    ),
    "a result that is none": (["replay", "{suite}/suite.toml", "{tree}", "--suite", "{suite}"], "JSON"),
    "a suite check of nothing": (["suite", "check", "/nowhere"], "not a folder"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.slow
def test_wrong_usage_gets_one_line_and_exit_2(case: str, suite: Path, tree: Path) -> None:
    arguments, word = WRONG[case]
    fails(grader(*(part.format(suite=suite, tree=tree) for part in arguments)), 2, word)


BROKEN_MANIFESTS = {
    "no TOML": ("title = ", "suite.toml"),
    "an unknown key": (MANIFEST.replace("[limits]", "colour = 'red'\n[limits]"), "suite.toml:6"),
    "a missing key": ("title = 'x'\nmodules = ['sums']\n", "package is missing"),
    "a key of another kind": (MANIFEST.replace('package = "sums"', "package = 5"), "suite.toml:3"),
    "an unknown limit": (MANIFEST + "patience = 3\n", "patience"),
    "a limit that is no amount": (MANIFEST.replace("test_wall_seconds = 3", "test_wall_seconds = -1"), "positive"),
    "a notebook policy that is none": (MANIFEST.replace("[limits]", "notebooks = 'maybe'\n[limits]"), "maybe"),
    "points that do not add up": (
        MANIFEST.replace("[limits]", "points = 50\n[limits]"),
        "suite.toml:6: the points of the tests add up to 3",
    ),
}


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize("case", BROKEN_MANIFESTS)
def test_a_broken_manifest_gets_one_line_with_its_place(case: str, suite: Path, tree: Path) -> None:
    text, word = BROKEN_MANIFESTS[case]
    (suite / "suite.toml").write_text(text)
    fails(grader("run", str(tree), "--suite", str(suite), "--sandbox", "bubblewrap"), 2, word)


WEIGHT = "from gradescope_utils.autograder_utils.decorators import weight\nimport pytest\n\n"
TEST = "@weight(1)\ndef test_a():\n    pass\n"
BROKEN_TESTS = {
    "no tests": ("x = 1\n", "m_sums/test_sums.py:1: no test was found"),
    "points that add up to 0": (
        WEIGHT + "@weight(0)\ndef test_a():\n    pass\n",
        "m_sums/test_sums.py:4: the points of all tests",
    ),
    "a mark on a class": (
        WEIGHT + "@weight(1)\nclass TestA:\n    pass\n",
        "m_sums/test_sums.py:4: the class TestA has a weight",
    ),
    "a class without a test": (WEIGHT + "class TestA:\n    pass\n", "m_sums/test_sums.py:1: no test was found"),
    "a syntax error": (WEIGHT + "def test_a(:\n    pass\n", "m_sums/test_sums.py:4: SyntaxError"),
    "two tests of one name": (WEIGHT + TEST + TEST, "m_sums/test_sums.py:8: a second test is called test_a"),
    "two cases of one id": (
        WEIGHT + "@pytest.mark.parametrize('x', [1, 2], ids=['a', 'a'])\n@weight(1)\ndef test_a(x):\n    pass\n",
        "m_sums/test_sums.py:6: two cases of test_a have the same id",
    ),
}
BROKEN_MUTANTS = {
    "a mutant that names no test": ("# file: sums.py\n", "wrong.mutant:1: a mutant names the test"),
    "a mutant that names a test there is not": (
        "# file: sums.py\n# caught-by: test_sums.py::test_nothing\n<<<<<<<\n    return a + b\n=======\n    return a\n>>>>>>>\n",
        "wrong.mutant:2: the suite has no test test_sums.py::test_nothing",
    ),
}


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize("case", BROKEN_TESTS)
@pytest.mark.parametrize("command", ["run {tree} --suite {suite}", "suite check {suite}"])
def test_a_broken_suite_gets_one_line_with_its_place(case: str, command: str, suite: Path, tree: Path) -> None:
    text, sentence = BROKEN_TESTS[case]
    (suite / "suite.toml").write_text(f"reference = '{tree}'\n{MANIFEST}")
    (suite / "test_sums.py").write_text(text)
    fails(grader(*command.format(suite=suite, tree=tree).split(), "--sandbox", "bubblewrap"), 2, sentence)


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize("case", BROKEN_MUTANTS)
def test_a_broken_mutant_gets_one_line_with_its_place(case: str, suite: Path, tree: Path) -> None:
    text, sentence = BROKEN_MUTANTS[case]
    (suite / "suite.toml").write_text(f"reference = '{tree}'\n{MANIFEST}")
    (suite / "mutants").mkdir()
    (suite / "mutants" / "wrong.mutant").write_text(text)
    fails(grader("suite", "check", str(suite), "--sandbox", "bubblewrap"), 2, f"mutants/{sentence}")


@pytest.mark.slow
def test_a_suite_without_tests_is_refused(suite: Path, tree: Path) -> None:
    (suite / "test_sums.py").unlink()
    fails(grader("run", str(tree), "--suite", str(suite)), 2, "test_*.py")


@pytest.mark.slow
def test_without_any_sandbox_nothing_is_graded_and_the_missing_piece_is_named(suite: Path, tree: Path) -> None:
    done = grader("run", str(tree), "--suite", str(suite), "--sandbox", "docker", DOCKER_HOST="unix:///nowhere.sock")
    fails(done, 3, "fault:", "Docker")
    done = grader("run", str(tree), "--suite", str(suite), "--sandbox", "bubblewrap", PATH="/nowhere")
    fails(done, 3, "fault:", "bwrap")


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_names_and_text_of_the_student_reach_the_terminal_as_escapes(suite: Path, tmp_path: Path) -> None:
    source = "def add(a, b):\n    print('\\x1b[31mred\\x07\\u202e')\n    raise ValueError('\\x1b]0;title\\x07[bold]')\n"
    tree = make_tree(tmp_path / "t", {"sums.py": source})
    done = grader(
        "run", str(tree), "--suite", str(suite), "--sandbox", "bubblewrap", "--json", str(tmp_path / "o.json")
    )
    assert done.returncode == 0
    assert not set(done.stdout) & {"\x1b", "\x07", "\u202e"}
    assert "\\x1b" in done.stdout
    assert "\\x1b" in json.loads((tmp_path / "o.json").read_text())["checks"][0]["message"]


def test_the_whole_course_is_every_suite_of_the_table_in_its_order() -> None:
    folders = whole_course()
    assert [folder.name for folder in folders[:3]] == ["m00_readiness", "m01_tensor", "m02_activations"]
    assert [folder.name for folder in folders[-2:]] == ["ms5_transformer", "ms6_optimization"]
    assert sorted(folders) == sorted(path.parent for path in (ROOT / "test_suites").glob("*/suite.toml"))


def test_a_course_is_one_table_that_names_what_is_not_passed() -> None:
    good = RunResult(suite="m1", score=1.0, max_score=1.0, checks=(make_check(Verdict.PASSED, 1.0),))
    bad = RunResult(
        suite="m2",
        score=0.5,
        max_score=3.0,
        checks=(make_check(Verdict.PASSED, 0.5), make_check(Verdict.FAILED, 0.0)),
        notes=("module one is [missing]",),
    )
    console = Console(file=io.StringIO(), width=100)
    print_course([good, bad], [Path("suites/m1"), Path("suites/m2")], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 of 2" in text
    assert "note m2: module one is [missing]" in text
    assert "What to mend in m2: --suite suites/m2" in text
    assert "in m1" not in text
    assert text.endswith("1.5 / 4 in all\n")


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize(("name", "score"), [("sums.py", 3), ("sum.py", 0)])
def test_a_single_file_is_a_submission(suite: Path, tree: Path, tmp_path: Path, name: str, score: int) -> None:
    file = (tree / "sums.py").rename(tmp_path / name)
    done = grader("run", str(file), "--suite", str(suite), "--sandbox", "bubblewrap", "--json", "-")
    found = RunResult.from_json(done.stdout)
    assert found.score == score
    assert score or "If 'sum.py' is meant, rename it to 'sums.py'." in found.checks[0].message
