"""Tell code that is written for a newer Python from code that is wrong in every Python. Side: worker.

The parser is this Python's own; what it refuses is looked at again with every f-string read as Python 3.12 reads it. If
that is all it takes, the code is right and the Python too old. Nothing is compiled or run. Source: PEP 701 (f-strings),
PEP 695 (`type`, type parameters), PEP 750 (t-strings), PEP 758 (`except` without parentheses).
"""

import ast
import re
import sys
import warnings
from dataclasses import dataclass

PARSED_BYTES = 256 * 1024  # a larger file is not looked at: parsing takes a hundred times its size in memory
NESTED_STRINGS = 20
NEWLINE = "\n"
LINE_CHARACTERS = 500
OPENING = re.compile(r"""[#"'\n]""")
PREFIX = re.compile(r"(?<!\w)[A-Za-z]{1,2}\Z")
NEWER_STATEMENTS = (
    (re.compile(r"\s*type\s+\w+\s*[\[=]"), "3.12", "a `type` statement"),
    (re.compile(r"\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[[^\]]*\]\s*[(:]"), "3.12", "type parameters in brackets"),
    (re.compile(r"\s*except\s+[\w.]+\s*,"), "3.14", "several exceptions without parentheses"),
)


@dataclass(frozen=True, slots=True)
class NewerSyntax:
    """A line that this Python refuses and a newer one accepts."""

    line: int
    version: str
    what: str


class _NotReadable(Exception):
    """The text is wrong in a newer Python, too."""


def this_python() -> str:
    """Return the version of Python that grades, as a person says it."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def find_newer_syntax(text: str) -> NewerSyntax | None:
    """Return the first line that needs a newer Python, or None if the text is right, or wrong in any Python."""
    if len(text) > PARSED_BYTES:
        return None
    line = _wrong_line(text)
    if line is None:
        return None
    rows = text.split("\n")
    written = rows[line - 1][:LINE_CHARACTERS] if line <= len(rows) else ""
    for pattern, version, what in NEWER_STATEMENTS:
        if pattern.match(written):
            return NewerSyntax(line, version, what)
    try:
        reader = _Reader(text)
        is_right = _wrong_line(reader.without_formats()) is None
    except (_NotReadable, RecursionError):
        return None
    if not is_right:
        return None
    line = max((first for first in reader.format_lines if first <= line), default=line)
    if reader.has_templates:
        return NewerSyntax(line, "3.14", "a t-string")
    return NewerSyntax(line, "3.12", "an f-string with its own kind of quotes, a backslash or a comment in its braces")


def _wrong_line(text: str) -> int | None:
    """Return the line at which this Python's parser gives up, None if it does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as problem:
        return max(1, problem.lineno or 1)
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


class _Reader:
    """Reads the strings of a text once, from front to end."""

    def __init__(self, text: str, nesting: int = 0) -> None:
        if nesting > NESTED_STRINGS:
            raise _NotReadable
        self._text, self._nesting = text, nesting
        self.has_templates = False
        self.format_lines: list[int] = []  # on which an f-string starts

    def without_formats(self) -> str:
        """Return the text with an empty string for each f-string; raises _NotReadable if one of them is wrong."""
        pieces, copied, position, line = [], 0, 0, 1
        while found := OPENING.search(self._text, position):
            if found[0] == "\n":
                position = found.end()
            elif found[0] == "#":
                position = self._end_of_line(found.start())
            else:
                start = found.start() - len(self._prefix(found.start()))
                position, is_format = self._string(found.start())
                if is_format:
                    line += self._text.count("\n", copied, start)
                    lines = self._text.count("\n", start, position)
                    self.format_lines.append(line)
                    line += lines
                    pieces += [self._text[copied:start], f'"""{NEWLINE * lines}"""']
                    copied = position
        return "".join([*pieces, self._text[copied:]])

    def _end_of_line(self, position: int) -> int:
        end = self._text.find("\n", position)
        return len(self._text) if end < 0 else end

    def _prefix(self, quote: int) -> str:
        found = PREFIX.search(self._text, max(0, quote - 3), quote)
        return found[0].lower() if found else ""

    def _string(self, quote: int, is_judged: bool = True) -> tuple[int, bool]:
        """Return the position behind the string whose first quote is at `quote`, and whether it is formatted."""
        prefix = self._prefix(quote)
        mark = self._text[quote]
        mark = mark * 3 if self._text.startswith(mark * 3, quote) else mark
        position = quote + len(mark)
        is_format = "f" in prefix or "t" in prefix
        self.has_templates = self.has_templates or "t" in prefix
        while position < len(self._text):
            character = self._text[position]
            if self._text.startswith(mark, position):
                return position + len(mark), is_format
            if character == "\n" and len(mark) == 1:
                break
            if is_format and character in "{}":
                position = (
                    position + 2
                    if self._text[position + 1 : position + 2] == character
                    else self._field(position, is_judged)
                )
            else:
                position += 2 if character == "\\" else 1
        raise _NotReadable

    def _field(self, position: int, is_judged: bool) -> int:
        """Return the position behind the replacement field that opens at `position`, and judge its expression."""
        start = position = position + 1
        depth = 0
        while position < len(self._text):
            character = self._text[position]
            if character in "\"'":
                position = self._string(position, is_judged=False)[0]  # judged with the whole expression
                continue
            if character == "#":
                position = self._end_of_line(position)
                continue
            if depth == 0 and (
                character in "}:" or (character == "!" and self._text[position + 1 : position + 2] != "=")
            ):
                break
            depth += (character in "([{") - (character in ")]}")
            position += 1
        if is_judged:
            self._judge(self._text[start:position])
        while position < len(self._text) and self._text[position] not in "}\n":
            position = self._field(position, is_judged) if self._text[position] == "{" else position + 1
        if self._text[position : position + 1] != "}":
            raise _NotReadable
        return position + 1

    def _judge(self, expression: str) -> None:
        """Raise _NotReadable if an expression within braces is none in a newer Python."""
        inner = _Reader(expression.rstrip().removesuffix("="), self._nesting + 1)
        plain = inner.without_formats()
        if not plain.strip() or _wrong_line(f"(\n{plain}\n)") is not None:
            raise _NotReadable
        self.has_templates = self.has_templates or inner.has_templates
