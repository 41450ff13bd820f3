"""A Python file as tokens that a copy keeps whatever it is made to look like: names, literals, comments and layout are gone.

Python's own names stay, and NumPy's after `np.`: who copies cannot rename those. Documentation, imports and blank lines are
left out; a file that cannot be read to its end is read as far as it goes.
"""

import builtins
import io
import keyword
import token
import tokenize
from dataclasses import dataclass

_MODULES = frozenset({"np", "numpy", "math"})
_KEPT = frozenset({*dir(builtins), *keyword.kwlist, "self"} | _MODULES)
_LAYOUT = frozenset({token.NEWLINE, token.INDENT, token.DEDENT, token.ENDMARKER, tokenize.NL, tokenize.COMMENT})


@dataclass(frozen=True, slots=True)
class Symbol:
    """One token: what is left of it, and its line."""

    text: str
    line: int


def symbols_of(source: str) -> list[Symbol]:
    """Return the tokens of a file that say what it does."""
    found: list[Symbol] = []
    logical: list[tokenize.TokenInfo] = []
    try:
        for each in tokenize.generate_tokens(io.StringIO(source).readline):
            if each.type == token.NEWLINE:
                found += _of_line(logical)
                logical = []
            elif each.type not in _LAYOUT:
                logical.append(each)
    except (tokenize.TokenError, SyntaxError):  # the rest is no Python
        pass
    return found + _of_line(logical)


def _of_line(logical: list[tokenize.TokenInfo]) -> list[Symbol]:
    """Return what is left of one logical line; nothing of an import, or of a text that stands alone."""
    is_text = all(each.type == token.STRING for each in logical)
    if not logical or is_text or logical[0].string in ("import", "from"):
        return []
    return [Symbol(_left(each, logical, place), each.start[0]) for place, each in enumerate(logical)]


def _left(each: tokenize.TokenInfo, logical: list[tokenize.TokenInfo], place: int) -> str:
    match each.type:
        case token.NAME:
            is_attribute = place > 0 and logical[place - 1].string == "."
            is_of_module = is_attribute and place > 1 and logical[place - 2].string in _MODULES
            return each.string if is_of_module or (each.string in _KEPT and not is_attribute) else "n"
        case token.NUMBER:
            return "0"
        case token.STRING:
            return "s"
        case _:
            return each.string
