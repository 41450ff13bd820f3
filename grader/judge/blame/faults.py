"""Whose fault it is that a test went wrong: the suite's own, with its place, or not to be told from the student's. Side: judge."""

import inspect
from collections.abc import Collection
from pathlib import Path

import pytest
from _pytest.outcomes import OutcomeException

from grader.errors import SuiteError
from grader.judge.blame import accidents
from grader.judge.blame.certain import is_certain
from grader.judge.blame.kept import keeping
from grader.judge.blame.straight import returns_comparisons
from grader.judge.exceptions import CandidateEnded, CandidateRaised, OverBudget, SuiteMisuse, YardstickEnded
from grader.judge.items.marks import UnexpectedSuccess
from grader.judge.items.problem import SKIPPING

#: What a test ends with that is no accident of its own.
VERDICTS = (
    AssertionError,
    OutcomeException,
    CandidateRaised,
    CandidateEnded,
    OverBudget,
    YardstickEnded,
    UnexpectedSuccess,
    *SKIPPING,
)

HINTS = {
    accidents.READ_ONLY: "; an array that came back read-only is a copy: change a copy of your own, or do it @in_candidate",
    accidents.NO_WEAKREF: "; how long an object of the student's lives shows in their process alone: do it @in_candidate",
}
NO_PACKAGE = "; a package that the tests need is named under judge_requirements in suite.toml"


class Faults:
    """Tells faults of the suite that lies in `root`, below the name `suite`."""

    def __init__(self, root: Path, suite: str) -> None:
        self.root = root
        self.suite = suite

    def sentence(
        self, item: pytest.Item, problem: BaseException | None, is_asked: bool, given: Collection[str] = ()
    ) -> str | None:
        """Return the sentence of what went wrong in a test through its suite's own fault, or None for anything else.

        What no answer of the student's can have caused is one; and so is everything but a verdict before the student's code has
        been asked for anything. Later on whatever else fails may have failed for what the student's code returned; or, in code
        that uses one of the names in `given`, for what stands under it in the student's module.
        """
        if isinstance(problem, CandidateRaised):
            return None
        if isinstance(problem, pytest.FixtureLookupError):
            return f"{self.place_of(item)}: {item.name} asks for the fixture {problem.argname!r}, which there is not"
        if problem is not None and accidents.is_suites(problem, self.root):
            return self.place(problem, item)
        if problem is None or isinstance(problem, VERDICTS):
            return None
        is_asked = is_asked or self._uses(problem, given)
        return self.place(problem, item) if not is_asked or not self._lines(problem) else None

    def is_certain(self, item: pytest.Item, problem: BaseException, is_asked: bool, given: Collection[str]) -> bool:
        """Whether what looks like a fault of the suite's is one whatever the student's code answers."""
        doubtful = {*given, *keeping(self.root)}
        if not is_asked and not self._uses(problem, doubtful):
            return True
        if isinstance(problem, pytest.PytestReturnNotNoneWarning | SuiteMisuse) and not self._lines(problem):
            return returns_comparisons(item.function)  # type: ignore[attr-defined]
        return is_certain(problem, self.root, doubtful)

    def _uses(self, problem: BaseException, names: Collection[str]) -> bool:
        """Whether a function of the suite's that an exception passed through has one of these names in it."""
        trace = problem.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            is_own = code.co_filename.startswith(f"{self.root}/")
            if is_own and not {*code.co_names, *code.co_varnames, *code.co_freevars}.isdisjoint(names):
                return True
            trace = trace.tb_next
        return False

    def _lines(self, problem: BaseException) -> list[tuple[str, int]]:
        """Return the suite's own lines that an exception passed through, the innermost last."""
        lines = []
        trace = problem.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            if filename.startswith(f"{self.root}/"):
                lines.append((self.relative(filename), trace.tb_lineno))
            trace = trace.tb_next
        return lines

    def place(self, problem: BaseException, item: pytest.Item | None = None) -> str:
        """Return a sentence that names the suite's file and line where it failed; of an item, where it begins."""
        if isinstance(problem, SyntaxError) and problem.filename:
            return f"{self.relative(problem.filename)}:{problem.lineno}: {type(problem).__name__}: {problem.msg}"
        lines = self._lines(problem)
        place = ":".join(map(str, lines[-1])) if lines else self.place_of(item) if item is not None else self.suite
        if isinstance(problem, SuiteError | SuiteMisuse):  # which say it all, and the first where
            said = self.relative(str(problem))
            return said if said != str(problem) else f"{place}: {said[:500]}"
        hint = NO_PACKAGE if isinstance(problem, ModuleNotFoundError) else ""
        for mark, said in HINTS.items():
            hint = said if isinstance(problem, ValueError | TypeError) and mark in str(problem) else hint
        return f"{place}: {type(problem).__name__}: {str(problem)[:500]}{hint}"

    def place_of(self, item: pytest.Item) -> str:
        """Return file and line of a test, whatever decorators are around it."""
        code = inspect.unwrap(item.function).__code__  # type: ignore[attr-defined]
        return f"{self.relative(str(item.path))}:{code.co_firstlineno}"

    def relative(self, filename: str) -> str:
        """Return a file's name below the folder of all suites."""
        return filename.removeprefix(f"{self.root}/")
