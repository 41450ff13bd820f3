"""Roster files: the bytes of a CSV become entries, and every error of the file is named by line and column.

Read are our own plain CSV, Gradescope's roster, a Canvas gradebook and GitHub Classroom's `classroom_roster.csv`; which
one it is, its header says. Columns are found by name, never by place. Nothing here knows the database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from course_admin.courses.csv_files import CELL_CHARACTERS, ROWS, FileUnreadable, csv_rows, csv_text

COLUMNS = 200
ROLES = {
    "student": "student",
    "observer": "observer",
    "ta": "ta",
    "reader": "ta",
    "head ta": "head_ta",
    "head_ta": "head_ta",
    "instructor": "instructor",
}
_ESCAPED = tuple("=+-@＝＋－＠\t\r\n")  # before these an export puts an apostrophe; it is taken away again

Cells = dict[str, str]  # header in lower case -> cell


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a file: its line, its column (empty: the whole line), and a sentence."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a file: the fields it gives, never empty ones; `hint` helps to find them and is no field."""

    line: int
    fields: dict[str, str]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says."""

    kind: str
    entries: list[Entry]
    problems: list[Problem] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: the columns that tell it apart, those it may also have, and how a row becomes fields."""

    kind: str
    needed: frozenset[str]
    known: frozenset[str]
    read: Callable[[Cells], tuple[dict[str, str], str]]
    is_no_person: Callable[[Cells], bool] = lambda cells: False


def _plain(cells: Cells) -> tuple[dict[str, str], str]:
    return {name: cells.get(name, "") for name in _PLAIN_COLUMNS}, ""


def _gradescope(cells: Cells) -> tuple[dict[str, str], str]:
    name = cells.get("name") or f"{cells.get('first name', '')} {cells.get('last name', '')}".strip()
    section = next((cell for header, cell in cells.items() if "section" in header and cell), "")
    role = cells.get("role", "")
    return {"name": name, "email": cells["email"], "student_id": cells["sid"], "role": role, "section": section}, ""


def _canvas(cells: Cells) -> tuple[dict[str, str], str]:
    last, comma, first = cells["student"].partition(", ")
    login = cells.get("sis login id", "")
    return {
        "name": f"{first} {last}" if comma else last,
        "email": login if "@" in login else "",
        "student_id": cells.get("sis user id") or login or cells["id"],
        "section": cells["section"],
    }, ""


def _is_no_canvas_student(cells: Cells) -> bool:
    """Say whether a row is Canvas's row of points, or its test student."""
    return cells["student"] in ("Points Possible", "Student, Test") or not any((cells["id"], cells.get("sis user id")))


def _classroom(cells: Cells) -> tuple[dict[str, str], str]:
    identifier = cells["identifier"]
    fields = {
        "name": cells.get("name") or identifier,
        "github_login": cells["github_username"],
        "github_id": cells.get("github_id", ""),
        "email": identifier if "@" in identifier else "",
    }
    return fields, identifier


_PLAIN_COLUMNS = ("student_id", "name", "email", "github_login", "github_id", "section", "role")
_GRADESCOPE_KNOWN = frozenset({"name", "first name", "last name", "sid", "email", "role"})
_CANVAS_KNOWN = frozenset({"student", "id", "sis user id", "sis login id", "section"})

#: The first whose needed columns a header has is taken.
FORMATS = (
    Format(
        "GitHub Classroom",
        frozenset({"identifier", "github_username"}),
        frozenset({"identifier", "github_username", "github_id", "name"}),
        _classroom,
    ),
    Format("Canvas", frozenset({"student", "id", "section"}), _CANVAS_KNOWN, _canvas, _is_no_canvas_student),
    Format("Gradescope", frozenset({"sid", "email"}), _GRADESCOPE_KNOWN, _gradescope),
    Format("plain CSV", frozenset({"student_id", "name", "email"}), frozenset(_PLAIN_COLUMNS), _plain),
)


def read_roster(data: bytes) -> RosterFile:
    """Return what a file says. Raises FileUnreadable if it is no roster at all."""
    rows = csv_rows(csv_text(data))
    header_line, header = next(rows, (1, []))
    names = [cell.strip().casefold() for cell in header]
    form = _format(names)
    result = RosterFile(form.kind, [], ignored_columns=[name for name in names if not _is_known(form, name)])
    for count, (line, row) in enumerate(rows, header_line):
        if count > ROWS:
            raise FileUnreadable(f"The file has more than {ROWS} rows.")
        if any(cell.strip() for cell in row):
            _read_row(form, names, line, row, result)
    return result


def _format(names: list[str]) -> Format:
    if len(names) > COLUMNS:
        raise FileUnreadable(f"The file has {len(names)} columns; at most {COLUMNS} are read.")
    double = next((name for name in names if name and names.count(name) > 1), None)
    if double:
        raise FileUnreadable(f"The column {double} is there twice.")
    for form in FORMATS:
        if form.needed <= set(names):
            return form
    known = "; ".join(f"{form.kind}: {', '.join(sorted(form.needed))}" for form in FORMATS)
    raise FileUnreadable(f"The first line names no columns of a roster. Needed are, for {known}.")


def _is_known(form: Format, name: str) -> bool:
    return name in form.known or (form.kind == "Gradescope" and "section" in name)


def _read_row(form: Format, names: list[str], line: int, row: list[str], result: RosterFile) -> None:
    if len(row) != len(names):
        sentence = f"The line has {len(row)} cells, and the header {len(names)}."
        result.problems.append(Problem(line, "", sentence))
        return
    cells = {name: _cell(text) for name, text in zip(names, row, strict=True)}
    long = next((name for name, text in cells.items() if len(text) > CELL_CHARACTERS), None)
    if long is not None:
        result.problems.append(Problem(line, long, f"The cell has more than {CELL_CHARACTERS} characters."))
        return
    if form.is_no_person(cells):
        return
    fields, hint = form.read(cells)
    if fields.get("role"):
        role = ROLES.get(fields["role"].casefold())
        if role is None:
            sentence = f"{fields['role']} is no role; known are {', '.join(ROLES)}."
            result.problems.append(Problem(line, "role", sentence))
            return
        fields["role"] = role
    result.entries.append(Entry(line, {name: text for name, text in fields.items() if text}, hint))


def _cell(text: str) -> str:
    stripped = text.strip()
    return stripped[1:] if stripped.startswith("'") and stripped[1:].lstrip().startswith(_ESCAPED) else stripped
