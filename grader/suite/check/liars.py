"""Submissions that compute nothing useful: those that a suite lists, and those made from any reference. Side: worker.

`mutants/nothing/NAME.py` stands in for the suite's own file, or for the one that its first line names: `# file: path`; if the
suite is about several, the others answer nothing. Made from the reference's syntax trees, with all their names and flags: one
that answers nothing, one that answers zeros, one that hands its inputs back. Nothing of either is run here.
"""

import ast
import copy
import re
from collections.abc import Callable
from dataclasses import dataclass

from grader.errors import SuiteError
from grader.suite.check.grading import Grading
from grader.suite.check.listed_mutants import FOLDER

NOTHING = "nothing"  # below `mutants/`
NOTHING_SHARE = 0.02  # of the points, which nobody gets who computes nothing
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Liar:
    """One submission that computes nothing useful: which files of the reference it replaces, and by what."""

    name: str
    files: dict[str, str]


def liars_of(grading: Grading) -> list[Liar]:
    """Return the liars that a suite lists and, unless it is a milestone's, those made from its reference."""
    if grading.suite.is_milestone:
        return _listed(grading, {})
    own = {path: made_liars(grading.reference.read(path).decode("utf-8")) for path in grading.own_files()}
    made = [Liar(name, {path: sources[name] for path, sources in own.items()}) for name in ANSWERS]
    is_alone = len(own) == 1  # so that a liar may name another file, and leave this one as it is
    return [*made, *_listed(grading, {} if is_alone else made[0].files)]


def _listed(grading: Grading, nothing: dict[str, str]) -> list[Liar]:
    """Return the liars that a suite lists; nothing: what the suite's own files are where a liar says no more."""
    found = []
    for path in sorted((grading.suite.folder / FOLDER / NOTHING).glob("*.py")):
        source = path.read_text(encoding="utf-8")
        named = re.match(r"# file: (\S+)\n", source)
        file = named[1] if named else grading.own_files()[0]
        if file not in grading.reference.paths:
            raise SuiteError(f"{path}:1: the reference has no file {file}")
        found.append(Liar(path.stem, {**nothing, file: source}))
    return found


def made_liars(source: str) -> dict[str, str]:
    """Return modules with the names, signatures and constants of this one, whose functions compute nothing."""
    return {
        name: ast.unparse(_Hollow(answer).visit(copy.deepcopy(ast.parse(source)))) for name, answer in ANSWERS.items()
    }


class _Hollow(ast.NodeTransformer):
    """Replaces what functions do: `__init__` keeps its arguments as attributes, everything else gives one answer."""

    def __init__(self, answer: Callable[[Function], ast.expr]) -> None:
        self.answer = answer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = _kept_arguments(node) if node.name == "__init__" else [ast.Return(self.answer(node))]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.body = [ast.Return(self.answer(node))]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.body = self.answer(node)
        return node


def _kept_arguments(node: ast.FunctionDef) -> list[ast.stmt]:
    names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
    return [*ast.parse("".join(f"{names[0]}.{name} = {name}\n" for name in names[1:])).body, ast.Pass()]


def _nothing(node: Function) -> ast.expr:
    return ast.Constant(None)


def _zero(node: Function) -> ast.expr:
    return ast.Constant(0.0)


def _first_argument(node: Function) -> ast.expr:
    """Return the first argument that is not `self`, or `self`, or None."""
    names = [argument.arg for argument in node.args.args]
    others = [name for name in names if name not in ("self", "cls")]
    return ast.Name((others or names)[0]) if names else ast.Constant(None)


#: What is made from any reference: its name, and what each function answers.
ANSWERS: dict[str, Callable[[Function], ast.expr]] = {
    "answers_nothing": _nothing,
    "answers_zeros": _zero,
    "hands_inputs_back": _first_argument,
}
