"""What a notebook's cells say about their export: nbdev's directives, and the comments of nbdev 1. Side: worker.

`#| default_exp core.tensor` names the module that a notebook writes; a cell whose first lines hold `#| export`,
`#| exporti` or `#| exports` is written to it, or to the module named behind the word. nbdev 1 wrote `#export` and
`# default_exp core.tensor` instead. `#export` without a space is nothing else and always read; `# export` could be an
ordinary comment, and is read where the notebook names its module in the old way.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.source.notebooks.magics import is_python_cell_magic

EXPORTS = frozenset({"export", "exporti", "exports"})
DEFAULT = "default_exp"
LINE_CHARACTERS = 1_000  # no directive is longer
CURRENT = re.compile(r"\s*#\s*\|\s*(\w+):?[ \t]*([^#]*)")
OLD = re.compile(r"#(\s*)(default_exp|exports|exporti|export)(?:\s+([\w.]+))?\s*")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: its word, and what stands behind it."""

    word: str
    argument: str
    is_old: bool = False
    is_close: bool = False  # an old one without a space


def parse_directive(line: str) -> Directive | None:
    """Return the directive that a line is, or None."""
    current = CURRENT.match(line[:LINE_CHARACTERS])
    if current:
        return Directive(current[1], current[2].strip())
    old = OLD.fullmatch(line) if len(line) < LINE_CHARACTERS else None
    return Directive(old[2], old[3] or "", is_old=True, is_close=not old[1]) if old else None


def names_module_in_old_way(sources: Iterable[list[str]]) -> bool:
    """Say whether nbdev 1 wrote this notebook: only old comments name its module."""
    defaults = [found for lines in sources for found in leading_directives(lines, old=True) if found.word == DEFAULT]
    return bool(defaults) and all(found.is_old for found in defaults)


def leading_line_count(lines: list[str], old: bool) -> int:
    """Return how many lines stand above a cell's first line that is neither blank, nor a directive, nor `%%time` and the like."""
    for index, line in enumerate(lines):
        if line.strip() and not is_python_cell_magic(line) and not _counts(parse_directive(line), old):
            return index
    return len(lines)


def leading_directives(lines: list[str], old: bool) -> Iterator[Directive]:
    """Yield the directives in a cell's first lines; `old` reads every comment that was one for nbdev 1."""
    for line in lines[: leading_line_count(lines, old)]:
        found = parse_directive(line)
        if found:
            yield found


def has_export_word(line: str, old: bool) -> bool:
    """Say whether a line further down in a cell was meant to export it."""
    found = parse_directive(line)
    return bool(found and found.word in EXPORTS and (_counts(found, old) or not found.argument))


def _counts(found: Directive | None, old: bool) -> bool:
    return found is not None and (not found.is_old or old or found.is_close)
