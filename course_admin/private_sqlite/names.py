"""How people's names are sorted, whatever the database: by their letters first, then by accents, then by capitals.

PostgreSQL has the rule, the root collation of Unicode as ICU brings it; here it is for SQLite, which calls it by the same name, and
for lists that Python sorts. No two different texts are equal by it. Source: Unicode Technical Standard 10, "Unicode Collation
Algorithm", sections 1.1 and 4; what is not in this table of Latin letters comes by its code points.
"""

import functools
import unicodedata

#: The name of the rule in both databases.
NAMES = "und-x-icu"
#: Blanks and signs in their order, before digits and letters.
_SIGNS = " _-‐–—,;:!?.'‘’\"“”()[]{}@*/\\&#%`´^+<=>|~$"
#: Letters that Unicode takes apart nowhere: a letter with a stroke is that letter with an accent.
_STROKED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ƀ": "b", "æ": "ae", "œ": "oe"}
_STROKES = {"ð": 0x0339}  # behind the others, all of which count as
_STROKE = 0x0338
#: Letters of their own, each right behind another.
_BEHIND = {"ı": "i", "ŋ": "n", "ə": "e", "ĸ": "q", "þ": "z"}
_LETTERS_FROM = 1_000  # whatever is no sign comes behind the signs
_KEPT = 20_000  # keys of names


@functools.lru_cache(_KEPT)
def name_key(name: str) -> tuple:
    """Return what a name is sorted by."""
    letters: list[float] = []
    accents: list[int] = []
    capitals: list[bool] = []
    for character in unicodedata.normalize("NFKD", name):
        lower = character.casefold()
        if unicodedata.combining(character):
            accents.append(ord(character))
            continue
        taken_apart = _STROKED.get(lower)
        for part in taken_apart or lower:
            letters.append(_place(part))
            accents.append(0)
            capitals.append(lower != character)
        if taken_apart:
            accents.append(_STROKES.get(lower, _STROKE))
    return letters, accents, capitals, name


def _place(letter: str) -> float:
    sign = _SIGNS.find(letter)
    if sign >= 0:
        return sign
    behind = _BEHIND.get(letter)
    return _LETTERS_FROM + (ord(behind) + 0.5 if behind else ord(letter))


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1 as SQLite asks for it."""
    mine, theirs = name_key(one), name_key(other)
    return (mine > theirs) - (mine < theirs)
