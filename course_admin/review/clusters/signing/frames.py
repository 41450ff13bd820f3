"""The student's own frames of a message, and the shape of a line of code: its tokens without names, numbers and texts."""

import builtins
import io
import keyword
import re
import token
import tokenize
from dataclasses import dataclass

_FRAME = re.compile(r'^  File "([^"\n]*)", line (\d+), in ([^\n]*)\n    ([^\n]*)', re.MULTILINE)
_MODULES = frozenset({"np", "numpy", "math"})
_KEPT = frozenset({*dir(builtins), *keyword.kwlist, *_MODULES})
_LEFT_OUT = (token.NEWLINE, token.ENDMARKER, token.INDENT, token.DEDENT, tokenize.NL, tokenize.COMMENT)


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback in the student's own files."""

    file: str
    line: int
    function: str
    code: str


def frames_of(message: str) -> list[Frame]:
    """Return the frames that a message shows, the innermost last."""
    return [Frame(file, int(line[:9]), function, code) for file, line, function, code in _FRAME.findall(message)]


def shape_of(code: str) -> str:
    """Return the shape of a line of code, or of as much of it as can be read: equal for lines that differ in names alone."""
    shape: list[str] = []
    before = ""
    try:
        for each in tokenize.generate_tokens(io.StringIO(code.strip()).readline):
            if each.type not in _LEFT_OUT:
                shape.append(_shape(each, before, shape))
                before = each.string
    except (tokenize.TokenError, SyntaxError):  # one line of a statement of several
        pass
    return " ".join(shape)


def _shape(each: tokenize.TokenInfo, before: str, so_far: list[str]) -> str:
    match each.type:
        case token.NAME:
            is_of_module = before == "." and len(so_far) > 1 and so_far[-2] in _MODULES
            return each.string if is_of_module or (each.string in _KEPT and before != ".") else "v"
        case token.NUMBER:
            return "#"
        case token.STRING:
            return "s"
        case _:
            return each.string
