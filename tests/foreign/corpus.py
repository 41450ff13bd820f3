"""The corpus: exercises as teachers leave them, and what the engine says of each under three solutions.

An exercise is a folder of `exercises/`: a least `suite.toml` (the tests of one compare with values of their own, and it trusts
equality), the tests, and the solutions `right` (all tests pass), `wrong` (one plausible mistake) and `empty` (the stub that
students begin with). Everything is graded in one batch: the judges share a box, and a judge that collected its suite serves all
three runs.
"""

import functools
import shutil
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import SuiteError
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.source import stage_folder
from grader.suite.manifest import Suite, load_suite
from grader.supervisor.judge_box import SuiteJudge, begin_judges
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.foreign.plain import plain_outcomes

EXERCISES = Path(__file__).resolve().parent / "exercises"
KINDS = ("right", "wrong", "empty")
SEED = 1
OUTCOMES = {Verdict.PASSED: "passed", Verdict.SKIPPED: "skipped"}  # every other verdict is "failed"


@dataclass
class Graded:
    """What came of one exercise: outcomes by kind and test, and the sentences by which the suite was refused."""

    name: str
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)  # by kind
    messages: dict[tuple[str, str], str] = field(default_factory=dict)  # by kind and test


@dataclass
class Corpus:
    """The exercises, copied to a folder without their solutions, with what both sides say of them."""

    folder: Path
    names: Sequence[str]

    def suite_folder(self, name: str) -> Path:
        return self.folder / "suites" / name

    @functools.cached_property
    def plain(self) -> dict[str, dict[str, str]]:
        """What plain pytest says: outcomes by kind and test; one process for each kind."""
        files = [f"{name}/{file}" for name in self.names for file in files_of_tests(self.suite_folder(name))]
        return {
            kind: plain_outcomes(self.folder / "suites", self.solutions(kind), files, self.folder / f"{kind}.json")
            for kind in KINDS
        }

    def plain_of(self, name: str, kind: str) -> dict[str, str]:
        """Return what plain pytest says of one exercise's tests, by their names inside it."""
        start = f"{name}/"
        return {test.removeprefix(start): how for test, how in self.plain[kind].items() if test.startswith(start)}

    def solutions(self, kind: str) -> Path:
        """Return a folder with all solutions of a kind beside each other."""
        for name in self.names:
            shutil.copytree(EXERCISES / name / kind, self.folder / kind, dirs_exist_ok=True)
        return self.folder / kind

    def graded(self, engine: Engine) -> dict[str, Graded]:
        """What the engine says: every exercise under every kind of solution."""
        suites = [load_suite(self.suite_folder(name)) for name in self.names]
        judges = begin_judges(engine)
        try:
            opening = threading.Lock()  # a judge at a time: a box counts its processes

            def judge(suite: Suite) -> SuiteJudge:
                with opening:
                    return judges.judge(suite)

            with ParallelRuns(engine) as lanes:
                found = lanes.each(lambda suite: grade_kinds(suite, judge(suite), lanes), suites)
                return {graded.name: graded for graded in found}
        finally:
            judges.close()


def grade_kinds(suite: Suite, judge: SuiteJudge, lanes: ParallelRuns) -> Graded:
    """Grade the three solutions of an exercise; a suite that is refused is not graded, and its sentence is kept."""
    graded = Graded(suite.name)
    pool = lanes.pool
    try:
        judge.checks  # noqa: B018 - a suite that cannot be collected is refused once, whatever is handed in
    except SuiteError as problem:
        return Graded(suite.name, refusals=dict.fromkeys(KINDS, str(problem)))
    for kind in KINDS:
        pool.warm(Limits())
        try:
            tree = stage_folder(EXERCISES / suite.name / kind)
            result = grade(tree, suite, pool.engine, seed=SEED, judge=judge, open_candidate=pool.candidate)
        except SuiteError as problem:
            graded.refusals[kind] = str(problem)
            continue
        graded.outcomes[kind] = {check.id: OUTCOMES.get(check.verdict, "failed") for check in result.checks}
        graded.messages |= {(kind, check.id): check.message for check in result.checks}
    judge.hang_up()
    return graded


def files_of_tests(folder: Path) -> list[str]:
    """Return the test files of a suite, by its manifest or by their names."""
    named = tomllib.loads((folder / "suite.toml").read_text(encoding="utf-8")).get("tests", ())
    return [*named, *(path.name for path in sorted(folder.glob("test_*.py")))]


def exercise_names() -> list[str]:
    """Return the names of all exercises."""
    return sorted(path.name for path in EXERCISES.iterdir() if path.is_dir())


def copy_corpus(folder: Path) -> Corpus:
    """Copy the exercises without their solutions below `folder`, as a course would keep them."""
    names = exercise_names()
    for name in names:
        shutil.copytree(
            EXERCISES / name, folder / "suites" / name, ignore=shutil.ignore_patterns(*KINDS, "__pycache__")
        )
    return Corpus(folder, names)
