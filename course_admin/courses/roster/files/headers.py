"""Which line of a table is its header, where its people end, and its columns as the mapping step shows them."""

import re
from collections import Counter
from collections.abc import Mapping

from course_admin.courses.roster.files import clean
from course_admin.courses.roster.files.columns import KEYS, header_name, meaning_of
from course_admin.courses.roster.files.decode import SAMPLE_ROWS, Row
from course_admin.courses.roster.files.formats import find_format
from course_admin.courses.roster.files.roster_file import Column

SAMPLES = 3  # cells of a column that the mapping step shows
COUNTED = frozenset({"total", "totals", "count", "sum", "gesamt", "summe", "anzahl", "insgesamt", "nombre", "totale"})
#: How Moodle numbers people in its grading worksheets, in the languages whose other words are known here: no ids of theirs.
_PARTICIPANT = re.compile(
    r"(?:participante?|teilnehmer(?:/in)?|partecipante|deelnemer|deltagare|deltager|deltaker|osallistuja|účastník|"
    r"uczestnik|résztvevő|sudionik|polaznik|udeleženec|participant[aă]?|dalyvis|dalībnieks|osaleja|katılımcı|"
    r"участник|учасник|συμμετέχων|משתתף|مشارك|参加者|参与者|參與者|참여자)\s*\d+",
    re.IGNORECASE,
)
_NO_NAME, _NO_KEY, _DIGIT = re.compile(r"[:\d]"), re.compile(r"[:\s]"), re.compile(r"\d")


def header_likeness(rows: list[Row]) -> int:
    """Say how many columns of a roster the best of some rows names; a whole header counts more."""
    best = 0
    for _line, row in rows:
        known = {meaning for cell in row if (meaning := meaning_of(header_name(cell)))}
        best = max(best, len(known) + (10 if find_format(row) else 0))
    return best


def header_place(rows: list[Row]) -> int | None:
    """Return which of the first rows is the header: of a heading in two lines the one that says more; None if none is."""
    at = next((index for index, (_, row) in enumerate(rows[:SAMPLE_ROWS]) if find_format(row)), None)
    if at is not None and len(rows) > at + 1:
        upper, lower = (
            Counter(filter(None, (meaning_of(header_name(cell)) for cell in row))) for _, row in rows[at : at + 2]
        )
        at += upper < lower
    return at


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


def is_grading_worksheet(below: list[Row]) -> bool:
    """Say whether the first cells of all rows are numbers of participants, whatever Moodle's language calls their column."""
    return bool(below) and all(_PARTICIPANT.fullmatch(clean.clean(row[0])) for _, row in below)


def is_person(row: list[str], told: Mapping[int, str], below: list[Row]) -> bool:
    """Say whether the first line of a table is somebody, as somebody has said what its columns hold."""
    if any("@" in cell for cell in row):
        return True
    for index in (each for each, meaning in told.items() if meaning in KEYS):
        cells = [row[index] if index < len(row) else "" for row in (row, *(each for _, each in below[:SAMPLE_ROWS]))]
        if len(cells) > 1 and all(_DIGIT.search(cell) for cell in cells):
            return True
    return False


def end_of_people(rows: list[Row], meanings: list[str]) -> int:
    """Return how many rows there are without the last ones that have words in one cell and nothing else."""
    end = len(rows)
    while end and _is_remark(rows[end - 1][1], meanings):
        end -= 1
    return end


def _is_remark(row: list[str], meanings: list[str]) -> bool:
    """Say whether a row has one filled cell, whose words are no key and no name."""
    filled = [(index, text) for index, cell in enumerate(row) if (text := clean.clean(cell))]
    if len(filled) == 2 and header_name(filled[0][1]) in COUNTED and filled[1][1].isdigit():
        return True
    if len(filled) != 1 or len(meanings) == 1:
        return False
    ((index, text),) = filled
    meaning = meanings[index] if index < len(meanings) else ""
    return meaning != "identifier" and bool((_NO_NAME if "name" in meaning else _NO_KEY).search(text))


def shortened(line: int, row: list[str]) -> str:
    """Return a row that is not read as a note names it."""
    return f"{line} ({' '.join(row).strip()[:60]})"
