"""The expression of a suite's source at which an exception was raised. Side: judge."""

import ast
from pathlib import Path
from types import TracebackType


def expression_at(trace: TracebackType, kind: type[ast.expr]) -> ast.expr | None:
    """Return the expression of a kind that a traceback's instruction is, from its file; the outermost of several."""
    code = trace.tb_frame.f_code
    place = list(code.co_positions())[trace.tb_lasti // 2]
    for node in ast.walk(ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))):
        if isinstance(node, kind) and place == (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset):
            return node
    return None
