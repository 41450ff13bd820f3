"""A Python file as tokens that a copy keeps whatever it is made to look like: names, literals, comments and layout are gone.

Python's own names stay, and NumPy's after `np.`: who copies cannot rename those. Documentation, imports, blank lines and
parentheses that only group are left out, and `a += b` is `a = a + b`; a file that cannot be read to its end is read as far as
it goes.
"""

import builtins
import io
import keyword
import token
import tokenize
from dataclasses import dataclass

_MODULES = frozenset({"np", "numpy", "math"})
_KEPT = frozenset({*dir(builtins), *keyword.kwlist, "self"} | _MODULES)
_AUGMENTED = frozenset({"+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "&=", "|=", "^=", ">>=", "<<="})
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
    tokens = _without_grouping(_spelt_out(logical))
    return [Symbol(_left(each, tokens, place), each.start[0]) for place, each in enumerate(tokens)]


def _spelt_out(logical: list[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    """Return a logical line with an augmented assignment as a plain one."""
    place = next((place for place, each in enumerate(logical) if each.string in _AUGMENTED), None)
    if place is None:
        return logical
    target, sign = logical[:place], logical[place]
    operator = sign._replace(string=sign.string.removesuffix("="))
    return [*target, sign._replace(string="="), *target, operator, *logical[place + 1 :]]


def _without_grouping(tokens: list[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    """Return a logical line without the parentheses that call nothing."""
    kept: list[tokenize.TokenInfo] = []
    is_call: list[bool] = []
    for each in tokens:
        if each.string == "(":
            is_call.append(bool(kept) and _can_be_called(kept[-1]))
        if each.string not in ("(", ")") or not is_call or is_call[-1]:
            kept.append(each)
        if each.string == ")" and is_call:
            is_call.pop()
    return kept


def _can_be_called(before: tokenize.TokenInfo) -> bool:
    is_name = before.type == token.NAME and not keyword.iskeyword(before.string)
    return is_name or before.type == token.STRING or before.string in (")", "]", "}")


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
