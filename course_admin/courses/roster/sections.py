"""Which sections a cell names where several may share it: `LEC, LAB2`, or Canvas's sentence `LEC, LAB1, and HON`.

A section may have a comma or an "and" in its own name. What the course and the rest of the file show decides; where they show
nothing, somebody is asked. Pure: nothing here knows the database.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from django.utils.translation import gettext

from course_admin.courses.roster.questions import Asked, Choice

_LAST = re.compile(r"(?:,? )(?:and|und|et|y|e|en|och|og|és) (?=\S)|(?:和|と)", re.IGNORECASE)
_DIVIDER = re.compile(r", ?|[|]| [&+/] ")
COMMON_LETTERS = 3  # as many at the beginning of all parts say that they are names of one kind
NUMBER = re.compile(r"\d")


def parts_of(cell: str, *, is_sentence: bool, known: Collection[str] = ()) -> list[str]:
    """Return what a cell names if it is a list, or a sentence; itself alone if it is none. `known`: sections, in lower case."""
    if not is_sentence:
        return [part for each in _DIVIDER.split(cell) if (part := each.strip(" ,"))] or [cell]
    ends = list(_LAST.finditer(cell))
    if not ends:
        return [cell]
    before, last = cell[: ends[-1].start()], cell[ends[-1].end() :]
    return [part for part in (*_with_commas(before.split(", "), last, known), last.strip()) if part]


def _with_commas(pieces: list[str], last: str, known: Collection[str]) -> list[str]:
    """Return the names before the last one, which may have commas of their own: the longest that are known, or like the last."""
    names: list[str] = []
    alike = last.count(", ") + 1
    while pieces:
        lengths = range(len(pieces), 0, -1)
        found = next((size for size in lengths if ", ".join(pieces[:size]).strip().casefold() in known), 0)
        size = found or (alike if len(pieces) % alike == 0 else 1)
        names.append(", ".join(pieces[:size]).strip())
        pieces = pieces[size:]
    return names


def split_sections(
    cells: Iterable[str], known: Collection[str], asked: Asked, *, is_sentence: bool
) -> dict[str, list[str]]:
    """Return the sections of each cell. `known`: the names of the course's own sections, in lower case."""
    distinct = sorted(set(cells))
    parts = {cell: parts_of(cell, is_sentence=is_sentence) for cell in distinct}
    alone = {cell.casefold() for cell in distinct if len(parts[cell]) == 1} | set(known)
    if is_sentence:
        parts = {cell: parts_of(cell, is_sentence=True, known=alone) for cell in distinct}
    often = Counter(part.casefold() for cell in distinct if len(parts[cell]) > 1 for part in parts[cell])
    found: dict[str, list[str]] = {}
    for cell in distinct:
        if len(parts[cell]) == 1 or cell.casefold() in known:
            found[cell] = [cell]
        elif _are_sections(parts[cell], alone, often):
            found[cell] = parts[cell]
        else:
            found[cell] = _ask(cell, parts[cell], asked)
    return found


def _are_sections(parts: list[str], alone: Collection[str], often: Counter[str]) -> bool:
    shown = any(part.casefold() in alone or often[part.casefold()] > 1 for part in parts)
    alike = len({part.casefold()[:COMMON_LETTERS] for part in parts}) == 1
    return shown or alike or all(NUMBER.search(part) for part in parts)


def _ask(cell: str, parts: list[str], asked: Asked) -> list[str]:
    sentence = gettext('Is "{cell}" one section, or {count}?').format(cell=cell, count=len(parts))
    choices = (
        Choice("one", gettext("One section, called {cell}.").format(cell=cell)),
        Choice("several", gettext("Sections: {names}.").format(names="; ".join(parts))),
    )
    answer = asked.ask(f"sections-{cell}", 0, sentence, choices)
    return parts if answer == "several" else [cell]
