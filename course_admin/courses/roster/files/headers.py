"""Which line of a table is its header, and its columns as the mapping step shows them."""

from course_admin.courses.roster.files import clean
from course_admin.courses.roster.files.columns import header_name, meaning_of
from course_admin.courses.roster.files.decode import SAMPLE_ROWS, Row
from course_admin.courses.roster.files.formats import find_format
from course_admin.courses.roster.files.roster_file import Column

SAMPLES = 3  # cells of a column that the mapping step shows


def header_likeness(rows: list[Row]) -> int:
    """Say how many columns of a roster the best of some rows names; a whole header counts more."""
    best = 0
    for _line, row in rows:
        known = {meaning for cell in row if (meaning := meaning_of(header_name(cell)))}
        best = max(best, len(known) + (10 if find_format(row) else 0))
    return best


def with_last_names(meanings: list[str], rows: list[Row]) -> list[str]:
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


def columns_of(rows: list[Row], at: int) -> list[Column]:
    """Return what is known of each column below the header at a place: its title, some cells, and what it may hold."""
    header = rows[at][1]
    below = [row for _, row in rows[at + 1 : at + 1 + SAMPLE_ROWS]]
    width = max(len(header), max(map(len, below), default=0)) if not find_format(header) else len(header)
    columns = []
    for index in range(width):
        cells = [clean.clean(row[index]) for row in below if index < len(row)]
        title = clean.clean(header[index]) if index < len(header) else ""
        guess = meaning_of(header_name(title)) or ("email" if any("@" in cell for cell in [title, *cells]) else "")
        columns.append(Column(index, title, [cell for cell in cells if cell][:SAMPLES], guess))
    return columns
