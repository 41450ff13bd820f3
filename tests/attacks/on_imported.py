"""Hostile submissions against imported suites: classes that are equal to everything, and their relatives.

A file of `equal/` stands for every module that a suite asks for, and has every name. The suites were made by `suite import` of
sources of each kind and of exercises of the corpus; none of them says `trust_equality`, so that none of them may pay a point.
"""

import functools
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SuiteError
from grader.result import RunResult
from grader.source import Tree
from grader.suite.importing.writing import import_suite
from grader.suite.manifest import Suite, load_suite
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.attacks.cost import Measured, measured, seconds_of
from tests.foreign.corpus import copy_corpus
from tests.grader.engines import engine
from tests.grader.suite.importing.samples import ADD, CLASSIC, NBGRADER, OTTER, UNITS, write

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "grader" / "suite" / "importing" / "gradescope_sample"
EXERCISES = "leap_days bank_account word_tally vector_ops custom_set sort_by event_bus intervals card_suits points_named".split()
#: What plain pytest, too, grants to work that does nothing, or to a method's answer that the test asks for and nothing else.
PASSES_ANYWAY = {
    ("of_gradescope", "test_files.py::TestFiles::test_submitted_files"): "the files are there, which earns no point",
    ("vector_ops", "vector_ops_test.py::VectorTest::test_other_kinds"): "expects what Python itself raises",
    ("of_gradescope", "test_shelves.py::TestHelpers::test_tally"): "says its own score, which is 0",
    ("vector_ops", "vector_ops_test.py::VectorTest::test_not_equal"): "expects that two things differ",
    ("sort_by", "sort_by_test.py::SortTest::test_the_list_itself_stays"): "expects that nothing is done",
    ("event_bus", "event_bus_test.py::BusTest::test_only_their_topic"): "expects that nothing is done",
    ("event_bus", "event_bus_test.py::BusTest::test_unsubscribe"): "expects that nothing is done",
    ("custom_set", "test_custom_set.py::test_add_twice"): "asks only for a length",
    (
        "intervals",
        "test_intervals.py::test_contains_intervals",
    ): "asks only whether one of the student's objects has another",
    ("word_tally", "word_tally_test.py::WordTallyTest::test_numbers_count"): "asks only whether something is in it",
}
SEED = 7


@dataclass(frozen=True)
class Pretender:
    """One hostile file."""

    name: str
    threat: str
    text: str

    def tree(self, suite: Suite) -> Tree:
        """Return the submission to a suite: the file as every package that it asks for."""
        return Tree.of({f"{package}.py": self.text.encode() for package in suite.packages})

    def measured(self, engine_name: str) -> Measured:
        """Grade it on every suite, and return what it got and cost; the yardstick is a module that only says hello."""
        return measured(
            lambda anew: honest_seconds(engine_name, anew), lambda _seconds: self.run(engine_name), findings
        )

    def run(self, engine_name: str) -> list[RunResult]:
        """Grade it on every suite."""
        with ParallelRuns(engine(engine_name)) as lanes:
            return [result for found in lanes.each(lambda suite: self._on(suite, lanes), suites()) for result in found]

    def _on(self, suite: Suite, lanes: ParallelRuns) -> list[RunResult]:
        pool = lanes.pool
        try:
            judge = pool.judge(suite)
        except SuiteError:  # nobody gets anything from a suite that is refused
            return []
        return [grade(self.tree(suite), suite, pool.engine, seed=SEED, judge=judge, open_candidate=pool.candidate)]


_honest: dict[str, float] = {}  # seconds, by engine


def honest_seconds(engine_name: str, anew: bool) -> float:
    """Return what a harmless module takes on all of these suites, measured once in this process, or now."""
    if anew or engine_name not in _honest:
        _honest[engine_name] = seconds_of(*Pretender("harmless", "", "def hello(): return 1\n").run(engine_name))
    return _honest[engine_name]


def earned(results: Iterable[RunResult]) -> list[tuple[str, str, float]]:
    """Return suite, test and points of each test that passed or earned anything."""
    return [
        (result.suite, check.id, check.points)
        for result in results
        for check in result.checks
        if check.points or check.verdict is Verdict.PASSED
    ]


def findings(results: Iterable[RunResult]) -> list[str]:
    """Return every point that a pretender got, and every test that it passed, against what it may."""
    return [
        f"{suite}: {test} earned {points:g}"
        for suite, test, points in earned(results)
        if (suite, test) not in PASSES_ANYWAY or (suite.startswith("of_") and points)
    ]


@functools.cache
def pretenders() -> tuple[Pretender, ...]:
    """Return all hostile files."""
    return tuple(_load(path) for path in sorted((HERE / "equal").glob("*.py")))


def _load(path: Path) -> Pretender:
    text = path.read_text(encoding="utf-8")
    return Pretender(path.stem, text.partition("\n")[0].removeprefix("# threat: "), text)


@functools.cache
def suites() -> Sequence[Suite]:
    """Return the imported suites, made once in a process."""
    folder = Path(_scratch().name)
    (folder / "squares.ipynb").write_text(NBGRADER, encoding="utf-8")
    classroom = {".github/classroom/autograding.json": json.dumps(CLASSIC), "test_units.py": UNITS, "add.py": ADD}
    corpus = copy_corpus(folder / "corpus")
    sources = {
        "of_gradescope": SAMPLE / "autograder",
        "of_nbgrader": folder / "squares.ipynb",
        "of_otter": write(folder / "otter", OTTER),
        "of_classroom": write(folder / "classroom", classroom),
        **{name: corpus.suite_folder(name) for name in EXERCISES},
    }
    (folder / "imported").mkdir()
    for name, source in sources.items():
        import_suite(source, folder / "imported" / name)
    return [load_suite(folder / "imported" / name) for name in sources]


@functools.cache
def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory()
