"""What a column holds, going by its cells, where its header says too little; what they only suggest is asked about.

A column that nobody reads may say who has left, who teaches, another address, or who somebody is at GitHub. Left unread, all of
its people would be students of the course without a word.
"""

import re
from collections.abc import Callable, Iterator

from course_admin.courses.roster.files import clean
from course_admin.courses.roster.files.columns import header_name
from course_admin.courses.roster.files.decode import Row
from course_admin.courses.roster.files.formats import CERTAINLY_LEFT, role_of
from course_admin.courses.roster.files.roster_file import Column, DoubtfulColumn

_LETTER = re.compile(r"[^\W\d_]")
WORDS = 10  # as many different ones a column of statuses or roles has at most
NO_TEAM = ("team", "repo", "classroom", "assignment", "organi", "grade")  # what else of GitHub a column can hold


def as_cells_say(meanings: list[str], rows: list[Row]) -> list[str]:
    """Return what columns hold, corrected by what stands in them."""
    return _with_logins(_with_last_names(meanings, rows), rows)


def _with_logins(meanings: list[str], rows: list[Row]) -> list[str]:
    """Return what columns hold, with logins where a column of GitHub's numbers has words: "GitHub ID" is either's name."""
    if meanings.count("github_id") != 1 or "github_login" in meanings:
        return meanings
    at = meanings.index("github_id")
    cells = [clean.clean(row[at]) for _, row in rows if at < len(row) and clean.clean(row[at])]
    has_words = sum(any(letter.isalpha() for letter in cell) for cell in cells) * 2 > len(cells)
    return ["github_login" if has_words and each == "github_id" else each for each in meanings]


def _with_last_names(meanings: list[str], rows: list[Row]) -> list[str]:
    """Return what columns hold, with the name as the last one where it stands beside a first one that it does not repeat."""
    if "last_name" in meanings or meanings.count("name") != 1 or meanings.count("first_name") != 1:
        return meanings
    places = meanings.index("name"), meanings.index("first_name")
    pairs = [tuple(clean.clean(row[at]).casefold() for at in places) for _, row in rows if len(row) > max(places)]
    whole = sum("," in name or not first or _repeats(name, first.split()[0]) for name, first in pairs)
    return meanings if whole * 2 >= len(pairs) else ["last_name" if each == "name" else each for each in meanings]


def _repeats(name: str, word: str) -> bool:
    """Say whether a name has a word; where letters have no case, as in Chinese, no spaces tell words apart."""
    return word in (name if name.upper() == name.lower() else name.split())


def doubtful_columns(columns: list[Column], meanings: list[str], rows: list[Row]) -> list[DoubtfulColumn]:
    """Return the columns that are not read, and may hold what would change who is in the course."""
    found = []
    for column in columns:
        if not column.header or "".join(meanings[column.index : column.index + 1]):
            continue
        cells = {line: row[column.index] for line, row in rows if column.index < len(row)}
        if not _LETTER.search(
            "".join(cells.values())
        ):  # points, as most columns of a gradebook; cleaning them all takes seconds
            continue
        cells = {line: cell for line, text in cells.items() if (cell := clean.clean(text))}
        meaning = next(_meanings(column.header, list(cells.values()), meanings), "") if cells else ""
        if meaning:
            found.append(DoubtfulColumn(column.index, column.header, meaning, cells))
    return found


def _meanings(header: str, cells: list[str], known: list[str]) -> Iterator[str]:
    """Yield what a column may hold that is not read."""
    words = {header_name(cell) for cell in cells}
    if words & CERTAINLY_LEFT and len(words) <= WORDS and not {"status", "left"} & set(known):
        yield "status"
    if "role" not in known and all(role_of(cell) for cell in cells) and len(words) <= WORDS:
        yield "role"
    name = header_name(header)
    is_of_github = "github" in name and not any(word in name for word in NO_TEAM)
    if is_of_github and "github_login" not in known and _all(clean.clean_github_login, cells):
        yield "github_login"
    are_addresses = all("@" in each for cell in cells for each in re.split(r"[\s,;]+", cell) if each)
    if are_addresses and len(words) == len(cells) and _all(clean.clean_emails, cells):  # each their own
        yield "email"


def _all(cleaned: Callable[[str], object], cells: list[str]) -> bool:
    try:
        return all(cleaned(cell) for cell in cells)
    except clean.Blemish:
        return False
