"""Bytes become rows: encodings, delimiters, workbooks, and the name of what cannot be read."""

import datetime
import io
import zipfile

import openpyxl
import pytest

from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.roster.files.decode import decode
from course_admin.courses.roster.files.read import read_roster

TEXT = "name,email\nJörg Świątek,j@x.edu\n"


def rank(rows):
    """Rows with a cell `name` look right."""
    return max((("name" in row) * len(row) for _, row in rows), default=0)


def rows(data: bytes):
    return decode(data, rank).rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_read(encoding):
    assert rows(TEXT.encode(encoding)) == [(1, ["name", "email"]), (2, ["Jörg Świątek", "j@x.edu"])]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("words", ["学籍番号,氏名,メールアドレス", "Индивидуальный номер;Фамилия", "الاسم\tname"])
def test_utf_16_without_its_mark_is_read_whatever_alphabet_its_header_has(encoding, words):
    mark = next(each for each in ",;\t" if each in words)
    text = f"{words}\nU1{mark}山田太郎\nU2{mark}鈴木\n"
    assert decode(text.encode(encoding), lambda rows: len(rows[0][1])).rows[0][1] == words.split(mark)


@pytest.mark.parametrize("name", ["Müller", "Núñez", "François"])
def test_windows_1252_is_read_and_said_so_with_the_names_to_check(name):
    table = decode(f"name,email\n{name},a@x.edu\n".encode("cp1252"), rank)
    assert table.rows[1] == (2, [name, "a@x.edu"])
    (note,) = table.notes
    assert "Windows-1252" in note
    assert name in note


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *(
            ("Паша Петров", "cp1251"),
            ("Паша Петров", "koi8-r"),
            ("Γιώργος", "cp1253"),
            ("張偉明", "big5"),
            ("张伟", "gbk"),
        ),
        *(("Müller", "mac_roman"), ("José", "mac_roman")),
        *(("Paweł Żółć", "cp1250"), ("Łukasz", "cp1250"), ("Łukasz Ćma", "iso-8859-2"), ("יוסי כהן", "cp1255")),
    ],
)
def test_names_of_other_code_pages_are_never_taken_for_windows_1252(name, encoding):
    with pytest.raises(FileUnreadable, match=r"not UTF-8"):
        rows(f"name,email\n{name},a@x.edu\n".encode(encoding))


@pytest.mark.parametrize("name", ["O´Brien", "Sæþór", "Créée Ñandú", "n°étudiant", "Straße", "Ðórður"])
def test_names_of_windows_1252_are_read_however_many_accents_they_have(name):
    assert rows(f"name,email\n{name},a@x.edu\n".encode("cp1252"))[1] == (2, [name, "a@x.edu"])


def test_a_quote_behind_a_space_is_one():
    assert rows(b'name, email, id\n"Roe, Ann", a@x.edu, "1"\n')[1] == (2, ["Roe, Ann", "a@x.edu", "1"])
    assert rows(b'id, name\n1, "Roe, Ann"\n')[1] == (2, ["1", "Roe, Ann"])


@pytest.mark.parametrize("data", [b"name\n\x81\x8d", "name\nJörg ".encode() + b"\xff", "name\nŚ".encode() + b"\xe9"])
def test_what_is_no_encoding_as_a_whole_is_refused_with_its_place(data):
    with pytest.raises(FileUnreadable, match=r"Byte \d+ is not UTF-8"):
        rows(data)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_with_which_the_header_is_one(mark):
    text = mark.join(["name", "email"]) + f"\n{mark.join(['Roe, Ann; Dr', 'a@x.edu'])}\n"
    found = (
        rows(text.encode()) if mark not in ",;" else rows(f'name{mark}email\n"Roe, Ann; Dr"{mark}a@x.edu\n'.encode())
    )
    assert found[1] == (2, ["Roe, Ann; Dr", "a@x.edu"])


@pytest.mark.parametrize("first", ["sep=;", "sep=;\r", '"sep=;"', "SEP=;,,"])
def test_a_line_that_says_the_delimiter_is_obeyed_and_counted(first):
    assert rows(f"{first}\nname;email\nA,B;a@x.edu\n".encode()) == [(2, ["name", "email"]), (3, ["A,B", "a@x.edu"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_are_no_rows_but_count(end):
    text = end.join(["", "name,email", ",,", "  , ", '"A\nB",a@x.edu', "C,c@x.edu"])
    assert [line for line, _ in rows(text.encode())] == [2, 5, 7]


def test_empty_cells_at_the_end_of_a_line_are_no_cells():
    assert rows(b"name,email,,,\nA,a@x.edu,,\n") == [(1, ["name", "email"]), (2, ["A", "a@x.edu"])]


def workbook(*sheets, **formats: str) -> bytes:
    """Make a workbook: sheets are lists of rows; `formats` are number formats by cell of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, content in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in content:
            sheet.append(row)
    for place, shown in formats.items():
        book.worksheets[0][place].number_format = shown
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_is_read_values_only_with_the_zeros_that_it_shows():
    data = workbook(
        [["name", "id", "number"], ["Ann", 12345, 77.0], ["Bo", "0012", 1.5]], A3="General", B2="0000000", B3="@"
    )
    assert rows(data) == [
        (1, ["name", "id", "number"]),
        (2, ["Ann", "0012345", "77"]),
        (3, ["Bo", "0012", "1.5"]),
    ]


def test_what_a_workbook_has_made_a_day_or_a_time_of_is_no_key_and_no_name():
    for value in (datetime.date(2012, 3, 4), datetime.time(12, 30), datetime.timedelta(hours=30), True):
        file = read_roster(workbook([["Student ID", "Name"], [value, "Ann"], ["U2", "Bo"]]))
        assert [(each.line, each.column, "A spreadsheet has made" in each.sentence) for each in file.problems] == [
            (2, "student_id", True)
        ]
    file = read_roster(workbook([["Name", "Email"], [datetime.datetime(2026, 5, 1), "a@x.edu"]]))
    assert [each.column for each in file.problems] == ["name"]


def test_a_number_that_is_longer_than_a_spreadsheet_keeps_is_shown_as_rounded():
    data = workbook([["name", "id"], ["Ann", 1.23456789012346e17], ["Bo", 123456789012345]])
    assert rows(data)[1:] == [(2, ["Ann", "1.23456789012346E+17"]), (3, ["Bo", "123456789012345"])]


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ('"S"0000000', "S0012345"),
        ('"00"00000', "0012345"),
        ("000-00-0000", "000-01-2345"),
        ("0", "12345"),
        ("000", "12345"),
        ("0.00", "12345"),
        ("#,##0", "12345"),
    ],
)
def test_a_number_is_read_with_what_its_format_puts_around_it(shown, text):
    assert rows(workbook([["name", "id"], ["Ann", 12345]], B2=shown))[1] == (2, ["Ann", text])


def test_a_formula_without_its_result_is_named_and_never_an_empty_cell():
    data = workbook([["name", "email"], ["Ann", '=A2&"@x.edu"']])
    with pytest.raises(FileUnreadable, match="the formula in Sheet 0!B2"):
        rows(data)


def test_of_several_sheets_the_one_that_fits_is_read_and_the_others_are_named():
    table = decode(workbook([["Read me"]], [["name", "email"], [], ["Ann", "a@x.edu"]]), rank)
    assert table.rows == [(1, ["name", "email"]), (3, ["Ann", "a@x.edu"])]
    assert table.notes == ["Read is the sheet Sheet 1; not read: Sheet 0."]


def test_a_cell_that_is_one_over_several_rows_stands_in_each_of_them():
    book = openpyxl.Workbook()
    for row in (
        ["ID", "Name", "Contact", None],
        [None, None, "Email", "Section"],
        ["U1", "Ann", "a@x.edu", "Mon"],
        ["U2", "Bo"],
    ):
        book.active.append(row)
    for cells in ("A1:A2", "B1:B2", "C1:D1", "D3:D4"):
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    assert rows(stream.getvalue())[1:] == [
        (2, ["ID", "Name", "Email", "Section"]),
        (3, ["U1", "Ann", "a@x.edu", "Mon"]),
        (4, ["U2", "Bo", "", "Mon"]),
    ]
    found = read_roster(stream.getvalue())
    assert [(each.name, each.sections) for each in found.entries] == [("Ann", ("Mon",)), ("Bo", ("Mon",))]


def test_what_stands_beside_the_table_of_a_workbook_is_noted_and_no_error():
    found = read_roster(workbook([["ID", "Name", "Email"], ["U1", "Ann", "a@x.edu", None, "late add"]]))
    assert ([each.name for each in found.entries], found.problems) == (["Ann"], [])
    assert found.notes == ["Beside the table, and not read: line 2 (late add)."]


def test_lines_that_a_spreadsheet_has_put_into_quotes_are_read():
    assert rows(b'"id,name"\r\n"U1,""Roe, Ann"""\r\n') == [(1, ["id", "name"]), (2, ["U1", "Roe, Ann"])]


@pytest.mark.slow
def test_a_far_away_cell_costs_no_memory():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "name", "far"
    stream = io.BytesIO()
    book.save(stream)
    assert rows(stream.getvalue()) == [(1, ["name"])]


def archive(*parts: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts:
            opened.writestr(name, content)
    return stream.getvalue()


EMPTY_BOOK = (("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old kind"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><table></table></html>", "web page"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (archive(("[Content_Types].xml", b"<x/>")), "This is an Excel workbook"),
        (archive(*EMPTY_BOOK), "This is an Excel workbook that cannot be read"),
        (archive(("mimetype", b"application/vnd.oasis")), "LibreOffice or Numbers"),
        (archive(("Index/Document.iwa", b"x")), "LibreOffice or Numbers"),
        (archive(("roster.csv", b"name")), "zip archive; unpack it"),
        (archive(*EMPTY_BOOK, ("xl/worksheets/sheet1.xml", b" " * 50_000_000)), "too large when unpacked"),
        (archive(*EMPTY_BOOK, *((f"xl/{number}", b"") for number in range(600))), "too large when unpacked"),
        (archive(*EMPTY_BOOK, ("xl/s.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')), "declares entities"),
        (archive(*EMPTY_BOOK, ("xl/s.xml", '<!doctype a [<!entity b "c">]>'.encode("utf-16"))), "declares entities"),
        (b"PK\x03\x04 and nothing more", "This is an Excel workbook that cannot be read"),
        (workbook([]), "without a filled sheet"),
        (b"name\nJ\0n", "NUL"),
        (b'name\n"Jon', "Line 2 is not CSV"),
        (b'name,email\nAnn,a@x.edu\n"Bob "B" Poe",b@x.edu\n', "Line 3 is not CSV"),
        (b'name;email\r\n"Ann"x;a@x.edu\r\n', "Line 2 is not CSV"),
        (b"name,\0email\nA,b\n", "NUL"),
        (b"x" * 5_000_001, "at most 5000000"),
        (b"name\n" + b"a\n" * 20_001, "more than 20000 rows"),
        (b"name" + b",x" * 2_001, "2002 columns"),
    ],
)
def test_what_cannot_be_read_is_called_what_it_is(data, words):
    with pytest.raises(FileUnreadable, match=words):
        rows(data)


@pytest.mark.parametrize("data", [b"\xd0\xcf\x11\xe0", archive(("[Content_Types].xml", b"<x/>")), archive(*EMPTY_BOOK)])
def test_who_has_a_workbook_is_told_how_to_save_it(data):
    with pytest.raises(FileUnreadable, match='save it as "CSV UTF-8'):
        rows(data)


@pytest.mark.filterwarnings("error")
def test_what_a_workbook_has_beside_its_values_is_no_reason_to_refuse_it():
    data = workbook([["name", "email"], ["Ann", "a@x.edu"]])
    parts = []
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        for name in opened.namelist():
            content = opened.read(name)
            if name == "xl/styles.xml":  # without a default style, as some programs write it
                content = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
            parts.append((name, content))
    assert rows(archive(*parts)) == [(1, ["name", "email"]), (2, ["Ann", "a@x.edu"])]
