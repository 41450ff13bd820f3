"""`suite build`: real wheels of an index are looked up, installed once, and found by a suite's tests and by its students."""

import socket
from pathlib import Path

import pytest

from grader.cli.main import main
from grader.errors import SandboxUnavailable, SuiteError, UsageError
from grader.sandbox.rootfs import layers
from grader.source import stage_folder
from grader.suite.authoring.building import build_packages
from grader.suite.bundle import KeptSuites, pack_suite
from grader.suite.doctor.plain_pytest import plain_outcomes
from grader.suite.manifest import Suite, load_suite
from grader.suite.packages.requirements import LOCK
from tests.grader.engines import ENGINES, engine, grade_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MANIFEST = """title = "Words"
package = "work"
judge_requirements = ["inflection==0.5.1"]
candidate_requirements = ["roman-numerals"]
allowed_imports = ["roman_numerals"]
"""
TEST = """
import inflection
from work import chapter

def test_chapter():
    assert chapter("great_hall", 4) == f"IV. {inflection.humanize('great_hall')}"
"""
RIGHT = """
from roman_numerals import RomanNumeral

def chapter(name, number):
    return f"{RomanNumeral(number)}. {name.replace('_', ' ').capitalize()}"
"""
#: Who has only the tests' package at hand, which is not for them.
TOOK_THE_JUDGES = RIGHT.replace("from roman_numerals", "import inflection\nfrom roman_numerals")


@pytest.fixture(scope="module")
def index() -> None:
    try:
        socket.create_connection(("pypi.org", 443), 5).close()
    except OSError as problem:
        pytest.skip(f"no package index answers here ({problem})")


def written(folder: Path, manifest: str = MANIFEST) -> Path:
    folder.mkdir()
    (folder / "suite.toml").write_text(manifest)
    (folder / "test_chapters.py").write_text(TEST)
    return folder


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, index: None) -> Suite:
    folder = written(tmp_path_factory.mktemp("suites") / "chapters")
    build_packages(folder)
    return load_suite(folder)


def test_the_lock_names_versions_hashes_and_modules(suite: Suite) -> None:
    judge, candidate = suite.boxes["judge"], suite.boxes["candidate"]
    assert [pin.partition(" ")[0] for pin in judge.pins] == ["inflection==0.5.1"]
    assert judge.imports == ("inflection",)
    assert candidate.imports == ("roman_numerals",)
    assert all("--hash=sha256:" in pin for pin in (*judge.pins, *candidate.pins))


@pytest.mark.parametrize("name", ENGINES)
def test_tests_and_students_find_their_own_packages_and_not_each_others(
    name: str, suite: Suite, tmp_path: Path
) -> None:
    assert grade_files(name, tmp_path / "right", {"work.py": RIGHT}, suite).score == 100
    result = grade_files(name, tmp_path / "other", {"work.py": TOOK_THE_JUDGES}, suite)
    assert result.score == 0
    assert "No module named 'inflection'" in result.checks[0].message
    assert "What may be imported here: Python's standard library, roman_numerals" in result.checks[0].message


@pytest.mark.bubblewrap
def test_a_layer_that_is_new_is_seen_by_boxes_that_are_up(suite: Suite, tmp_path: Path) -> None:
    from grader.supervisor.pool import Pool
    from grader.supervisor.run import grade

    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "work.py").write_text(RIGHT)
    with Pool(engine("bubblewrap")) as pool:
        from grader.sandbox.limits import Limits

        pool.warm(Limits())
        pool.settle()
        result = grade(
            stage_folder(tmp_path / "tree"),
            suite,
            pool.engine,
            seed=1,
            judge=pool.judge(suite),
            open_candidate=pool.candidate,
        )
    assert result.score == 100


@pytest.mark.bubblewrap
def test_plain_pytest_has_both(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(RIGHT)
    found = plain_outcomes(engine("bubblewrap"), suite, stage_folder(tmp_path))
    assert {outcome.outcome for outcome in found.values()} == {"passed"}


def test_a_worker_elsewhere_installs_what_the_suites_archive_pins(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptSuites(tmp_path / "kept").load(suite.name, suite.digest, "0" * 64, lambda: pack_suite(suite))
    assert kept.boxes == suite.boxes
    (tmp_path / "roots").mkdir()
    monkeypatch.setattr(layers.locate, "base_folder", lambda: tmp_path / "roots")
    layer = layers.ensure_layer("candidate", kept.boxes["candidate"].pins)
    assert layer is not None
    assert (layer / "roman_numerals").is_dir()
    wrong = [pin[:-4] + "0000" for pin in kept.boxes["candidate"].pins]
    with pytest.raises(SandboxUnavailable, match=r"roman-numerals==.* cannot be installed here: .*PIP_FIND_LINKS"):
        layers.ensure_layer("candidate", wrong)


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (MANIFEST.replace("0.5.1", "0.0.0.1"), "no wheels for inflection==0.0.0.1: "),
        (MANIFEST.replace('"inflection==0.5.1"', '"numpy<1.20"'), "no wheels for numpy<1.20: "),
        (MANIFEST.replace('package = "work"', 'package = "inflection"'), "brings a module inflection"),
    ],
)
def test_what_cannot_be_had_is_refused_and_nothing_is_written(
    index: None, tmp_path: Path, manifest: str, sentence: str
) -> None:
    folder = written(tmp_path / "chapters", manifest)
    with pytest.raises(SuiteError, match=sentence):
        build_packages(folder)
    assert not (folder / LOCK).exists()


def test_a_suite_that_asks_for_nothing_has_nothing_to_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path / "chapters", 'title = "Words"\npackage = "work"\n')
    with pytest.raises(
        UsageError, match="asks for no packages; name them under judge_requirements or candidate_requirements"
    ):
        build_packages(folder)
    assert main(["suite", "build", str(folder)]) == 2
    assert "asks for no packages" in capsys.readouterr().err
