"""Whether everybody meets what went wrong in a test once they come that far, whatever their code answers. Side: judge.

Of a suite with a reference that is found out: the reference has to meet it as well. Without one it is read off the source:
every line of the suite's on the way there is one that everybody comes to, and nothing of the student's is in what failed. Where
that cannot be seen an answer may have led there, and the test is lost, not the run.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from grader.errors import SuiteError
from grader.judge.blame.accidents import FILES, NO_WEAKREF, traces_of
from grader.judge.blame.own import Names
from grader.judge.blame.straight import is_straight, path_to, tree_of
from grader.judge.exceptions import AlwaysMisuse, SuiteMisuse
from grader.judge.process.expressions import RAISE

#: Who calls a function of the test's where the student's code decides about it, or where it is meant to raise.
DECIDED = ("judge/remote/lending.py", "unittest/case.py", "_pytest/raises.py")
BOUND = re.compile(r"^\w+$|\b\w+(?=\s*=)")  # in a text: a name alone, and what an assignment begins with
CALLING = frozenset(("perform", "handle", "raises"))


def is_certain(problem: BaseException, root: Path, given: Collection[str]) -> bool:
    """Whether what looks like a fault of the suite below `root` is one for everybody.

    given: the names under which something of the student's may stand in the suite's files.
    """
    traces = list(traces_of(problem))
    own = [number for number, trace in enumerate(traces) if _file(trace).startswith(f"{root}/")]
    if not own:
        return isinstance(problem, pytest.FixtureLookupError | SuiteError)
    if any(_is_decided(trace) for trace in traces[own[0] :]):
        return False
    paths = [path_to(traces[number]) for number in own]
    if not all(map(is_straight, paths)):
        return False
    failed, last = paths[-1], traces[own[-1]]
    if isinstance(problem, SuiteError | AlwaysMisuse) or str(problem).startswith(NO_WEAKREF):
        return True
    if last.tb_frame.f_code.co_code[last.tb_lasti] == RAISE:
        return False
    names, is_there = Names(failed[0], last.tb_frame, given), own[-1] == len(traces) - 1
    if type(problem) is NameError and (not is_there or problem.name in set(_bound_anywhere(root))):
        return False
    return _is_own(problem, failed[-1], names)


def _is_own(problem: BaseException, failed: ast.AST, names: Names) -> bool:
    """Whether what failed is made of nothing of the student's that could be otherwise."""
    if isinstance(problem, NameError):
        return True
    if isinstance(failed, ast.Import | ast.ImportFrom):
        return isinstance(problem, ImportError)
    if isinstance(problem, AttributeError):
        return isinstance(failed, ast.Attribute) and names.is_own(failed.value)
    if not isinstance(failed, ast.Call):
        return isinstance(problem, SuiteMisuse) and isinstance(failed, ast.expr) and names.is_named(failed)
    parts = [*failed.args, *(keyword.value for keyword in failed.keywords)]
    own = [part for part in parts if names.is_own(part)]
    if isinstance(problem, SuiteMisuse):
        is_handed_over = any(not isinstance(part, ast.Constant) for part in own)
        return names.is_named(failed.func) and (len(own) == len(parts) or is_handed_over)
    if isinstance(problem, (*FILES, ImportError, pytest.FixtureLookupError)):
        return names.is_own(failed.func) and len(own) == len(parts)
    return names.is_own(failed.func)


def _is_decided(trace: TracebackType) -> bool:
    code = trace.tb_frame.f_code
    return code.co_filename.endswith(DECIDED) and code.co_name in CALLING


def _bound_anywhere(root: Path) -> Iterator[str]:
    """Yield every name that a file of the suite binds, or that a text may bind which is run or looked up."""
    for path in root.rglob("*.py"):
        for node in ast.walk(tree_of(str(path))):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.alias):
                yield (node.asname or node.name).partition(".")[0]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from BOUND.findall(node.value)


def _file(trace: TracebackType) -> str:
    return trace.tb_frame.f_code.co_filename
