"""The expression of a suite's source at which an exception was raised, and whether it means to raise it. Side: judge."""

import ast
import builtins
import dis
from pathlib import Path
from types import TracebackType

RAISE = dis.opmap["RAISE_VARARGS"]


def expression_at(trace: TracebackType, kind: type[ast.expr]) -> ast.expr | None:
    """Return the expression of a kind that a traceback's instruction is, from its file; the outermost of several."""
    code = trace.tb_frame.f_code
    place = list(code.co_positions())[trace.tb_lasti // 2]
    for node in ast.walk(ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))):
        if isinstance(node, kind) and place == (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset):
            return node
    return None


def is_raised_here(problem: BaseException, traceback: TracebackType) -> bool:
    """Whether the body of a `with` means to raise this, as `raise ValueError` and `1 / 0` do.

    Whatever else fails in a test is not the student's to swallow: an assertion, and what an answer of theirs had a part in.
    """
    if not isinstance(problem, Exception) or isinstance(problem, AssertionError) or traceback.tb_next is not None:
        return False
    code = traceback.tb_frame.f_code
    return code.co_code[traceback.tb_lasti] == RAISE or _names_only_builtins(traceback)


def _names_only_builtins(traceback: TracebackType) -> bool:
    """Whether the expression that failed is one of constants and of names that nothing here shadows."""
    frame, failed = traceback.tb_frame, expression_at(traceback, ast.expr)
    if failed is None or failed.lineno != failed.end_lineno:
        return False
    names = {node.id for node in ast.walk(failed) if isinstance(node, ast.Name)}
    return all(name in vars(builtins) and name not in frame.f_locals and name not in frame.f_globals for name in names)
