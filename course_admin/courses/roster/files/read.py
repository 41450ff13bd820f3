"""A table becomes entries, one a person, and every error of the file is named by line and column.

Which format it is, the header says; lines above the header are skipped, and said to be. Where no line is a header, the
columns are asked for: UnknownColumns holds what is needed to ask. Nothing here knows the database.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.roster.files import clean
from course_admin.courses.roster.files.cells import as_cells_say, doubtful_columns
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.decode import SAMPLE_ROWS, Row, decode
from course_admin.courses.roster.files.entry import Entry, Problem, also, with_identifier, with_remark
from course_admin.courses.roster.files.formats import (
    GRADING_WORKSHEET,
    NOT_PEOPLE,
    Format,
    find_format,
    is_test_student,
    role_of,
    status_of_left,
)
from course_admin.courses.roster.files.headers import (
    columns_of,
    end_of_people,
    header_likeness,
    header_place,
    is_grading_worksheet,
    is_person,
    shortened,
)
from course_admin.courses.roster.files.roster_file import RosterFile, UnknownColumns

AS_TOLD = Format(_("columns as you said"), ())
#: What a row of Canvas can be that is nobody's.
NO_PERSON, TEST_STUDENT = "no person", "test student"
_DIGIT_OR_AT = re.compile(r"[\d@]")  # no header begins with one; looking at every line for a header takes seconds
_HASH = re.compile(r"[0-9a-f]{32,40}")  # the login that Canvas gives its test student
_TWICE_ENCODED = re.compile("[ÃÂÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def read_roster(data: bytes, told: Mapping[int, str] | None = None) -> RosterFile:
    """Return what a file says. `told`: what its columns hold, by place, where somebody has said so.

    Raises FileUnreadable if it is no roster at all, and UnknownColumns if only its columns are unknown.
    """
    table = decode(data, header_likeness)
    rows = table.rows
    at = header_place(rows)
    found = find_format(rows[at][1]) if at is not None else None
    if at is None:
        at = next((index for index, (_, row) in enumerate(rows[:SAMPLE_ROWS]) if len(row) > 1), None)
    if at is None:
        raise FileUnreadable(gettext("The file names no columns of a roster: it has no line with two cells."))
    columns = columns_of(rows, at)
    if told is not None:
        form, meanings = AS_TOLD, [told.get(column.index, "") for column in columns]
    elif found is not None and is_grading_worksheet(rows[at + 1 :]):
        form = GRADING_WORKSHEET
        meanings = ["" if not index or each == "status" else each for index, each in enumerate(found[1])]
    elif found is not None:
        form, meanings = found
    else:
        raise UnknownColumns(columns)
    file = RosterFile(str(form.kind), [], notes=list(table.notes), columns=columns, joins=form.joins)
    if at:
        lines = ", ".join(shortened(*row) for row in rows[:at])
        file.notes.append(gettext("Skipped above the header: line {lines}.").format(lines=lines))
    used = {index for index, meaning in enumerate(meanings) if _is_read(meaning)}
    file.ignored_columns = [each.header for each in columns if each.index not in used and each.header]
    body = rows[at + 1 :]
    if told is not None and found is None:
        if is_person(rows[at][1], told, body):
            body = rows[at:]
        else:
            file.notes.append(gettext("Taken for the header: line {lines}.").format(lines=shortened(*rows[at])))
    if told is None and form.kind != "Canvas":  # whose other columns are assignments
        file.doubtful_columns = doubtful_columns(columns, meanings, body)
    _Reader(form, meanings, as_cells_say(meanings, body), file, table.is_workbook).read(body)
    return file


def _is_read(meaning: str) -> bool:
    return meaning in FIELDS and meaning != "group"


class _Reader:
    """Reads the rows below one header."""

    def __init__(
        self, form: Format, header: list[str], meanings: list[str], file: RosterFile, is_workbook: bool
    ) -> None:
        self.form, self.header, self.meanings, self.file, self.is_workbook = form, header, meanings, file, is_workbook
        self.places: dict[str, list[int]] = defaultdict(list)
        for index, meaning in enumerate(meanings):
            if _is_read(meaning):
                self.places[meaning].append(index)
        self.width = len(meanings)

    def read(self, rows: list[Row]) -> None:
        """Read the rows; what stands below the people, as a count does, and a header once more, is nobody."""
        rows = self._without_end(rows)
        for line, row in rows:
            if not _DIGIT_OR_AT.search(row[0]) and (again := find_format(row)) is not None:
                self._header(line, again[1])
            elif not self.is_workbook and any(clean.clean(cell) for cell in row[self.width :]):
                sentence = ngettext(
                    "The line has {count} cell, and the header {width}.",
                    "The line has {count} cells, and the header {width}.",
                    len(row),
                ).format(count=len(row), width=self.width)
                self.file.problems.append(Problem(line, "", sentence))
            elif self.form.kind == "Blackboard" and self._is_preview_user(row):
                sentence = gettext("Line {line} is Blackboard's preview of somebody as a student, and is left out.")
                self.file.notes.append(sentence.format(line=line))
            elif self.form.kind == "Canvas" and (why := self._is_no_person(row)):
                if why == TEST_STUDENT:
                    self.file.notes.append(
                        gettext("Line {line} is Canvas's test student, and is left out.").format(line=line)
                    )
            elif any(
                clean.clean(row[index]) for places in self.places.values() for index in places if index < len(row)
            ):
                self._read_row(line, row)
                self._note_beside(line, row[self.width :])
        self._doubt()

    def _note_beside(self, line: int, cells: list[str]) -> None:
        """Note what somebody has written beside a table, below no header, where cells cannot have been shifted."""
        if beside := clean.clean(" ".join(cells)):
            sentence = gettext("Beside the table, and not read: line {lines}.")
            self.file.notes.append(sentence.format(lines=shortened(line, [beside])))

    def _header(self, line: int, meanings: list[str]) -> None:
        if meanings == self.header[: len(meanings)]:
            self.file.notes.append(gettext("Line {line} is the header once more.").format(line=line))
        else:
            self._problem(
                line, "", gettext("The line is another header: import what stands below it as a file of its own.")
            )

    def _without_end(self, rows: list[Row]) -> list[Row]:
        end = end_of_people(rows, self.meanings)
        if end < len(rows):
            lines = ", ".join(shortened(*row) for row in rows[end:])
            self.file.notes.append(gettext("Skipped below the people: line {lines}.").format(lines=lines))
        return rows[:end]

    def _cells(self, row: list[str], meaning: str) -> list[str]:
        return [row[index] for index in self.places.get(meaning, []) if index < len(row)]

    def _is_preview_user(self, row: list[str]) -> bool:
        return any(cell.strip().casefold().endswith("_previewuser") for cell in self._cells(row, "university_login"))

    def _is_no_person(self, row: list[str]) -> str:
        """Say what a row of Canvas is if it is nobody's; empty if it is somebody's."""
        name = clean.clean(" ".join(self._cells(row, "name") or self._cells(row, "last_name"))).casefold()
        keys = {meaning: clean.clean("".join(self._cells(row, meaning))) for meaning in ("canvas_id", "student_id")}
        login = clean.clean("".join(self._cells(row, "university_login")))
        section = clean.clean("".join(self._cells(row, "section")))
        if not (any(keys.values()) or login) and (name.startswith(NOT_PEOPLE) or not section):
            return NO_PERSON
        whole = clean.clean(" ".join([*self._cells(row, "first_name"), *self._cells(row, "last_name")])).casefold()
        is_named_so = (is_test_student(name) or is_test_student(whole)) and not login
        is_test = not keys["student_id"] and (is_named_so or _HASH.fullmatch(login))
        return TEST_STUDENT if is_test else ""

    def _read_row(self, line: int, row: list[str]) -> None:
        before = len(self.file.problems)
        values = {
            meaning: self._value(line, row, meaning) for meaning in self.places if meaning not in ("email", "section")
        }
        emails = self._emails(line, row)
        sections = tuple(self._sections(line, row))
        if len(self.file.problems) > before:
            return
        words = values.pop("role", "")
        role = role_of(words)
        left, status = values.pop("left", ""), values.pop("status", "")
        status = status_of_left(left) or status or ("active" if "left" in self.places else "")
        name = self._name(values)
        if name and not any(letter.isalpha() for letter in name):
            self._problem(line, "name", gettext("{name} is no name.").format(name=name))
            return
        entry = Entry(line, {"role": role}, tuple(emails), sections, status, "" if role else words)
        if identifier := values.pop("identifier", ""):
            entry, name = with_identifier(entry, identifier, name)
        fields = {meaning: text for meaning, text in {"name": name, **values, **entry.fields}.items() if text}
        if "@" in fields.get("university_login", ""):
            entry = replace(entry, emails=also(entry.emails, fields.pop("university_login")))
        if "@" in (number := fields.get("student_id", "")):
            entry = replace(entry, emails=also(entry.emails, number))
        if self.form.kind == "Brightspace":
            fields = {key: text.removeprefix("#") for key, text in fields.items()}
        if _TWICE_ENCODED.search(name):
            self.file.notes.append(
                gettext("Line {line}: {name} looks like letters that were encoded twice; check the file.").format(
                    line=line, name=name
                )
            )
        self._note_look_alikes(line, name, fields)
        self.file.entries.append(with_remark(replace(entry, fields=fields)))

    def _note_look_alikes(self, line: int, name: str, fields: Mapping[str, str]) -> None:
        """Note what may be something else than it looks like."""
        for key in fields.values():
            if clean.looks_like_another(key) and any(letter.isdigit() for letter in key):
                sentence = gettext("Line {line}: {key} is written in another alphabet, and looks as if it were not.")
                self.file.notes.append(sentence.format(line=line, key=key))
            if clean.is_perhaps_a_day(key):
                sentence = gettext("Line {line}: {key} may be a day that a spreadsheet made of something else.")
                self.file.notes.append(sentence.format(line=line, key=key))
        if clean.as_it_looks(name) != name:
            sentence = gettext("Line {line}: {name} has letters of two alphabets that look alike; check the name.")
            self.file.notes.append(sentence.format(line=line, name=name))

    def _doubt(self) -> None:
        """Mark who alone in a file of Canvas has neither a SIS id nor a login: its test student may be called anything."""
        known = [
            bool({"student_id", "university_login"} & set(each.fields) or each.emails) for each in self.file.entries
        ]
        if self.form.kind == "Canvas" and any(known):
            for index, entry in enumerate(self.file.entries):
                if not known[index]:
                    words = gettext("{entry} has neither a SIS id nor a login, as Canvas's test student").format(
                        entry=entry.name
                    )
                    self.file.entries[index] = replace(entry, doubt=words)

    def _value(self, line: int, row: list[str], meaning: str) -> str:
        """Return the one value of a line's columns of one meaning; a Problem if they differ, or a cell is lost."""
        found: dict[str, str] = {}
        for cell in self._cells(row, meaning):
            if len(cell) > clean.CELL_CHARACTERS:
                self._problem(
                    line,
                    meaning,
                    gettext("The cell has more than {most} characters.").format(most=clean.CELL_CHARACTERS),
                )
                continue
            try:
                value = clean.CLEANERS.get(meaning, clean.clean_key)(cell)
            except clean.Blemish as blemish:
                self._problem(line, meaning, str(blemish))
                continue
            if value:
                found.setdefault(value.casefold(), value)
        if len(found) > 1:
            both = " and ".join(found.values())
            self._problem(
                line,
                meaning,
                gettext("The column {column} is there twice, and says {both}.").format(
                    column=FIELDS[meaning], both=both
                ),
            )
        return next(iter(found.values()), "")

    def _problem(self, line: int, column: str, sentence: str) -> None:
        self.file.problems.append(Problem(line, column, sentence))

    def _emails(self, line: int, row: list[str]) -> list[str]:
        found: dict[str, str] = {}
        for cell in self._cells(row, "email"):
            try:
                for address in clean.clean_emails(cell[: clean.CELL_CHARACTERS]):
                    found.setdefault(address.casefold(), address)
            except clean.Blemish as blemish:
                self._problem(line, "email", str(blemish))
        return list(found.values())

    def _name(self, values: dict[str, str]) -> str:
        first, last = values.pop("first_name", ""), values.pop("last_name", "")
        last = " ".join(filter(None, (last, values.pop("second_last_name", ""))))
        name = values.pop("name", "")
        if not name:
            return clean.whole_name(first, last)
        given, comma, family = (part.strip() for part in reversed(name.partition(", ")))
        return clean.whole_name(given, family) if comma and self.form.kind == "Canvas" else name

    def _sections(self, line: int, row: list[str]) -> Iterator[str]:
        pattern = {"commas": r"[,;\n]", "semicolons": r"[;\n]"}.get(self.form.joins, r"\n")
        seen: set[str] = set()
        for cell in self._cells(row, "section"):
            for part in re.split(pattern, cell):
                try:
                    name = clean.clean_section(part)
                except clean.Blemish as blemish:
                    self._problem(line, "section", str(blemish))
                    continue
                if name and name.casefold() not in seen:
                    seen.add(name.casefold())
                    yield name
