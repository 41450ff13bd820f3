"""How other systems read a file of grades, by their documented rules, for tests: nothing here knows what writes our files.

Each reader takes a file's bytes and what the system holds already, and returns what it holds afterwards. What the system
would refuse is a Refused, with the whole file left unread.
"""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from decimal import Decimal

SIGNS = r"=+\-@＝＋－＠"


class Refused(Exception):
    """The system takes nothing of the file."""


def rows_of(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a CSV text as RFC 4180 has them."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def rows_as_php_reads(text: str, delimiter: str = ",") -> list[list[str]]:
    """Return the rows of a CSV text as Moodle reads them: PHP's `fgetcsv`, in which a quote behind a backslash ends nothing."""
    rows, cell, is_quoted, place = [[]], "", False, 0
    while place < len(text):
        sign = text[place]
        if is_quoted and sign == "\\" and text[place + 1 : place + 2]:
            cell += text[place : place + 2]
            place += 1
        elif is_quoted and text[place : place + 2] == '""':
            cell += '"'
            place += 1
        elif sign == '"' and (is_quoted or not cell):
            is_quoted = not is_quoted
        elif is_quoted or sign not in f"{delimiter}\r\n":
            cell += sign
        elif sign != "\r":
            rows[-1].append(cell)
            cell = ""
            if sign == "\n":
                rows.append([])
        place += 1
    return [*rows[:-1], *([[*rows[-1], cell]] if cell or rows[-1] else [])]


def last_mark_number(text: str) -> Decimal:
    """Return a number whose last comma or point is the decimal one."""
    text = text.strip()
    if not re.fullmatch(r"-?[\d.,]+", text):
        raise Refused(f"{text!r} is no number")
    at = max(text.rfind(","), text.rfind("."))
    whole, part = (text[:at], text[at + 1 :]) if at >= 0 else (text, "")
    return Decimal(f"{whole.replace(',', '').replace('.', '') or '0'}.{part or '0'}")


def without_apostrophes(text: str) -> str:
    """Return a text of our own CSV without the apostrophes that keep it from being a formula, one at each place."""
    further = re.sub(rf"([,;\t\r\n]\s*\"*\s*)'(?='*[{SIGNS}])", r"\1", text)
    return further[1:] if re.match(rf"'+(?:[{SIGNS}\t\r\n]|\s+[=+\-@])", further) else further


@dataclass
class Canvas:
    """One course in Canvas. Source: canvas-lms, gradebook_importer.rb."""

    people: list[tuple[str, str, str, str]]  # ID, SIS User ID, SIS Login ID, name
    assignments: dict[str, tuple[str, Decimal]]  # ID -> title, points possible
    scores: dict[tuple[str, str], str] = field(default_factory=dict)  # person's ID, assignment's ID -> score or EX
    created: list[str] = field(default_factory=list)

    def upload(self, data: bytes) -> None:
        """Take a gradebook CSV."""
        text = data.decode("utf-8")
        first = "".join(io.StringIO(text, newline="").readlines()[:3])
        delimiter = max(",;", key=lambda sign: sum(map(len, _lenient(first, sign))))
        header, *rows = rows_of(text, delimiter)
        if "Student" not in header[0] or "ID" not in header[1] or len(header) <= 3 or "Section" not in header:
            raise Refused("Invalid header row")
        first_grade = header.index("Section") + 1
        columns = {place: self._assignment(header[place]) for place in range(first_grade, len(header))}
        for row in rows:
            if "Points Possible" in row[0]:
                columns = {place: each for place, each in columns.items() if "(read only)" not in row[place]}
                continue
            if all(not cell or cell == "Muted" or cell.startswith("Manual Posting") for cell in row):
                continue
            person = self._person(dict(zip(header[:first_grade], row, strict=False)))
            for place, assignment in columns.items():
                self._grade(person, assignment, row[place].strip())

    def _assignment(self, heading: str) -> str:
        number = re.search(r"\((\d+)\)\s*$", heading)
        if number and number[1] in self.assignments:
            return number[1]
        by_title = [key for key, (title, _) in self.assignments.items() if title == heading]
        if not by_title:
            self.created.append(heading)
            return heading
        return by_title[0]

    def _person(self, cells: dict[str, str]) -> str:
        for column, place in (("ID", 0), ("SIS User ID", 1), ("SIS Login ID", 2), ("Student", 3)):
            if cells.get(column):
                found = [each[0] for each in self.people if each[place] == cells[column]]
                if found:
                    return found[0]
        raise Refused(f"no such student: {cells}")

    def _grade(self, person: str, assignment: str, cell: str) -> None:
        if cell in ("", "-"):
            self.scores.pop((person, assignment), None)
        elif cell.upper() == "EX":
            self.scores[person, assignment] = "EX"
        else:
            self.scores[person, assignment] = f"{last_mark_number(cell):.2f}"

    def download(self, delimiter: str = ",") -> bytes:
        """Return what "Export Entire Gradebook" gives."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter)
        titles = [f"{title} ({key})" for key, (title, _) in self.assignments.items()]
        writer.writerow(
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles, "Current Score", "Final Grade"]
        )
        maxima = [f"{points:.2f}" for _, points in self.assignments.values()]
        mark = "," if delimiter == ";" else "."
        maxima = [each.replace(".", mark) for each in maxima]
        writer.writerow(["    Points Possible", "", "", "", "", *maxima, "(read only)", "(read only)"])
        for number, sis, login, name in self.people:
            grades = [self.scores.get((number, key), "").replace(".", mark) for key in self.assignments]
            writer.writerow([name, number, sis, login, "A", *grades, "12.5", "C"])
        writer.writerow(["Student, Test", "999999", "", "", "A", *("" for _ in self.assignments), "", ""])
        return out.getvalue().encode("utf-8")


def _lenient(text: str, delimiter: str) -> list[list[str]]:
    try:
        return rows_of(text, delimiter)
    except csv.Error:
        return []


def moodle_csv(
    data: bytes, by: str, people: set[str], delimiter: str = ",", decimal_mark: str = "."
) -> dict[tuple[str, str], tuple[Decimal | None, str]]:
    """Import a CSV into Moodle, matching the column `by`; (person, item) -> grade and feedback.

    One bad row stops all of it. Source: moodle, grade/import/csv/classes/load_data.php.
    """
    header, *rows = rows_of(data.decode("utf-8"), delimiter)
    identity = header.index(by)
    found = {}
    for row in rows:
        person = row[identity]
        if person not in people:
            raise Refused(f"unknown user {person!r}")
        for place, heading in enumerate(header):
            if f"{heading} feedback" not in header:
                continue
            cell = row[place].strip()
            if cell in ("", "-"):
                grade = None
            elif re.fullmatch(rf"\d+(\{decimal_mark}\d+)?", cell):
                grade = Decimal(cell.replace(decimal_mark, "."))
            else:
                raise Refused(f"{cell!r} is no grade")
            found[person, heading] = grade, row[header.index(f"{heading} feedback")]
    return found


def moodle_xml(data: bytes, people: set[str], items: set[str]) -> dict[tuple[str, str], tuple[Decimal, str]]:
    """Import an XML into Moodle; (student, item) -> score and feedback. Source: moodle, grade/import/xml/lib.php."""
    root = ElementTree.fromstring(data)
    if root.tag != "results" or not root.get("batch") or root.find("result") is None:
        raise Refused("no results")
    found = {}
    for result in root.findall("result"):
        key = result.findtext("student", ""), result.findtext("assignment", "")
        score = result.findtext("score", "")
        if key[0] not in people or key[1] not in items or not re.fullmatch(r"\d+(\.\d+)?", score):
            raise Refused(f"{key} {score!r}")
        found[key] = Decimal(score), result.findtext("feedback", "")
    return found


def moodle_worksheet(data: bytes, changed: dict[str, str], delimiter: str = ",") -> dict[str, tuple[str, str]]:
    """Import a worksheet into Moodle; the participant's number -> grade and feedback as they were typed.

    `changed`: when Moodle last changed each participant's grade. Source: moodle, assign/feedback/offline/importgradeslib.php.
    """
    header, *rows = rows_of(data.decode("utf-8-sig"), delimiter)
    if not {"Identifier", "Grade", "Last modified (grade)"} <= set(header):
        raise Refused("columns are missing")
    found = {}
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        number = re.search(r"\d+$", cells["Identifier"])
        if number is None or number[0] not in changed:
            raise Refused(f"no participant {cells['Identifier']!r}")
        if cells["Last modified (grade)"] == changed[number[0]]:
            found[number[0]] = cells["Grade"], cells.get("Feedback comments", "")
    return found


def blackboard(data: bytes, people: set[str], columns: set[str]) -> dict[tuple[str, str], Decimal]:
    """Upload a file to Blackboard; (username, column's number) -> points. Source: Blackboard Learn help."""
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8")
    header, *rows = rows_of(text, "\t" if "\t" in text.split("\n", 1)[0] else ",")
    numbers = [heading.rpartition("|")[2] if "|" in heading else "" for heading in header]
    if any(number not in columns for heading, number in zip(header, numbers, strict=True) if heading != "Username"):
        raise Refused("a column without its number becomes a new text column")
    found = {}
    for row in rows:
        username = row[header.index("Username")]
        if username not in people:
            raise Refused(f"no user {username!r}")
        for number, cell in zip(numbers, row, strict=True):
            if number and cell:
                found[username, number] = Decimal(cell)
    return found


def brightspace(data: bytes, ids: set[str], maxima: dict[str, Decimal]) -> dict[tuple[str, str], Decimal]:
    """Import a CSV into Brightspace; (OrgDefinedId without #, item) -> points, cut down to the maximum. Source: D2L."""
    header, *rows = rows_of(data.decode("utf-8"), ",")
    if header[0] != "OrgDefinedId" or header[-1] != "End-of-Line Indicator":
        raise Refused("the first or last column is missing")
    found = {}
    for row in rows:
        if row[-1] != "#":
            raise Refused("a row does not end with #")
        person = row[0].removeprefix("#")
        if person not in ids:
            raise Refused(f"no {person!r}")
        for heading, cell in zip(header, row, strict=True):
            item, is_points, _ = heading.partition(" Points Grade")
            if is_points and cell:
                if item not in maxima:
                    raise Refused(f"{item} would be a new item")
                found[person, item] = min(Decimal(cell), maxima[item])
    return found


def gradescope(data: bytes) -> dict[tuple[str, str], tuple[Decimal | None, str, str]]:
    """Read an export of all assignments as tools do, by header; (email, title) -> points, name, SID."""
    header, *rows = rows_of(data.decode("utf-8"), ",")
    titles = [heading for heading in header if f"{heading} - Max Points" in header]
    found = {}
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        name = " ".join(part for part in (cells["First Name"], cells["Last Name"]) if part)
        for title in titles:
            points = Decimal(cells[title]) if cells[title] else None
            found[cells["Email"], title] = points, name, cells["SID"]
    return found


def plain(data: bytes, decimal_mark: str = ".") -> list[dict[str, str]]:
    """Read our own CSV as Excel does: a mark at the start says UTF-8, cells are divided by what the header has."""
    if not data.startswith(b"\xef\xbb\xbf"):
        raise Refused("Excel takes it for another encoding")
    delimiter = ";" if decimal_mark == "," else ","
    header, *rows = rows_of(data.decode("utf-8-sig"), delimiter)
    return [dict(zip(header, [without_apostrophes(cell) for cell in row], strict=True)) for row in rows]
